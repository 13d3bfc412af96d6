import type { Clock } from '../../core/clock.ts';
import { SendFailure } from '../../delivery/http/send-failure.ts';
import type { OutboundMedia, SendResult } from '../message.ts';
import { multipart } from '../multipart.ts';
import { outcomeWithoutAnswer } from '../no-answer.ts';
import { refusalOf } from './errors.ts';
import { asText, type Graph } from './graph.ts';
import { metaType } from './media-kinds.ts';

/** Meta keeps uploads for 30 days; what is sent may wait a little. */
const keptFor = 29 * 24 * 60 * 60 * 1000;
const mostRemembered = 1000;

type Rejected = Extract<SendResult, { outcome: 'rejected' }>;

/** Brings files to Meta. One that goes to several people, or is tried again, is uploaded once. */
export class Uploads {
  readonly #graph: Graph;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #known = new Map<string, { id: string; until: number }>();

  constructor(graph: Graph, phoneNumberId: string, clock: Clock) {
    this.#graph = graph;
    this.#path = `${phoneNumberId}/media`;
    this.#clock = clock;
  }

  async idOf(media: OutboundMedia, signal: AbortSignal): Promise<{ id: string } | Rejected> {
    const known = this.#known.get(media.sid);
    if (known && this.#clock.now() < known.until) return known;
    const uploaded = await this.#upload(media, signal);
    if ('id' in uploaded) {
      if (this.#known.size >= mostRemembered) this.#known.clear();
      this.#known.set(media.sid, { ...uploaded, until: this.#clock.now() + keptFor });
    }
    return uploaded;
  }

  /** Meta does not know it any more. */
  forget(media: OutboundMedia): void {
    this.#known.delete(media.sid);
  }

  async #upload(media: OutboundMedia, signal: AbortSignal): Promise<{ id: string } | Rejected> {
    const { size } = media;
    const contentType = metaType(media.contentType);
    try {
      const filename = media.filename ?? 'file';
      const file = { field: 'file', contentType, filename, size, bytes: await media.open() };
      const form = multipart({ messaging_product: 'whatsapp', type: contentType }, file);
      const body = { type: form.contentType, bytes: form.body, length: form.length };
      const answer = await this.#graph.upload(this.#path, body, signal);
      const id = answer.status < 300 ? asText(answer.body?.['id']) : undefined;
      return id === undefined ? certain(refusalOf(answer)) : { id };
    } catch (error) {
      if (error instanceof SendFailure) return certain(outcomeWithoutAnswer(error));
      const message = error instanceof Error ? error.message : String(error);
      return { outcome: 'rejected', error: { kind: 'temporary', code: 'file', message } };
    }
  }
}

/** Whatever came of the upload, the person has got nothing. */
function certain(result: Exclude<SendResult, { outcome: 'accepted' }>): Rejected {
  if (result.outcome === 'rejected') return result;
  return { outcome: 'rejected', error: { kind: 'temporary', ...result.error } };
}

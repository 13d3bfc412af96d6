import { createHash } from 'node:crypto';
import { pipeline, type Readable, Transform } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import type { OpenAnswer, Outgoing } from '../../delivery/http/outgoing.ts';
import { type FetchedMedia, MediaGone } from '../channel.ts';
import { asObject, readObject } from '../json.ts';
import type { WhatsAppConfig } from './config.ts';
import { asText, fileTimeout, type Graph } from './graph.ts';
import { largestFile } from './media-kinds.ts';

/** Ids in webhooks are valid for so long. */
export const mediaLifetime = 7 * 24 * 60 * 60 * 1000;
/** URLs live for so long. */
const urlLifetime = 5 * 60 * 1000;
const mostRedirects = 3;

/** What is kept of a file until it is fetched: plain JSON. */
export interface MediaSource {
  id: string;
  sha256?: string;
  contentType?: string;
  filename?: string;
  /** Where it is for the first minutes, where the webhook says that. */
  url?: string;
  /** Milliseconds: from then on it is gone when it cannot be had. */
  deadline: number;
}

/**
 * Fetches files that people sent. An id gives a URL that lives for five minutes, so that it is asked for anew each time;
 * both take the token, which is sent to no other host than the provider's.
 */
export class Downloads {
  readonly #graph: Graph;
  readonly #outgoing: Outgoing;
  readonly #config: WhatsAppConfig;
  readonly #clock: Clock;

  constructor(graph: Graph, outgoing: Outgoing, config: WhatsAppConfig, clock: Clock) {
    this.#graph = graph;
    this.#outgoing = outgoing;
    this.#config = config;
    this.#clock = clock;
  }

  /** @throws MediaGone when it never will be there; anything else means to try again later */
  async fetch(source: unknown, signal: AbortSignal): Promise<FetchedMedia> {
    const media = readSource(source);
    try {
      return await this.#fetch(media, signal);
    } catch (error) {
      if (this.#clock.now() < media.deadline) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new MediaGone(`Seven days are over, and it cannot be had: ${reason}`);
    }
  }

  async #fetch(media: MediaSource, signal: AbortSignal): Promise<FetchedMedia> {
    const first = await this.#open(this.#known(media) ?? (await this.#urlOf(media, signal)), signal);
    // The five minutes may have passed since the URL was made.
    const answer = first.status === 404 ? await this.#again(first, media, signal) : first;
    if (answer.status !== 200) {
      answer.body.destroy();
      throw new Error(`The file ${media.id} is answered with the status ${answer.status}.`);
    }
    return {
      bytes: media.sha256 === undefined ? answer.body : checked(answer.body, media.sha256),
      contentType: media.contentType ?? asText(answer.headers['content-type']) ?? null,
      filename: media.filename ?? null,
    };
  }

  async #again(first: OpenAnswer, media: MediaSource, signal: AbortSignal): Promise<OpenAnswer> {
    first.body.destroy();
    return this.#open(await this.#urlOf(media, signal), signal);
  }

  async #urlOf({ id }: MediaSource, signal: AbortSignal): Promise<string> {
    const { status, body } = await this.#graph.get(encodeURIComponent(id), {}, signal);
    const url = asText(body?.['url']);
    if (status < 300 && url !== undefined && URL.canParse(url)) return url;
    const error = asObject(body?.['error']);
    throw new Error(`Meta gives no URL for the file ${id}: ${status} ${asText(error?.['message']) ?? ''}`.trim());
  }

  /** Where the webhook said that it is, as long as that is so; at no other host than the provider's. */
  #known({ url, deadline }: MediaSource): string | undefined {
    const until = deadline - mediaLifetime + urlLifetime;
    return url !== undefined && this.#clock.now() < until && this.#isProvider(url) ? url : undefined;
  }

  async #open(from: string, signal: AbortSignal): Promise<OpenAnswer> {
    let url = from;
    // Where Meta itself sent us: a simulator may have its files at another port.
    const { hostname } = new URL(this.#config.graphUrl);
    let authorized = this.#isProvider(url) || new URL(url).hostname === hostname;
    for (let step = 0; ; step += 1) {
      const answer = await this.#outgoing.open({
        url,
        method: 'GET',
        headers: authorized ? { authorization: `Bearer ${this.#config.accessToken}` } : {},
        timeoutMs: fileTimeout,
        maxAnswerBytes: largestFile,
        signal,
      });
      const location = asText(answer.headers.location);
      const isRedirect = answer.status >= 300 && answer.status < 400 && location !== undefined;
      if (!isRedirect || !URL.canParse(location, url)) return answer;
      answer.body.destroy();
      if (step === mostRedirects) throw new Error('The file is behind too many redirects.');
      const next = new URL(location, url);
      authorized &&= next.origin === new URL(url).origin;
      url = next.href;
    }
  }

  /** Where Meta keeps files, and the host that is configured. Its CDN wants no token. */
  #isProvider(text: string): boolean {
    const { origin, pathname } = new URL(text);
    if (origin === new URL(this.#config.graphUrl).origin) return true;
    return origin === 'https://lookaside.fbsbx.com' && pathname.startsWith('/whatsapp_business/');
  }
}

function readSource(source: unknown): MediaSource {
  const given = asObject(source) ?? readObject(String(source));
  const id = asText(given?.['id']);
  const deadline = Number(given?.['deadline']);
  if (!given || id === undefined || !Number.isFinite(deadline))
    throw new MediaGone('It is not known which file it was.');
  return { ...given, id, deadline };
}

/** Fails at its end when the bytes are not those that the person sent. */
function checked(bytes: Readable, sha256: string): Readable {
  const hash = createHash('sha256');
  const check = new Transform({
    transform: (piece, _encoding, done) => {
      hash.update(piece);
      done(null, piece);
    },
    flush: (done) => {
      const digest = hash.digest();
      // Meta writes it in hexadecimal digits in one place and in base64 in another.
      const same = [digest.toString('hex'), digest.toString('base64'), digest.toString('base64url')].includes(
        /^[0-9A-Fa-f]{64}$/.test(sha256) ? sha256.toLowerCase() : sha256,
      );
      done(same ? null : new Error('The bytes of the file are not those that were sent.'));
    },
  });
  return pipeline(bytes, check, () => {});
}

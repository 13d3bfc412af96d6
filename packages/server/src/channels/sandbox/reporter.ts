import type { DeliveryStatus, Sid } from '@colloquy/protocol';
import { type Bus, isWoken } from '../../bus/bus.ts';
import type { Core } from '../../core/core.ts';
import type { Routing } from '../../core/inbound/actions.ts';
import { noteReported, sandboxNews } from '../../core/sandbox/actions.ts';
import { mediaOfSandbox, nextReport, othersOf, type SandboxMessage, selectDue } from '../../core/sandbox/store.ts';
import type { MediaLibrary } from '../../media/library.ts';
import type { Host } from '../channel.ts';
import type { InboundEvent, InboundPart, Ingested } from '../events.ts';

const reportsAtOnce = 100;
/** After a report that could not be taken in. */
const retryAfter = 5000;
/** Another server may have noted something, and the news of it have got lost with that server; milliseconds. */
const lookEvery = 30_000;

export interface ReporterOptions {
  core: Core;
  bus: Bus;
  /** Has the files that phones send. */
  library: MediaLibrary;
}

/**
 * Reports what phones and their network have to say. What is due stands in the database and is crossed out after
 * the report was taken in, so a crash in between makes a report come twice, which the server has to bear anyway.
 */
export class Reporter {
  readonly #core: Core;
  readonly #bus: Bus;
  readonly #library: MediaLibrary;
  readonly #actor: { kind: 'system'; account: Sid<'AC'> };
  readonly #host: Host;
  #working: Promise<void> | undefined;
  #wokenMeanwhile = false;
  #stopped = true;
  #callOff: () => void = () => {};
  #unsubscribe: () => void = () => {};

  constructor({ core, bus, library }: ReporterOptions, actor: { kind: 'system'; account: Sid<'AC'> }, host: Host) {
    this.#core = core;
    this.#bus = bus;
    this.#library = library;
    this.#actor = actor;
    this.#host = host;
  }

  start(): void {
    this.#stopped = false;
    this.#unsubscribe = this.#bus.subscribe(({ woken }) => {
      if (isWoken(woken, sandboxNews)) this.#wake();
    });
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#callOff();
    await this.#working;
  }

  async idle(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** Takes in what was written on a phone. */
  async take(message: SandboxMessage): Promise<Routing> {
    const [taken] = await this.#host.ingest([toEvent(message, this.#host.clock.now(), this.#library)]);
    if (taken?.type !== 'message') throw new Error('A message was not taken in as one.');
    await this.#crossOut(message, taken);
    return taken.routing;
  }

  #wake(): void {
    if (this.#stopped) return;
    if (this.#working) {
      this.#wokenMeanwhile = true;
      return;
    }
    this.#working = this.#report().finally(() => {
      this.#working = undefined;
      if (this.#wokenMeanwhile) this.#wake();
    });
  }

  async #report(): Promise<void> {
    const { clock, logger } = this.#host;
    this.#wokenMeanwhile = false;
    this.#callOff();
    let next: number;
    try {
      const due = await selectDue(this.#core.db, clock.now(), reportsAtOnce);
      const events = due.map((message) => toEvent(message, clock.now(), this.#library));
      const taken = await this.#host.ingest(events);
      await Promise.all(due.map((message, at) => this.#crossOut(message, taken[at])));
      next = Math.min((await nextReport(this.#core.db)) ?? Number.POSITIVE_INFINITY, clock.now() + lookEvery);
    } catch (error) {
      logger.error({ error }, 'the sandbox could not report; it tries again');
      next = clock.now() + retryAfter;
    }
    if (!this.#stopped) this.#callOff = clock.at(next, () => this.#wake());
  }

  async #crossOut(message: SandboxMessage, taken: Ingested | undefined): Promise<void> {
    const { id, phone, next_status: reported } = message;
    if (!taken || reported === null) return;
    const status = taken.type === 'message' ? taken.routing.outcome : reported;
    await this.#core.run(noteReported, this.#actor, { id, phone, reported, status });
  }
}

/** What there is to report about a message. */
export function toEvent(message: SandboxMessage, now: number, library: Pick<MediaLibrary, 'open'>): InboundEvent {
  const eventId = `${message.provider_id} ${message.next_status}`;
  if (message.direction === 'out') {
    return {
      type: 'message',
      eventId: message.provider_id,
      providerId: message.provider_id,
      sender: message.phone,
      recipient: message.recipient,
      others: othersOf(message),
      at: message.date_created,
      parts: partsOf(message, library),
    };
  }
  const failure = { code: String(message.error_code), message: 'A fault of the sandbox.' };
  return {
    type: 'status',
    eventId,
    deliveryId: message.key ?? '',
    providerId: message.provider_id,
    status: (message.next_status ?? message.status) as DeliveryStatus,
    at: now,
    ...(message.error_code > 0 && { error: { ...failure, receiptCode: message.error_code } }),
  };
}

/** A phone keeps its files where the server keeps its own; sent, they come in as a stream like from any network. */
function partsOf(message: SandboxMessage, library: Pick<MediaLibrary, 'open'>): InboundPart[] {
  const text = message.body === '' ? [] : [{ kind: 'text' as const, text: message.body }];
  const files = mediaOfSandbox(message).map(({ sid, contentType, filename }) => ({
    kind: 'media' as const,
    contentType,
    filename,
    open: () => library.open(sid),
  }));
  return [...text, ...files];
}

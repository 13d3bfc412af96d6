import {
  type Body,
  canonicalId,
  encodePiece,
  integerTlv,
  Link,
  type LinkOptions,
  noTlvs,
  PduError,
  type Session,
  type StatusClass,
  type SubmitOutcome,
  splitText,
  statuses,
  statusName,
  tags,
  tlvInteger,
} from '@colloquy/smpp';
import type { Channel, Health, SenderHost } from '../channel.ts';
import {
  type Address,
  type OutboundMessage,
  type Plan,
  type SendRequest,
  type SendResult,
  textOf,
} from '../message.ts';
import { Turn, type Worker } from '../turn.ts';
import { numberOf } from './addresses.ts';
import type { SmppConfig } from './config.ts';
import { linkOptions } from './dial.ts';
import { type Delivered, Inbox } from './inbox.ts';
import { noCredentials, notSent, refusal, rejected } from './outcome.ts';
import { planForSmpp, type SmppData, smppCapabilities, textOptions } from './plan.ts';
import { References } from './references.ts';
import { Reports } from './reports.ts';
import { Submissions } from './submissions.ts';

/** How long a message may wait for its turn, so that there is time for an answer within what a send may take. */
const turnMs = 10_000;

/** One sender at an SMSC: own numbers behind one account, by as many binds as are wanted. */
export class SmppChannel implements Channel {
  readonly name: string;
  /** Receipts come for what has no answer, too: by its reference, or since it is the only one between two numbers. */
  readonly idempotency = { mode: 'correlate', insistent: true } as const;
  readonly capabilities = smppCapabilities;
  readonly #config: SmppConfig;
  readonly #host: SenderHost;
  #links: readonly Link[] = [];
  /** What comes in comes to one server: there the pieces of a text meet, and what is delivered again is recognised. */
  readonly #turn: Turn<Binds>;
  readonly #submissions: Submissions;
  readonly #references: References;
  readonly #reports: Reports;
  #loaded: Promise<void> = Promise.resolve();
  #lastReference = 0;
  readonly #stopping = new AbortController();
  /** What whoever runs the sender has to mend; null when the last message was taken. */
  #fault: string | null = null;

  constructor(config: SmppConfig, host: SenderHost, name: string) {
    this.name = name;
    this.#config = config;
    this.#host = host;
    this.#submissions = new Submissions(host, config);
    this.#references = new References(host, config.concatenation === 'udh16' || config.concatenation === 'sar');
    this.#reports = new Reports(host, this.#submissions);
    this.#turn = new Turn(host, 'inbound', { mine: () => this.#receive(), others: () => this.#bind('transmitter') });
  }

  owns(address: Address): boolean {
    return this.#host.addresses.includes(address);
  }

  plan(message: OutboundMessage): Plan {
    return planForSmpp(message, this.#config);
  }

  start(): void {
    const load = async () => {
      await this.#submissions.load();
      await this.#references.load();
    };
    this.#loaded = load();
    this.#loaded.then(
      () => this.#turn.start(),
      (error) => this.#host.logger.error({ error, sender: this.name }, 'what an SMPP sender had noted cannot be read'),
    );
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loaded.catch(() => {});
    await this.#turn.stop();
    this.#submissions.stop();
  }

  /** Resolves when everything that came is taken in. */
  async idle(): Promise<void> {
    await this.#turn.current?.idle();
  }

  /** Binds for both directions. */
  async #receive(): Promise<Binds> {
    const onHelp = (person: Address, own: Address) => void this.#help(person, own);
    const inbox = new Inbox({ config: this.#config, host: this.#host, reports: this.#reports, onHelp });
    await inbox.load();
    const links = this.#bind(this.#config.mode, (pdu, session) => inbox.take(pdu, session));
    return {
      stop: async () => {
        await Promise.all([links.stop(), inbox.stop()]);
      },
      idle: () => inbox.idle(),
    };
  }

  /** @param onMessage left out: what comes although nobody asked for it has to come again, to another server */
  #bind(mode: LinkOptions['mode'], onMessage: LinkOptions['onMessage'] = comeAgain): Binds {
    const { binds, window, perSecond } = this.#config;
    const statusClasses = new Map(
      Object.entries(this.#config.statusClasses).map(([status, kind]): [number, StatusClass] => [Number(status), kind]),
    );
    const links = Array.from(
      { length: binds },
      () =>
        new Link({
          ...linkOptions(this.#config, this.#host),
          ...{ mode, window, perSecond, statusClasses, random: Math.random, onMessage },
        }),
    );
    this.#links = links;
    for (const link of links) link.start();
    return {
      stop: async () => {
        await Promise.all(links.map((link) => link.stop()));
      },
      idle: async () => {},
    };
  }

  async send(request: SendRequest, signal: AbortSignal): Promise<SendResult> {
    await this.#loaded;
    const { deliveryId } = request;
    const before = await this.#submissions.recall(request);
    // The process ended, or the time was over, between the SMSC's answer and whoever waited for it.
    if (before?.id != null) return this.#accepted(request, before.id);
    const link = this.#link();
    if (!link) return notSent({ outcome: 'not-sent', bound: false, reason: 'It is connecting.', retryAfterMs: 1000 });
    const { state } = link;
    if (state.state === 'down' && state.credentials) return noCredentials(state.reason);
    if (!link.sends) return notSent(link.unsent('There is no bind.'));
    const body = await this.#bodyOf(request);
    const { sender, recipient } = request;
    const reference = tlvInteger(body.tlvs ?? noTlvs, tags.userMessageReference) ?? null;
    await this.#submissions.begin({ deliveryId, sender, recipient }, reference);
    const result = await this.#submit(link, body, request, signal);
    if (result.outcome === 'rejected') this.#submissions.withdraw(deliveryId, before);
    return result;
  }

  health(): Health {
    const states = this.#links.map((link) => link.state);
    const up = states.filter(({ state }) => state === 'bound').length;
    const down = states.find((state) => state.state === 'down');
    const reason = down?.state === 'down' ? down.reason : 'It is connecting.';
    if (up === 0) return { state: 'down', reason };
    if (up < states.length) return { state: 'degraded', reason: `${up} of ${states.length} binds are up. ${reason}` };
    return this.#fault === null ? { state: 'up' } : { state: 'degraded', reason: this.#fault };
  }

  async #submit(
    link: Link,
    body: Partial<Body<'submit_sm'>>,
    request: SendRequest,
    signal: AbortSignal,
  ): Promise<SendResult> {
    const { deliveryId, sender } = request;
    const { clock } = this.#host;
    const noTurn = new AbortController();
    const callOff = clock.at(clock.now() + turnMs, () => noTurn.abort());
    let outcome: SubmitOutcome;
    try {
      const either = AbortSignal.any([signal, noTurn.signal]);
      outcome = await link.submit(body, { signal: either, late: (id) => this.#onLate(deliveryId, id) });
    } catch (error) {
      if (!(error instanceof PduError)) throw error;
      return rejected({ kind: 'bad-content', code: 'pdu', message: error.message });
    } finally {
      callOff();
    }
    switch (outcome.outcome) {
      case 'not-sent':
        return notSent(outcome);
      case 'unknown':
        this.#submissions.lost(deliveryId);
        this.#look();
        return { outcome: 'unknown', error: { code: 'no-answer', message: outcome.reason } };
      case 'answered':
        if (outcome.class === 'ok') {
          this.#fault = null;
          // Nobody waits for it any more.
          if (signal.aborted) this.#onLate(deliveryId, outcome.messageId);
          return this.#accepted(request, outcome.messageId);
        }
        if (outcome.class === 'sender') this.#fault = `The SMSC refuses ${sender}: ${statusName(outcome.status)}.`;
        if (outcome.class === 'session') link.renew('The SMSC does not take it for a bind any more.');
        return refusal(outcome, link.pauseMs);
    }
  }

  async #accepted(request: SendRequest, id: string): Promise<SendResult> {
    const { deliveryId, piece, pieces } = request;
    this.#submissions.accepted(deliveryId, id);
    this.#look();
    if (piece === pieces - 1 && pieces > 1) await this.#references.done(request);
    const known = id === '' || this.#submissions.isTaken(id, deliveryId);
    const providerId = known ? `${canonicalId(id)} ${deliveryId}` : canonicalId(id);
    return { outcome: 'accepted', providerId, status: 'sent' };
  }

  /** Receipts may have come that nothing was known of. */
  #look(): void {
    this.#reports
      .look()
      .catch((error) => this.#host.logger.error({ error }, 'a receipt over SMPP could not be taken in'));
  }

  /** The core counts it as unknown, and waits for a report. */
  #onLate(deliveryId: string, id: string): void {
    this.#submissions.accepted(deliveryId, id);
    const at = this.#host.clock.now();
    this.#host
      .ingest([{ type: 'status', eventId: `answer to ${deliveryId}`, deliveryId, status: 'sent', at }])
      .catch((error) => this.#host.logger.error({ error, deliveryId }, 'a late answer over SMPP could not be noted'));
  }

  async #bodyOf(request: SendRequest): Promise<Partial<Body<'submit_sm'>>> {
    const { sender, recipient, parts, piece, pieces } = request;
    const { alphabet } = request.data as SmppData;
    const reference = pieces > 1 ? await this.#references.of(request) : 0;
    const place = pieces > 1 ? { reference, total: pieces, sequence: piece + 1 } : null;
    const text = encodePiece(textOf(parts), alphabet, place, textOptions(this.#config));
    return { ...this.#envelope(sender, recipient), ...text, tlvs: new Map([...text.tlvs, ...this.#referenceTlv()]) };
  }

  #envelope(sender: Address, recipient: Address): Partial<Body<'submit_sm'>> {
    const { serviceType, validityHours } = this.#config;
    const [days, hours] = [Math.floor(validityHours / 24), validityHours % 24];
    return {
      serviceType,
      source: numberOf(sender, this.#config),
      destination: numberOf(recipient, this.#config),
      registeredDelivery: 1,
      // Years, months, days, hours, minutes, seconds, tenths, and that it is relative.
      validityPeriod: `0000${pad(days)}${pad(hours)}0000000R`,
    };
  }

  #referenceTlv(): [number, Uint8Array][] {
    if (!this.#config.userMessageReference) return [];
    this.#lastReference = (this.#lastReference % 0xffff) + 1;
    return [[tags.userMessageReference, integerTlv(this.#lastReference, 2)]];
  }

  /** The bind that gets to it first. */
  #link(): Link | undefined {
    const rank = (link: Link) =>
      link.state.state === 'bound' ? link.pauseMs + (link.waiting / link.rate) * 1000 : Number.POSITIVE_INFINITY;
    const [first, ...others] = this.#links;
    return first && others.reduce((best, link) => (rank(link) < rank(best) ? link : best), first);
  }

  /** Not a message of any conversation: what everybody gets who asks. */
  async #help(person: Address, own: Address): Promise<void> {
    const options = textOptions(this.#config);
    const { alphabet, pieces } = splitText(this.#config.helpText, options);
    for (const [at, piece] of pieces.entries()) {
      const place = pieces.length > 1 ? { reference: 0, total: pieces.length, sequence: at + 1 } : null;
      const body = { ...this.#envelope(own, person), ...encodePiece(piece, alphabet, place, options) };
      const outcome = await this.#link()?.submit({ ...body, registeredDelivery: 0 }, { signal: this.#stopping.signal });
      if (outcome?.outcome !== 'answered') this.#host.logger.warn({ person, outcome }, 'help over SMPP was not sent');
    }
  }
}

/** What a server has of the sender that is stopped as one. */
interface Binds extends Worker {
  /** Resolves when everything that came is taken in. */
  idle(): Promise<void>;
}

function comeAgain(pdu: Delivered, session: Session): void {
  session.answer(pdu, {}, statuses.ESME_RMSGQFUL);
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}

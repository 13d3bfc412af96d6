/** One bind of ours at an SMSC: connects, binds, and does so again for as long as it is wanted. */
import type { Duplex } from 'node:stream';
import type { Scheduler } from '../clock.ts';
import type { Body, Pdu, Request } from '../pdu/pdu.ts';
import { classify, statuses, statusName } from '../status.ts';
import { NoAnswer, Session } from './session.ts';

export type BindType = 'bind_transceiver' | 'bind_transmitter' | 'bind_receiver';

export interface BindOptions {
  clock: Scheduler;
  type: BindType;
  /** Opens a connection; what goes wrong with it is an `error` of the stream. */
  connect(): Duplex;
  /** Who we are: `systemId`, `password` and the like. */
  account: Partial<Body<'bind_transceiver'>>;
  responseTimeoutMs?: number;
  enquireAfterMs?: number;
  /** Between 0 and 1, for the time between attempts. */
  random(): number;
  /** A `deliver_sm` or `data_sm`, which has to be answered through the session that it came by. */
  onMessage(pdu: Pdu<'deliver_sm' | 'data_sm'>, session: Session): void;
  /** After every change of state. */
  onState(): void;
  onPdu?(direction: 'in' | 'out', pdu: Pdu): void;
}

export type BindState =
  | { state: 'down'; reason: string; credentials: boolean; retryAt: number }
  | { state: 'connecting' }
  | { state: 'bound'; session: Session }
  | { state: 'stopped' };

const connectTimeoutMs = 10_000;
const firstRetryMs = 1000;
const lastRetryMs = 60_000;
/** Carriers lock accounts that knock with a wrong password. */
const credentialsRetryMs = 5 * 60_000;
/** A bind that held for so long, or carried a message, was a good one: the next attempt comes soon. */
const steadyMs = 60_000;

export class Bind {
  readonly #options: BindOptions;
  #state: BindState = { state: 'stopped' };
  #failures = 0;
  #session: Session | null = null;
  #boundAt = 0;
  #callOff: () => void = () => {};

  constructor(options: BindOptions) {
    this.#options = options;
  }

  get state(): BindState {
    return this.#state;
  }

  /** It carried a message. */
  worked(): void {
    this.#failures = 0;
  }

  start(): void {
    if (this.#state.state === 'stopped') this.#connect();
  }

  /** Unbinds; resolves when the peer has answered that, or not in time. */
  async stop(): Promise<void> {
    const { state } = this.#state;
    this.#callOff();
    this.#become({ state: 'stopped' });
    if (state === 'bound') await this.#session?.unbind();
    else this.#session?.destroy('The bind was stopped.');
    this.#session = null;
  }

  #connect(): void {
    const { clock, type, account, connect, onPdu, responseTimeoutMs, enquireAfterMs } = this.#options;
    this.#become({ state: 'connecting' });
    const socket = connect();
    const session = new Session(socket, {
      clock,
      ...(responseTimeoutMs !== undefined && { responseTimeoutMs }),
      ...(enquireAfterMs !== undefined && { enquireAfterMs }),
      ...(onPdu && { onPdu }),
      onRequest: (pdu) => this.#onRequest(pdu, session),
      onClose: (reason) => this.#onClose(session, reason),
    });
    this.#session = session;
    this.#callOff = clock.at(clock.now() + connectTimeoutMs, () =>
      session.destroy('The SMSC did not answer the bind.'),
    );
    const bind = async () => {
      const { status } = await session.request(type, { interfaceVersion: 0x34, ...account });
      if (this.#session !== session) return;
      this.#callOff();
      if (status !== statuses.ESME_ROK) {
        this.#refused(session, status);
        return;
      }
      this.#boundAt = clock.now();
      this.#become({ state: 'bound', session });
    };
    bind().catch((error) => {
      // Where there is no answer the connection ends, and that is heard of in onClose.
      if (!(error instanceof NoAnswer)) throw error;
      session.destroy(error.message);
    });
  }

  #refused(session: Session, status: number): void {
    const credentials = classify(status) === 'credentials';
    this.#session = null;
    session.destroy('The bind was refused.');
    this.#down(`The SMSC refused the bind: ${statusName(status)}.`, credentials);
  }

  #onRequest(pdu: Pdu<Request | 'alert_notification' | 'outbind'>, session: Session): void {
    if (pdu.command === 'alert_notification' || pdu.command === 'outbind') return;
    if (pdu.command === 'deliver_sm' || pdu.command === 'data_sm') {
      this.worked();
      this.#options.onMessage(pdu, session);
    } else session.answer(pdu, {}, statuses.ESME_RINVCMDID);
  }

  #onClose(session: Session, reason: string): void {
    if (this.#session !== session) return;
    this.#session = null;
    this.#callOff();
    if (this.#state.state === 'stopped') return;
    const { clock } = this.#options;
    if (this.#state.state === 'bound' && clock.now() - this.#boundAt >= steadyMs) this.#failures = 0;
    this.#down(reason, false);
  }

  #down(reason: string, credentials: boolean): void {
    const { clock, random } = this.#options;
    const longest = Math.min(lastRetryMs, firstRetryMs * 2 ** this.#failures);
    this.#failures += 1;
    const wait = credentials ? credentialsRetryMs : Math.round(longest * (0.5 + random() / 2));
    const retryAt = clock.now() + wait;
    this.#callOff = clock.at(retryAt, () => this.#connect());
    this.#become({ state: 'down', reason, credentials, retryAt });
  }

  #become(state: BindState): void {
    this.#state = state;
    this.#options.onState();
  }
}

/**
 * The way to an SMSC and back: a transceiver, or a transmitter and a receiver, or only a transmitter. Sends as fast as it may, and says of
 * each message what became of it, which includes that nobody knows.
 */
import type { Body } from '../pdu/pdu.ts';
import { classify, type StatusClass, statuses } from '../status.ts';
import { Bind, type BindOptions, type BindState } from './bind.ts';
import { Pace, type Turn } from './pace.ts';
import { NoAnswer } from './session.ts';

export interface LinkOptions extends Omit<BindOptions, 'type' | 'onState'> {
  /** `pair`: a transmitter and a receiver. `transmitter`: nothing comes in. */
  mode: 'transceiver' | 'pair' | 'transmitter';
  /** Messages a second, and without an answer, at most. */
  perSecond: number;
  window: number;
  /** What this carrier means by codes of its own. */
  statusClasses?: ReadonlyMap<number, StatusClass>;
  onState?(): void;
}

export type SubmitOutcome =
  | { outcome: 'answered'; status: number; class: StatusClass; messageId: string }
  /** It did not go out. */
  | { outcome: 'not-sent'; bound: boolean; reason: string; retryAfterMs: number }
  /** It did, and no answer came. */
  | { outcome: 'unknown'; reason: string };

export interface SubmitOptions {
  /** Gives up waiting for the turn; what is on its way is not called back. */
  signal: AbortSignal;
  /** Told the id in an answer that comes after the time for it. */
  late?(messageId: string): void;
}

class LinkDown extends Error {}

export class Link {
  readonly #options: LinkOptions;
  readonly #pace: Pace;
  readonly #sender: Bind;
  readonly #receiver: Bind | null;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#pace = new Pace(options);
    const { mode } = options;
    const onState = () => this.#onState();
    const type = mode === 'transceiver' ? 'bind_transceiver' : 'bind_transmitter';
    this.#sender = new Bind({ ...options, type, onState });
    this.#receiver = mode === 'pair' ? new Bind({ ...options, type: 'bind_receiver', onState }) : null;
  }

  /** The worse of the two, where there are two. */
  get state(): BindState {
    const [sender, receiver] = [this.#sender.state, this.#receiver?.state];
    return sender.state === 'bound' && receiver ? receiver : sender;
  }

  /** Is there a bind to send by? */
  get sends(): boolean {
    return this.#sender.state.state === 'bound';
  }

  /** Messages a second, at present. */
  get rate(): number {
    return this.#pace.rate;
  }

  /** Milliseconds that nothing may go for, since the SMSC finds it too much. */
  get pauseMs(): number {
    return this.#pace.pauseMs;
  }

  get waiting(): number {
    return this.#pace.waiting;
  }

  start(): void {
    this.#sender.start();
    this.#receiver?.start();
  }

  /** Ends what the SMSC does not take for a bind any more; another follows. */
  renew(reason: string): void {
    const { state } = this.#sender;
    if (state.state === 'bound') state.session.end(reason);
  }

  /** Sends no more, and unbinds. */
  async stop(): Promise<void> {
    this.#pace.close(new LinkDown('The link was stopped.'));
    await Promise.all([this.#sender.stop(), this.#receiver?.stop()]);
  }

  /**
   * Waits for its turn and for the answer.
   *
   * @throws PduError when a value does not fit into its field
   */
  async submit(body: Partial<Body<'submit_sm'>>, { signal, late }: SubmitOptions): Promise<SubmitOutcome> {
    if (this.#sender.state.state !== 'bound') return this.unsent('There is no bind.');
    let turn: Turn;
    try {
      turn = await this.#pace.turn(signal);
    } catch (error) {
      return this.unsent(error instanceof LinkDown ? error.message : 'There was no time for it.');
    }
    const { state } = this.#sender;
    if (state.state !== 'bound') {
      turn('other');
      return this.unsent('The bind ended.');
    }
    let said: Parameters<Turn>[0] = 'other';
    try {
      const answer = await state.session.request('submit_sm', body, (after) => {
        if (after.status === statuses.ESME_ROK && after.command === 'submit_sm_resp') late?.(after.messageId);
      });
      this.#sender.worked();
      const { status } = answer;
      const kind = classify(status, this.#options.statusClasses);
      said = kind === 'ok' ? 'fine' : kind === 'throttle' ? 'throttled' : 'other';
      const messageId = answer.command === 'submit_sm_resp' ? answer.messageId : '';
      return { outcome: 'answered', status, class: kind, messageId };
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return error.written ? { outcome: 'unknown', reason: error.message } : this.unsent(error.message);
    } finally {
      turn(said);
    }
  }

  /** What `submit` says of a message that was not sent now. */
  unsent(reason: string): Extract<SubmitOutcome, { outcome: 'not-sent' }> {
    const { state } = this.#sender;
    const { clock } = this.#options;
    if (state.state === 'bound') {
      const retryAfterMs = Math.max(1000, this.#pace.pauseMs, (this.#pace.waiting / this.#pace.rate) * 1000);
      return { outcome: 'not-sent', bound: true, reason, retryAfterMs: Math.ceil(retryAfterMs) };
    }
    // While it connects that takes as long as it takes: a second, as between attempts.
    const retryAfterMs = state.state === 'down' ? Math.max(0, state.retryAt - clock.now()) + 500 : 1000;
    return { outcome: 'not-sent', bound: false, reason, retryAfterMs };
  }

  #onState(): void {
    const { state } = this.#sender;
    if (state.state === 'bound') this.#pace.open();
    else this.#pace.close(new LinkDown(state.state === 'down' ? state.reason : 'There is no bind.'));
    this.#options.onState?.();
  }
}

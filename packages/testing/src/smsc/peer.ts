/** One connection to the simulator: who it is, and what it submits. */
import {
  type Body,
  integerTlv,
  type Pdu,
  type Request,
  type Scheduler,
  Session,
  type SessionOptions,
  statuses,
  tags,
} from '@colloquy/smpp';
import { refusalOf } from './checks.ts';
import type { FaultAction } from './faults.ts';
import type { Line } from './line.ts';
import type { Account, Settings } from './settings.ts';

export interface PeerOptions {
  clock: Scheduler;
  line: Line;
  settings: Settings;
  /** The account of a name and a password, or the status that refuses the bind. */
  admit(bind: Body<'bind_transceiver'>): Account | number;
  bound(): void;
  /** What the next message to a number meets. */
  fault(destination: string): FaultAction | null;
  /**
   * Takes a message.
   *
   * @returns its id, and the receipts that follow the answer
   */
  take(submit: Body<'submit_sm'>, peer: Peer): { id: string; follow(): void };
  onPdu: NonNullable<SessionOptions['onPdu']>;
  onClose(reason: string): void;
  enquireAfterMs?: number;
}

/** Whoever does not bind has to go. */
const bindWithinMs = 10_000;

export class Peer {
  readonly session: Session;
  readonly line: Line;
  account: Account | null = null;
  #type: 'bind_transceiver' | 'bind_transmitter' | 'bind_receiver' | null = null;
  readonly #options: PeerOptions;
  #unanswered = 0;
  /** When the messages of the last second came. */
  #recent: number[] = [];

  constructor(options: PeerOptions) {
    this.#options = options;
    this.line = options.line;
    const { clock, enquireAfterMs } = options;
    this.session = new Session(options.line, {
      clock,
      ...(enquireAfterMs !== undefined && { enquireAfterMs }),
      onRequest: (pdu) => this.#onRequest(pdu),
      onClose: (reason) => options.onClose(reason),
      onPdu: options.onPdu,
    });
    clock.at(clock.now() + bindWithinMs, () => {
      if (!this.account) this.session.end('There was no bind.');
    });
  }

  get receives(): boolean {
    return this.session.open && (this.#type === 'bind_transceiver' || this.#type === 'bind_receiver');
  }

  #onRequest(pdu: Pdu<Request | 'alert_notification' | 'outbind'>): void {
    switch (pdu.command) {
      case 'bind_transceiver':
      case 'bind_transmitter':
      case 'bind_receiver':
        this.#bind(pdu);
        return;
      case 'submit_sm':
        this.#submit(pdu);
        return;
      case 'alert_notification':
      case 'outbind':
        return;
      default:
        this.session.answer(pdu, {}, this.account ? statuses.ESME_RINVCMDID : statuses.ESME_RINVBNDSTS);
    }
  }

  #bind(pdu: Pdu<'bind_transceiver' | 'bind_transmitter' | 'bind_receiver'>): void {
    const admitted = this.account ? statuses.ESME_RALYBND : this.#options.admit(pdu);
    if (typeof admitted === 'number') {
      this.session.answer(pdu, {}, admitted);
      if (!this.account) this.session.end('The bind was refused.');
      return;
    }
    this.account = admitted;
    this.#type = pdu.command;
    const tlvs = new Map([[tags.interfaceVersion, integerTlv(0x34, 1)]]);
    this.session.answer(pdu, { systemId: 'SIMULATOR', tlvs });
    this.#options.bound();
  }

  #submit(pdu: Pdu<'submit_sm'>): void {
    const { account } = this;
    const { clock, settings, take, fault } = this.#options;
    if (!account || this.#type === 'bind_receiver') {
      this.session.answer(pdu, {}, statuses.ESME_RINVBNDSTS);
      return;
    }
    const now = clock.now();
    this.#recent = this.#recent.filter((at) => at > now - 1000);
    if (this.#unanswered >= account.window || this.#recent.length >= account.perSecond) {
      this.session.answer(pdu, {}, statuses.ESME_RTHROTTLED);
      return;
    }
    this.#recent.push(now);
    const refusal = refusalOf(pdu);
    if (refusal !== statuses.ESME_ROK) {
      this.session.answer(pdu, {}, refusal);
      return;
    }
    const action = fault(pdu.destination.address);
    if (action?.type === 'refuse') this.session.answer(pdu, {}, action.status);
    else if (action?.type === 'cut-before') this.line.reset();
    else if (action?.type !== 'ignored') {
      const { id, follow } = take(pdu, this);
      if (action?.type === 'cut-after') this.line.reset();
      else if (action?.type === 'garbled') this.line.raw(garbled(pdu.sequence));
      else if (action?.type !== 'answer-lost') {
        this.#answer(pdu, id, action?.type === 'late' ? action.ms : settings.latencyMs, follow);
        return;
      }
      follow();
    }
  }

  #answer(pdu: Pdu<'submit_sm'>, messageId: string, latencyMs: number, follow: () => void): void {
    const { clock } = this.#options;
    const answer = () => {
      this.session.answer(pdu, { messageId });
      follow();
    };
    if (latencyMs === 0) {
      answer();
      return;
    }
    this.#unanswered += 1;
    clock.at(clock.now() + latencyMs, () => {
      this.#unanswered -= 1;
      answer();
    });
  }
}

/** An answer that says yes, and ends within the id. */
function garbled(sequence: number): Uint8Array {
  const octets = Buffer.alloc(18, 0x41);
  octets.writeUInt32BE(18, 0);
  octets.writeUInt32BE(0x80000004, 4);
  octets.writeUInt32BE(0, 8);
  octets.writeUInt32BE(sequence, 12);
  return octets;
}

/**
 * One connection, seen from either side: answers are brought to their requests, links that went dead are noticed, and
 * whatever the peer sends, the end is a clean one.
 */
import type { Duplex } from 'node:stream';
import type { Scheduler } from '../clock.ts';
import { Framer, FramingError, maxPduOctets } from '../pdu/framer.ts';
import { type Command, commandIds } from '../pdu/layouts.ts';
import { PduError } from '../pdu/octets.ts';
import {
  type Answer,
  answerOf,
  type Body,
  bodyOf,
  commandOf,
  decode,
  encode,
  type Frame,
  isAnswer,
  type Pdu,
  type Request,
} from '../pdu/pdu.ts';
import { noTlvs } from '../pdu/tlv.ts';
import { statuses } from '../status.ts';

export interface SessionOptions {
  clock: Scheduler;
  /** How long an answer may take, in milliseconds. */
  responseTimeoutMs?: number;
  /** After how much silence of the peer it is asked whether it is there, in milliseconds. */
  enquireAfterMs?: number;
  maxPduOctets?: number;
  /** A request that the handler has to answer, an alert or an outbind. Links and unbinds are answered here. */
  onRequest(pdu: Pdu<Request | 'alert_notification' | 'outbind'>): void;
  /** Once, with what ended it. */
  onClose(reason: string): void;
  /** Every PDU that goes out or comes in, whole. */
  onPdu?(direction: 'in' | 'out', pdu: Pdu): void;
}

/** A request that got no answer. */
export class NoAnswer extends Error {
  /** False: the peer cannot have seen it. */
  readonly written: boolean;

  constructor(message: string, written: boolean) {
    super(message);
    this.name = 'NoAnswer';
    this.written = written;
  }
}

/** What a request is answered with, or the peer's opinion that it was none. */
export type AnswerPdu<Name extends Request> = Pdu<Answer<Name>> | Pdu<'generic_nack'>;

/** Who is told of an answer. */
interface Waiting {
  resolve(answer: Pdu): void;
  reject(error: NoAnswer): void;
  late?: ((answer: Pdu) => void) | undefined;
}

interface Pending extends Waiting {
  command: Request;
  callOff(): void;
}

const lastSequence = 0x7fffffff;
/** Unanswered questions whether the peer is there. */
const maxUnanswered = 3;
/** A peer that does not read what it asked for is gone, whatever its socket says. */
const maxUnreadOctets = 4 * 1024 * 1024;
/** Between our end of a connection and its end by force. */
const graceMs = 2000;
/** Requests whose answer is still recognised though nobody waits for it any more. */
const maxLate = 1000;

export class Session {
  readonly #socket: Duplex;
  readonly #options: SessionOptions;
  readonly #responseTimeoutMs: number;
  readonly #enquireAfterMs: number;
  readonly #framer: Framer;
  readonly #pending = new Map<number, Pending>();
  readonly #late = new Map<number, Pending>();
  #sequence = 0;
  #heardAt: number;
  #unanswered = 0;
  #callOffEnquiry: () => void = () => {};
  #ending: string | null = null;
  #closed = false;

  constructor(socket: Duplex, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#responseTimeoutMs = options.responseTimeoutMs ?? 30_000;
    this.#enquireAfterMs = options.enquireAfterMs ?? 30_000;
    this.#framer = new Framer(options.maxPduOctets ?? maxPduOctets);
    this.#heardAt = options.clock.now();
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#close('The peer closed the connection.'));
    socket.on('error', (error) => this.#close(error.message));
    socket.on('close', () => this.#close('The connection was closed.'));
    this.#enquireLater();
  }

  get open(): boolean {
    return this.#ending === null && !this.#closed;
  }

  /** Requests that wait for their answers. */
  get outstanding(): number {
    return this.#pending.size;
  }

  /**
   * @param late is told an answer that comes after all
   * @throws NoAnswer when the connection is not open, ends before the answer, or the answer does not come in time
   * @throws PduError when a value does not fit into its field
   */
  async request<Name extends Request>(
    command: Name,
    body: Partial<Body<Name>>,
    late?: (answer: AnswerPdu<Name>) => void,
  ): Promise<AnswerPdu<Name>> {
    if (!this.open) throw new NoAnswer(this.#ending ?? 'The connection is closed.', false);
    const pdu = { command, status: 0, sequence: this.#nextSequence(), ...bodyOf(command, body) } as Pdu<Request>;
    const octets = encode(pdu);
    const answer = new Promise<Pdu>((resolve, reject) => {
      this.#await(pdu, { resolve, reject, late: late as Waiting['late'] });
    });
    this.#write(pdu, octets);
    return (await answer) as AnswerPdu<Name>;
  }

  /** An answer to a request, or to what is taken for one. Into a connection that has ended it goes nowhere. */
  answer<Name extends Request>(
    request: { command: Name; sequence: number },
    body: Partial<Body<Answer<Name>>> = {},
    status: number = statuses.ESME_ROK,
  ): void {
    const command = answerOf(request.command);
    this.#send({ command, status, sequence: request.sequence, ...bodyOf(command, body) } as Pdu);
  }

  /** A message that wants no answer. */
  notify<Name extends 'alert_notification' | 'outbind'>(command: Name, body: Partial<Body<Name>>): void {
    this.#send({ command, status: 0, sequence: this.#nextSequence(), ...bodyOf(command, body) } as Pdu);
  }

  /** Says goodbye and closes; resolves when that was answered, or was not in time. */
  async unbind(): Promise<void> {
    if (!this.open) return;
    const { clock } = this.#options;
    const callOff = clock.at(clock.now() + graceMs, () => this.end('The session was ended.'));
    try {
      await this.request('unbind', {});
    } catch {
      // The goal is reached all the same.
    }
    callOff();
    this.end('The session was ended.');
  }

  /** Closes after what was written has gone out. Requests that wait are given up. */
  end(reason: string): void {
    if (!this.open) return;
    this.#ending = reason;
    this.#socket.end();
    const { clock } = this.#options;
    clock.at(clock.now() + graceMs, () => this.destroy(reason));
    this.#giveUp(reason);
  }

  /** Closes at once. */
  destroy(reason: string): void {
    this.#close(reason);
  }

  #await({ command, sequence }: Pdu<Request>, waiting: Waiting): void {
    const { clock } = this.#options;
    const callOff = clock.at(clock.now() + this.#responseTimeoutMs, () => this.#timeOut(sequence));
    this.#pending.set(sequence, { ...waiting, command, callOff });
  }

  #read(chunk: Buffer): void {
    if (!this.open) return;
    this.#heardAt = this.#options.clock.now();
    this.#unanswered = 0;
    try {
      for (const frame of this.#framer.push(chunk)) {
        this.#take(frame);
        if (!this.open) return;
      }
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#nack(statuses.ESME_RINVCMDLEN, error.sequence);
      this.end(error.message);
    }
  }

  #take(frame: Frame): void {
    let pdu: Pdu;
    try {
      pdu = decode(frame);
    } catch (error) {
      if (!(error instanceof PduError)) throw error;
      this.#refuse(frame, error);
      return;
    }
    this.#options.onPdu?.('in', pdu);
    if (isAnswer(frame.commandId)) this.#settle(pdu);
    else if (pdu.command === 'enquire_link') this.answer(pdu);
    else if (pdu.command === 'unbind') {
      this.answer(pdu);
      this.end('The peer ended the session.');
    } else this.#options.onRequest(pdu as Pdu<Request>);
  }

  #refuse(frame: Frame, { status, message }: PduError): void {
    const command = commandOf(frame);
    if (isAnswer(frame.commandId)) {
      const pending = this.#pending.get(frame.sequence);
      this.#forget(frame.sequence);
      pending?.reject(new NoAnswer(`The answer cannot be read: ${message}`, true));
    } else if (command && Object.hasOwn(commandIds, `${command}_resp`)) {
      this.answer({ command: command as Request, sequence: frame.sequence }, {}, status);
    } else this.#nack(status, frame.sequence);
  }

  #settle(answer: Pdu): void {
    const { sequence, command } = answer;
    const pending = this.#pending.get(sequence) ?? this.#late.get(sequence);
    if (!pending) return;
    const awaited = this.#pending.has(sequence);
    this.#forget(sequence);
    if (command !== 'generic_nack' && command !== answerOf(pending.command)) {
      pending.reject(new NoAnswer(`${pending.command} was answered with ${command}.`, true));
    } else if (awaited) pending.resolve(answer);
    else pending.late?.(answer);
  }

  #timeOut(sequence: number): void {
    const pending = this.#pending.get(sequence);
    if (!pending) return;
    this.#pending.delete(sequence);
    if (pending.late) {
      this.#late.set(sequence, pending);
      const [oldest] = this.#late.keys();
      if (this.#late.size > maxLate && oldest !== undefined) this.#late.delete(oldest);
    }
    pending.reject(new NoAnswer(`${pending.command} was not answered in time.`, true));
  }

  #forget(sequence: number): void {
    this.#pending.get(sequence)?.callOff();
    this.#pending.delete(sequence);
    this.#late.delete(sequence);
  }

  #giveUp(reason: string): void {
    for (const [sequence, { reject }] of [...this.#pending]) {
      this.#forget(sequence);
      reject(new NoAnswer(reason, true));
    }
  }

  #nextSequence(): number {
    do this.#sequence = this.#sequence === lastSequence ? 1 : this.#sequence + 1;
    while (this.#pending.has(this.#sequence));
    return this.#sequence;
  }

  #nack(status: number, sequence: number): void {
    this.#send({ command: 'generic_nack', status, sequence, ...bodyOf('generic_nack', {}) });
  }

  #send(pdu: Pdu): void {
    if (this.open) this.#write(pdu, encode(pdu));
  }

  #write(pdu: Pdu<Command>, octets: Buffer): void {
    this.#options.onPdu?.('out', pdu);
    this.#socket.write(octets);
    if (this.#socket.writableLength > maxUnreadOctets) this.#close('The peer does not read.');
  }

  #enquireLater(): void {
    const { clock } = this.#options;
    if (this.open) this.#callOffEnquiry = clock.at(this.#heardAt + this.#enquireAfterMs, () => this.#enquire());
  }

  #enquire(): void {
    if (!this.open || this.#options.clock.now() - this.#heardAt < this.#enquireAfterMs) {
      this.#enquireLater();
      return;
    }
    const enquiry = { command: 'enquire_link', status: 0, sequence: this.#nextSequence(), tlvs: noTlvs } as const;
    this.#await(enquiry, {
      resolve: () => this.#enquireLater(),
      reject: () => {
        this.#unanswered += 1;
        if (this.#unanswered >= maxUnanswered) this.#close('The peer does not answer any more.');
        this.#enquireLater();
      },
    });
    this.#write(enquiry, encode(enquiry));
  }

  #close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#callOffEnquiry();
    this.#socket.destroy();
    this.#giveUp(reason);
    this.#options.onClose(this.#ending ?? reason);
  }
}

/**
 * Ports where a mail server in front hands mail over. Senders may share one: whose address a mail is for decides who
 * takes it in, and it is acknowledged when all of them have.
 */
import type { Logger } from 'pino';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { Scheduler } from '../../core/clock.ts';
import type { Envelope } from './inbound/events.ts';

/** What a listener asks of a sender. */
export interface Receiver {
  /** Bytes of the largest mail. */
  maxBytes: number;
  /** Plus-addresses only where they say something. @throws when it cannot say now */
  owns(address: string): Promise<boolean>;
  /** Resolves when it is on disk. @returns why it is not taken in, for the server that brought it; null when it is */
  take(source: Buffer, envelope: Envelope): Promise<string | null>;
}

/** Milliseconds until a port is tried again that could not be opened. */
const portRetry = 30_000;

export class Listeners {
  readonly #byPort = new Map<string, Listener>();

  /** @returns takes the receiver off the port again, and closes it after the last one */
  attach(
    { host, port, clock, logger }: { host: string; port: number; clock: Scheduler; logger: Logger },
    receiver: Receiver,
  ): { trouble(): string | null; detach(): Promise<void> } {
    const key = `${host}:${port}`;
    const listener = this.#byPort.get(key) ?? new Listener(host, port, clock, logger);
    this.#byPort.set(key, listener);
    listener.add(receiver);
    return {
      trouble: () => listener.trouble,
      detach: async () => {
        listener.receivers.delete(receiver);
        if (listener.receivers.size > 0) return;
        if (this.#byPort.get(key) === listener) this.#byPort.delete(key);
        await listener.close();
      },
    };
  }
}

/** Refuses what a server says, with what it tells the other server. */
/** Each may be bringing the largest mail. Mail servers have some twenty to a place, and come again. */
const mostConnections = 50;

class Refusal extends Error {
  readonly responseCode: number;
  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

class Listener {
  readonly receivers = new Set<Receiver>();
  readonly #host: string;
  readonly #port: number;
  readonly #clock: Scheduler;
  readonly #logger: Logger;
  #server: SMTPServer;
  #callOff: () => void = () => undefined;
  trouble: string | null = 'The port is not open so far.';

  constructor(host: string, port: number, clock: Scheduler, logger: Logger) {
    this.#host = host;
    this.#port = port;
    this.#clock = clock;
    this.#logger = logger;
    this.#server = this.#open();
  }

  add(receiver: Receiver): void {
    this.receivers.add(receiver);
    this.#server.options.size = this.#largest();
  }

  async close(): Promise<void> {
    this.#callOff();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #open(): SMTPServer {
    const server = new SMTPServer({
      name: 'colloquy',
      // Nobody logs in: mail is taken for own addresses, from whoever reaches the port.
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      size: this.#largest(),
      maxClients: mostConnections,
      closeTimeout: 1000,
      logger: false,
      onRcptTo: ({ address }, _session, done) => {
        this.#accept(address).then(
          () => done(),
          (error) => done(this.#toRefusal(error)),
        );
      },
      onData: (stream, session, done) => {
        this.#take(stream, session).then(
          (answer) => done(null, answer),
          (error) => done(this.#toRefusal(error)),
        );
      },
    });
    server.on('error', (error: Error) => this.#onError(error));
    server.listen(this.#port, this.#host, () => {
      this.trouble = null;
    });
    return server;
  }

  #largest(): number {
    return Math.max(0, ...[...this.receivers].map(({ maxBytes }) => maxBytes));
  }

  /** Of a connection, which concerns only that; or the port is taken. */
  #onError(error: Error): void {
    if (this.trouble === null) return this.#logger.debug({ error }, 'a connection from a mail server failed');
    this.trouble = `${this.#host}:${this.#port} cannot be opened: ${error.message}`;
    this.#logger.warn({ reason: this.trouble }, 'mail cannot be handed over; it is tried again');
    this.#callOff = this.#clock.at(this.#clock.now() + portRetry, () => {
      this.#server = this.#open();
    });
  }

  async #accept(address: string): Promise<void> {
    if ((await this.#receiversOf(address)).length > 0) return;
    throw new Refusal(550, '5.1.1 There is no such address here.');
  }

  async #receiversOf(address: string): Promise<Receiver[]> {
    const found: Receiver[] = [];
    for (const receiver of this.receivers) {
      if (await receiver.owns(address)) found.push(receiver);
    }
    return found;
  }

  async #take(stream: NodeJS.ReadableStream & { sizeExceeded: boolean }, session: SMTPServerSession): Promise<string> {
    const pieces: Buffer[] = [];
    for await (const piece of stream) if (!stream.sizeExceeded) pieces.push(piece as Buffer);
    if (stream.sizeExceeded) throw new Refusal(552, '5.3.4 The mail is too large.');
    const source = Buffer.concat(pieces);
    const { mailFrom, rcptTo } = session.envelope;
    const sender = mailFrom ? mailFrom.address : '';
    const byReceiver = new Map<Receiver, string[]>();
    for (const { address } of rcptTo) {
      for (const receiver of await this.#receiversOf(address)) {
        byReceiver.set(receiver, [...(byReceiver.get(receiver) ?? []), address]);
      }
    }
    const reasons: string[] = [];
    for (const [receiver, recipients] of byReceiver) {
      if (source.length > receiver.maxBytes) throw new Refusal(552, '5.3.4 The mail is too large.');
      const reason = await receiver.take(source, { sender, recipients });
      if (reason !== null) reasons.push(reason);
    }
    // Refused by one and taken by another: a refusal would say that nobody has it.
    const [reason] = reasons;
    if (reason !== undefined && reasons.length === byReceiver.size) throw new Refusal(550, `5.7.1 ${reason}`);
    return 'Taken in.';
  }

  /** Whatever went wrong here is over later. */
  #toRefusal(error: unknown): Error {
    if (error instanceof Refusal) return error;
    this.#logger.error({ error }, 'mail could not be taken in; the server that brought it is asked to come again');
    return new Refusal(451, '4.3.0 This cannot be taken in now. Come again later.');
  }
}

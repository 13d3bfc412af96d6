import { setImmediate, setTimeout } from 'node:timers/promises';
import { connect, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import type { Carrier, Receiver } from '../shared/carrier.ts';
import { connectionOptions } from './addresses.ts';
import { Seal, sealBytes } from './seal.ts';

/** Milliseconds. Real time, all of it: it is about a line that others cut. */
const tryAgainAfter = 1000;
const connectWithin = 5000;
/** A line that is dead without having been closed is noticed at the third ping without an answer. */
const pingEvery = 2000;
/** Confirmations that do not come are not waited for longer: the log has what is missed. */
const confirmWithin = 2000;
/** Each takes some ten microseconds: somebody in ten thousand conversations is not to hold up everybody else. */
const topicsAtOnce = 500;
/** What servers take unless they are told otherwise, until this one has said it. */
const usualMaxBytes = 1024 * 1024;

export interface NatsOptions {
  /** `nats://host:4222`, any of which will do. */
  servers: readonly string[];
  /** What all subjects begin with: nodes that share it share everything. */
  prefix: string;
  /** That all of these nodes have, and nobody else: what is not made with it is not heard. */
  secret: string;
  /** Of all nodes, about. */
  clock: Clock;
  logger: Logger;
}

/** Carries by core NATS: a subject for each topic. It is a line to one server of those given, made anew whenever it ends. */
export class NatsCarrier implements Carrier {
  readonly #options: NatsOptions;
  readonly #seal: Seal;
  #hasHeardOthers = false;
  readonly #topics = new Map<string, Subscription | undefined>();
  #receiver: Receiver | undefined;
  #connection: NatsConnection | undefined;
  #isConnected = false;
  #confirmed: Promise<void> | undefined;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: NatsOptions) {
    this.#options = options;
    this.#seal = new Seal(options.secret);
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get maxBytes(): number {
    return (this.#connection?.info?.max_payload ?? usualMaxBytes) - sealBytes;
  }

  start(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#running = this.#run();
  }

  send(topic: string, message: Uint8Array, isOnce = false): void {
    // Without a line the library would keep it until there is one.
    if (!this.#isConnected) return;
    try {
      const sealed = this.#seal.close(topic, message, this.#options.clock.now());
      if (isOnce) this.#seal.remember(sealed);
      this.#connection?.publish(this.#subjectOf(topic), sealed);
    } catch {
      // It has just ended, which is told elsewhere. The others find it in the log.
    }
  }

  async listen(topics: readonly string[]): Promise<void> {
    for (const topic of topics) if (!this.#topics.has(topic)) this.#topics.set(topic, undefined);
    await this.#subscribeAll(topics);
    if (this.#isConnected) await this.#confirm();
  }

  unlisten(topics: readonly string[]): void {
    const ended = topics.flatMap((topic) => this.#topics.get(topic) ?? []);
    for (const topic of topics) this.#topics.delete(topic);
    void this.#unsubscribe(ended);
  }

  async #unsubscribe(subscriptions: readonly Subscription[]): Promise<void> {
    for (let at = 0; at < subscriptions.length; at += topicsAtOnce) {
      if (at > 0) await setImmediate();
      for (const subscription of subscriptions.slice(at, at + topicsAtOnce)) subscription.unsubscribe();
    }
  }

  async close(): Promise<void> {
    this.#isConnected = false;
    this.#closing.abort();
    await this.#connection?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { servers, logger } = this.#options;
    let told = false;
    while (!this.#closing.signal.aborted) {
      try {
        const connection = await connect({
          ...connectionOptions(servers),
          name: 'colloquy',
          noEcho: true,
          timeout: connectWithin,
          maxReconnectAttempts: -1,
          reconnectTimeWait: tryAgainAfter,
          pingInterval: pingEvery,
          ignoreAuthErrorAbort: true,
          noAsyncTraces: true,
        });
        told = false;
        await this.#hold(connection);
      } catch (error) {
        if (!told) logger.error({ error }, 'NATS cannot be reached; it is tried again, and the log followed meanwhile');
        told = true;
      }
      await setTimeout(tryAgainAfter, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {});
    }
  }

  /** Resolves when the connection has ended for good. The library makes the line anew by itself as long as it can. */
  async #hold(connection: NatsConnection): Promise<void> {
    const { logger } = this.#options;
    this.#connection = connection;
    if (this.#closing.signal.aborted) return connection.close();
    void this.#watch(connection).catch((error) => logger.warn({ error }, 'NATS reports an error'));
    // Those of the connection before went with it.
    for (const topic of this.#topics.keys()) this.#topics.set(topic, undefined);
    await this.#subscribeAll([...this.#topics.keys()]);
    await this.#begin();
    const error = await connection.closed();
    this.#isConnected = false;
    this.#connection = undefined;
    if (error) logger.error({ error }, 'the connection to NATS ended; a new one is made');
  }

  async #watch(connection: NatsConnection): Promise<void> {
    const { logger } = this.#options;
    for await (const status of connection.status()) {
      if (this.#closing.signal.aborted) return;
      if (status.type === 'disconnect') {
        this.#isConnected = false;
        logger.warn({ server: status.server }, 'NATS is away; the log is followed until it is back');
      } else if (status.type === 'reconnect') {
        // The library has listened to all topics again.
        logger.info({ server: status.server }, 'NATS is back');
        await this.#begin();
      } else if (status.type === 'error') {
        logger.warn({ error: status.error }, 'NATS reports an error');
      }
    }
  }

  /** The line is there. */
  async #begin(): Promise<void> {
    this.#isConnected = true;
    await this.#confirm();
    if (this.#isConnected) this.#receiver?.connected();
  }

  /** Those that are still wanted when it is their turn. */
  async #subscribeAll(topics: readonly string[]): Promise<void> {
    for (let at = 0; at < topics.length; at += topicsAtOnce) {
      if (at > 0) await setImmediate();
      for (const topic of topics.slice(at, at + topicsAtOnce)) {
        if (this.#topics.has(topic)) this.#topics.set(topic, this.#topics.get(topic) ?? this.#subscribe(topic));
      }
    }
  }

  #subscribe(topic: string): Subscription | undefined {
    if (!this.#connection || this.#connection.isClosed()) return undefined;
    const callback = (error: Error | null, message: Msg) => {
      if (!error) this.#take(topic, message.data);
    };
    return this.#connection.subscribe(this.#subjectOf(topic), { callback });
  }

  #take(topic: string, sealed: Uint8Array): void {
    const message = this.#seal.open(topic, sealed, this.#options.clock.now());
    if (typeof message !== 'string') this.#receiver?.receive(topic, message, () => this.#seal.remember(sealed));
    else if (message === 'forged' && !this.#hasHeardOthers) {
      // Once: whoever does this does it often.
      this.#hasHeardOthers = true;
      this.#options.logger.warn(
        { topic },
        'somebody who has not the auth token of this server publishes where only servers of this database should',
      );
    }
  }

  #subjectOf(topic: string): string {
    return `${this.#options.prefix}.${topic}`;
  }

  /** Resolves when the server has taken everything up to now, or does not answer. What is asked for at once shares it. */
  #confirm(): Promise<void> {
    this.#confirmed ??= Promise.resolve().then(async () => {
      this.#confirmed = undefined;
      const patience = new AbortController();
      const tooLate = setTimeout(confirmWithin, undefined, { signal: patience.signal, ref: false });
      await Promise.race([this.#connection?.flush(), tooLate]).catch(() => {});
      patience.abort();
      await tooLate.catch(() => {});
    });
    return this.#confirmed;
  }
}

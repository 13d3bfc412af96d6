import type { Scheduler } from '../../core/clock.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import { type Bus, type Commit, everything, type Feeds, type Moves, type Signal } from '../bus.ts';
import { Listeners } from '../listeners.ts';
import type { Carrier } from './carrier.ts';
import { Follower } from './follower.ts';
import { type Message, readMessage, wakes, writeEvents, writeSignal, writeWoken } from './messages.ts';
import { StreamFeeds } from './stream-feeds.ts';
import type { StreamLog } from './stream-log.ts';

/**
 * How long names that are woken wait before other nodes hear them; milliseconds. Those of many commits go together, and
 * the node that committed the work has begun with it by then: the others come where it has its hands full.
 */
const wakeAfter = 20;
/** How often everybody looks again, whatever came: names that are woken are in no log. */
const wakeAllEvery = 30_000;

export interface SharedBusOptions {
  log: StreamLog;
  /** Left out where nothing carries: other nodes' commits are found in the log, within a second or so. */
  carrier?: Carrier;
  clock: Scheduler;
  /** Names that wake nobody at other nodes. */
  staysHere(name: string): boolean;
  onError(error: unknown): void;
}

/** What operators want to know of it. */
export interface BusStatus {
  /** Undefined where nothing carries. */
  isConnected: boolean | undefined;
  /** Streams that are followed. */
  streams: number;
  /** Messages to other nodes, and from them. */
  sent: number;
  received: number;
  /** Times that a stream was read on from the log. */
  reads: number;
}

/**
 * The bus of one of several nodes. What is committed here reaches the listeners here at once; the others hear of it by
 * the carrier, stream by stream, or find it in the log.
 */
export class SharedBus implements Bus {
  readonly feeds: Feeds;
  readonly #options: SharedBusOptions;
  readonly #feeds: StreamFeeds;
  readonly #follower: Follower;
  readonly #commits: Listeners<Commit>;
  readonly #signals: Listeners<Signal>;
  readonly #moves: Listeners<Moves>;
  readonly #woken = new Set<string>();
  #callOffWake: (() => void) | undefined;
  #callOffWakeAll: () => void = () => {};
  /** Was there a line ever since the last look? Then what it finds may be on its way. */
  #isCarried = false;
  #sent = 0;
  #received = 0;
  #closed = false;

  constructor(options: SharedBusOptions) {
    const { log, carrier, clock, onError } = options;
    this.#options = options;
    this.#commits = new Listeners(onError);
    this.#signals = new Listeners(onError);
    this.#moves = new Listeners(onError);
    this.#feeds = new StreamFeeds({ log, carrier, clock, onError, pass: (events) => this.#pass(events) });
    this.feeds = this.#feeds;
    this.#follower = new Follower({
      log,
      clock,
      onError,
      note: (stream, position) => this.#feeds.note(stream, position, this.#isCarried),
      moved: (moves) => this.#moves.tell(moves),
      looked: () => {
        this.#isCarried = carrier?.isConnected === true;
        this.#feeds.reopen();
      },
    });
  }

  /** Resolves when everything that is committed from now on will be noticed. The carrier may take longer. */
  async start(): Promise<void> {
    await this.#follower.start();
    this.#options.carrier?.start({
      receive: (topic, message, isRepeated) => this.#receive(topic, message, isRepeated),
      connected: () => {
        this.#isCarried = false;
        this.#follower.look();
        this.#commits.tell({ events: [], woken: [everything] });
      },
    });
    void this.#options.carrier?.listen([wakes]);
    this.#wakeAllLater();
  }

  get status(): BusStatus {
    return {
      isConnected: this.#options.carrier?.isConnected,
      streams: this.#feeds.size,
      sent: this.#sent,
      received: this.#received,
      reads: this.#feeds.reads,
    };
  }

  publish(commit: Commit): void {
    const { events, woken } = commit;
    if (woken.length > 0) this.#commits.tell({ events: [], woken });
    this.#feeds.take(events);
    if (this.#options.carrier?.isConnected) for (const run of runsOf(events)) this.#sendEvents(run);
    for (const name of woken) if (!this.#options.staysHere(name)) this.#wakeOthers(name);
  }

  subscribe(listener: (commit: Commit) => void): () => void {
    return this.#commits.add(listener);
  }

  signal(signal: Signal): void {
    this.#signals.tell(signal);
    this.#send(signal.type === 'user' ? signal.user.sid : signal.conversation, writeSignal(signal), true);
  }

  onSignal(listener: (signal: Signal) => void): () => void {
    return this.#signals.add(listener);
  }

  onMoves(listener: (moves: Moves) => void): () => void {
    return this.#moves.add(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#callOffWake?.();
    this.#callOffWakeAll();
    this.#feeds.end();
    await this.#follower.stop();
    await this.#options.carrier?.close();
  }

  #pass(events: readonly LoggedEvent[]): void {
    this.#commits.tell({ events, woken: [] });
  }

  #sendEvents(run: readonly LoggedEvent[]): void {
    const [first] = run;
    const { carrier } = this.#options;
    if (first && carrier) for (const message of writeEvents(run, carrier.maxBytes)) this.#send(first.stream, message);
  }

  /** @param isOnce for what is not in the log, whose positions say what was heard */
  #send(topic: string, message: Buffer, isOnce = false): void {
    const { carrier } = this.#options;
    if (!carrier?.isConnected || message.length > carrier.maxBytes) return;
    this.#sent += 1;
    carrier.send(topic, message, isOnce);
  }

  #receive(topic: string, bytes: Uint8Array, isRepeated = () => false): void {
    if (this.#closed) return;
    this.#received += 1;
    try {
      this.#take(topic, readMessage(topic, bytes), isRepeated);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #take(topic: string, message: Message | undefined, isRepeated: () => boolean): void {
    switch (message?.kind) {
      case 'events':
        return this.#feeds.take(message.events);
      case 'moved':
        return this.#feeds.note(topic, message.position, false);
      case 'signal':
        return isRepeated() ? undefined : this.#signals.tell(message.signal);
      case 'woken':
        return isRepeated() ? undefined : this.#commits.tell({ events: [], woken: message.names });
      default:
    }
  }

  #wakeOthers(name: string): void {
    const { carrier, clock } = this.#options;
    if (!carrier) return;
    this.#woken.add(name);
    this.#callOffWake ??= clock.at(clock.now() + wakeAfter, () => {
      this.#callOffWake = undefined;
      this.#send(wakes, writeWoken(this.#woken), true);
      this.#woken.clear();
    });
  }

  #wakeAllLater(): void {
    const { clock } = this.#options;
    this.#callOffWakeAll = clock.at(clock.now() + wakeAllEvery, () => {
      this.#commits.tell({ events: [], woken: [everything] });
      this.#feeds.findEnded().catch(this.#options.onError);
      this.#wakeAllLater();
    });
  }
}

/**
 * Events of one stream that may go together. What came before somebody was added to a conversation goes before the event
 * that says so, and what came after it after: whoever hears them in that order need not look into the log.
 */
function runsOf(events: readonly LoggedEvent[]): Iterable<LoggedEvent[]> {
  if (events.length === 1) return [events as LoggedEvent[]];
  const runs: LoggedEvent[][] = [];
  let open = new Map<string, LoggedEvent[]>();
  for (const event of events) {
    const run = open.get(event.stream);
    if (run) run.push(event);
    else {
      const begun = [event];
      open.set(event.stream, begun);
      runs.push(begun);
    }
    if (event.type === 'membership.added') open = new Map();
  }
  return runs;
}

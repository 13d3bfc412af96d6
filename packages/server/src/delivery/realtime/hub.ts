import type { Sid, UserResource } from '@colloquy/protocol';
import type { Bus, Commit, Signal, TypingSignal } from '../../bus/bus.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import { eventText, notificationText, textFrame } from './frames.ts';

/** One connected client. */
export interface Subscriber {
  readonly user: string;
  /**
   * Events of one stream, in order.
   *
   * @param frames what carries them to clients of the realtime API, joined, one frame an event: to be written as it is
   */
  deliver(events: readonly LoggedEvent[], frames: () => Buffer): void;
  /** What is delivered from now on may wait for `uncork`, to be written at once. */
  cork(): void;
  uncork(): void;
  /**
   * What may be lost.
   *
   * @param frame what carries it to clients of the realtime API
   */
  notify(signal: Signal, frame: () => Buffer): void;
  /** The user is gone; so is every connection of his. */
  userRemoved(): void;
}

/**
 * Who listens to which stream, and the fan-out of each commit. A frame is built once and written to every
 * socket of the realtime API; the frames that one commit has for one stream are joined, since the system call is what
 * a delivery costs. Nobody who does not listen costs anything here.
 */
export class Hub {
  readonly #listeners = new Map<string, Set<Subscriber>>();
  readonly #streams = new Map<Subscriber, Set<string>>();
  /** Who wants to know of changes of users other than himself. */
  readonly #watchers = new Map<string, Set<Subscriber>>();
  /** Closed connections: what they asked for is often still under way, and would be kept for ever. */
  readonly #gone = new WeakSet<Subscriber>();
  #deliveries = 0;

  constructor(bus: Bus) {
    bus.subscribe((commit) => this.#onCommit(commit));
    bus.onSignal((signal) => this.#onSignal(signal));
  }

  listen(subscriber: Subscriber, stream: string): void {
    if (this.#gone.has(subscriber)) return;
    addTo(this.#listeners, stream, subscriber);
    addTo(this.#streams, subscriber, stream);
  }

  /** The same for many streams, at the cost of one look at the subscriber. */
  listenAll(subscriber: Subscriber, streams: readonly string[]): void {
    if (this.#gone.has(subscriber)) return;
    const own = this.#streams.get(subscriber) ?? new Set();
    this.#streams.set(subscriber, own);
    for (const stream of streams) {
      addTo(this.#listeners, stream, subscriber);
      own.add(stream);
    }
  }

  /** Events handed to connections so far, counted once for each. */
  get deliveries(): number {
    return this.#deliveries;
  }

  /** How many connections of each user listen to a stream, by the user's SID. */
  audience(stream: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { user } of this.#listeners.get(stream) ?? []) counts.set(user, (counts.get(user) ?? 0) + 1);
    return counts;
  }

  stopListening(subscriber: Subscriber, stream: string): void {
    removeFrom(this.#listeners, stream, subscriber);
    removeFrom(this.#streams, subscriber, stream);
  }

  watch(subscriber: Subscriber, user: string): void {
    if (this.#gone.has(subscriber)) return;
    addTo(this.#watchers, user, subscriber);
  }

  unwatch(subscriber: Subscriber, user: string): void {
    removeFrom(this.#watchers, user, subscriber);
  }

  /** Forgets a connection for good. @param watched the users it watched */
  leave(subscriber: Subscriber, watched: Iterable<string>): void {
    this.#gone.add(subscriber);
    for (const stream of this.#streams.get(subscriber) ?? []) removeFrom(this.#listeners, stream, subscriber);
    this.#streams.delete(subscriber);
    for (const user of watched) this.unwatch(subscriber, user);
  }

  #onCommit(commit: Commit): void {
    let perStream = new Map<string, LoggedEvent[]>();
    for (const event of commit.events) {
      const userEvent = event.stream.startsWith('US');
      if (!userEvent && !this.#listeners.has(event.stream)) continue;
      const sofar = perStream.get(event.stream);
      if (sofar) sofar.push(event);
      else perStream.set(event.stream, [event]);
      if (userEvent && changesAudience(event)) {
        // What came before went to the old audience of the conversation, what comes after goes to the new one.
        this.#flush(perStream);
        perStream = new Map();
        this.#changeAudience(event);
      }
    }
    this.#flush(perStream);
  }

  #flush(perStream: ReadonlyMap<string, LoggedEvent[]>): void {
    // Of one stream, everybody gets one write anyway.
    const corked = perStream.size > 1 ? new Set<Subscriber>() : undefined;
    for (const [stream, events] of perStream) {
      const listeners = this.#listeners.get(stream);
      if (listeners) {
        this.#deliveries += listeners.size * events.length;
        deliver(listeners, events, corked);
      }
      if (stream.startsWith('US')) this.#tellWatchers(stream, events);
    }
    if (corked) for (const listener of corked) listener.uncork();
  }

  #changeAudience(event: LoggedEvent): void {
    const listeners = this.#listeners.get(event.stream);
    if (!listeners) return;
    if (event.type === 'user.removed') {
      for (const listener of [...listeners]) listener.userRemoved();
      return;
    }
    const conversation = conversationOf(event);
    for (const listener of listeners) {
      if (event.type === 'membership.added') this.listen(listener, conversation);
      else this.stopListening(listener, conversation);
    }
  }

  #tellWatchers(user: string, events: readonly LoggedEvent[]): void {
    if (!this.#watchers.has(user)) return;
    for (const event of events) {
      if (event.type === 'user.updated') this.#showUser(JSON.parse(event.data) as UserResource);
    }
  }

  #showUser(user: UserResource): void {
    const watchers = this.#watchers.get(user.sid);
    if (!watchers) return;
    const frame = once(() => textFrame(notificationText('user', { user })));
    for (const watcher of watchers) watcher.notify({ type: 'user', user }, frame);
  }

  #onSignal(signal: Signal): void {
    if (signal.type === 'user') this.#showUser(signal.user);
    else this.#showTyping(signal);
  }

  #showTyping(signal: TypingSignal): void {
    const listeners = this.#listeners.get(signal.conversation);
    if (!listeners) return;
    const { conversation, participant, identity, user } = signal;
    const frame = once(() =>
      textFrame(
        notificationText('typing', {
          conversation: conversation as Sid<'CH'>,
          participant: participant as Sid<'MB'>,
          identity,
        }),
      ),
    );
    for (const listener of listeners) if (listener.user !== user) listener.notify(signal, frame);
  }
}

function deliver(
  listeners: ReadonlySet<Subscriber>,
  events: readonly LoggedEvent[],
  corked: Set<Subscriber> | undefined,
): void {
  const frames = once(() => {
    const each = events.map((event) => textFrame(eventText(event)));
    return each.length === 1 ? (each[0] as Buffer) : Buffer.concat(each);
  });
  for (const listener of listeners) {
    if (corked && !corked.has(listener)) {
      corked.add(listener);
      listener.cork();
    }
    listener.deliver(events, frames);
  }
}

/** Made when somebody wants it, and for the others who want it the same. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function changesAudience(event: LoggedEvent): boolean {
  return event.type === 'membership.added' || event.type === 'membership.removed' || event.type === 'user.removed';
}

/** Of a `membership.added` or `membership.removed`. */
export function conversationOf(event: LoggedEvent): string {
  return (JSON.parse(event.data) as { membership: { conversationSid: string } }).membership.conversationSid;
}

function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  if (set) set.add(value);
  else map.set(key, new Set([value]));
}

function removeFrom<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  if (set?.delete(value) && set.size === 0) map.delete(key);
}

import type { Sid, UserResource } from '@colloquy/protocol';
import type { Bus, Commit, Feeds, Signal, TypingSignal } from '../../bus/bus.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import { eventText, notificationText, textFrame } from './frames.ts';
import { LateJoins } from './late-joins.ts';
import { changesAudience, conversationOf, joinedAt, removedUser } from './membership-events.ts';
import type { Subscriber } from './subscriber.ts';

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

  /** Where events come of the streams alone that are listened to here. */
  readonly #feeds: Feeds | undefined;
  readonly #lateJoins: LateJoins | undefined;

  /** @param onError told when somebody who came into a conversation could not be told what happened since */
  constructor(bus: Bus, onError: (error: unknown) => void = () => {}) {
    this.#feeds = bus.feeds;
    const audience = {
      add: (subscriber: Subscriber, stream: string) => void this.listen(subscriber, stream),
      deliver: (subscriber: Subscriber, events: readonly LoggedEvent[]) =>
        deliver(new Set([subscriber]), events, undefined),
    };
    this.#lateJoins = bus.feeds && new LateJoins(bus.feeds, audience, onError);
    bus.feeds?.onEnded((user) => this.#removeUser(user));
    bus.subscribe((commit) => this.#onCommit(commit));
    bus.onSignal((signal) => this.#onSignal(signal));
  }

  /** Are there other nodes, whose commits come when they come? */
  get isShared(): boolean {
    return this.#feeds !== undefined;
  }

  /** See `listenAll`. */
  listen(subscriber: Subscriber, stream: string): Promise<void> | undefined {
    return this.listenAll(subscriber, [stream]);
  }

  /**
   * Listens to streams. Of what is read from the database once it resolves, nothing later is missed; undefined when
   * that can be read at once. Rejects when the database cannot be asked.
   */
  listenAll(subscriber: Subscriber, streams: readonly string[]): Promise<void> | undefined {
    if (this.#gone.has(subscriber)) return undefined;
    const own = this.#streams.get(subscriber) ?? new Set();
    this.#streams.set(subscriber, own);
    const fresh: string[] = [];
    for (const stream of streams) {
      if (own.has(stream)) continue;
      own.add(stream);
      fresh.push(stream);
      addTo(this.#listeners, stream, subscriber);
    }
    this.#feeds?.listen(fresh);
    // He reads from where he came in himself.
    for (const stream of fresh) this.#lateJoins?.end(subscriber, stream);
    return this.#feeds?.ready(streams);
  }

  hears(subscriber: Subscriber, stream: string): boolean {
    return this.#streams.get(subscriber)?.has(stream) ?? false;
  }

  /** Events handed to connections so far, counted once for each. */
  get deliveries(): number {
    return this.#deliveries;
  }

  /** How many connections of each user listen to a stream at this node, by the user's SID. */
  audience(stream: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { user } of this.#listeners.get(stream) ?? []) counts.set(user, (counts.get(user) ?? 0) + 1);
    return counts;
  }

  stopListening(subscriber: Subscriber, stream: string): void {
    this.#lateJoins?.end(subscriber, stream);
    if (!removeFrom(this.#streams, subscriber, stream)) return;
    removeFrom(this.#listeners, stream, subscriber);
    this.#feeds?.unlisten([stream]);
  }

  /** See `listenAll`. */
  watch(subscriber: Subscriber, user: string): Promise<void> | undefined {
    if (this.#gone.has(subscriber)) return undefined;
    if (addTo(this.#watchers, user, subscriber)) this.#feeds?.listen([user]);
    return this.#feeds?.ready([user]);
  }

  unwatch(subscriber: Subscriber, user: string): void {
    if (removeFrom(this.#watchers, user, subscriber)) this.#feeds?.unlisten([user]);
  }

  /** Forgets a connection for good. @param watched the users it watched */
  leave(subscriber: Subscriber, watched: Iterable<string>): void {
    this.#gone.add(subscriber);
    this.#lateJoins?.leave(subscriber);
    const streams = this.#streams.get(subscriber) ?? new Set<string>();
    for (const stream of streams) removeFrom(this.#listeners, stream, subscriber);
    this.#streams.delete(subscriber);
    this.#feeds?.unlisten([...streams]);
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
      if (userEvent ? changesAudience(event) : this.#feeds && event.type === 'participant.removed') {
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
    if (event.type === 'participant.removed') {
      // His own stream may say so later than the conversation's goes on.
      const out = removedUser(event);
      for (const listener of out === undefined ? [] : [...listeners]) {
        if (listener.user === out) this.stopListening(listener, event.stream);
      }
      return;
    }
    if (event.type === 'user.removed') return this.#removeUser(event.stream);
    const conversation = conversationOf(event);
    for (const listener of listeners) {
      if (event.type === 'membership.added') this.#join(listener, conversation, event);
      else this.stopListening(listener, conversation);
    }
  }

  #removeUser(user: string): void {
    for (const listener of [...(this.#listeners.get(user) ?? [])]) listener.userRemoved();
  }

  /** He hears what came after he was added, and nothing of before. */
  #join(listener: Subscriber, conversation: string, added: LoggedEvent): void {
    const feeds = this.#feeds;
    if (!feeds) return void this.listen(listener, conversation);
    if (this.#streams.get(listener)?.has(conversation)) return;
    const position = joinedAt(added);
    feeds.listen([conversation], position);
    if (feeds.positionOf(conversation) === position) void this.listen(listener, conversation);
    else this.#lateJoins?.begin(listener, conversation, position);
    feeds.unlisten([conversation]);
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

/** @returns whether it was not there */
function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): boolean {
  const set = map.get(key);
  if (!set) map.set(key, new Set([value]));
  else if (set.has(value)) return false;
  else set.add(value);
  return true;
}

/** @returns whether it was there */
function removeFrom<K, V>(map: Map<K, Set<V>>, key: K, value: V): boolean {
  const set = map.get(key);
  if (!set?.delete(value)) return false;
  if (set.size === 0) map.delete(key);
  return true;
}

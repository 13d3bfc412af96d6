import type { MembershipResource, UserResource } from '@colloquy/protocol';
import type { UserActor } from '../../../core/actor.ts';
import { conversationResource } from '../../../core/conversations/resource.ts';
import type { Core } from '../../../core/core.ts';
import { reachableResource } from '../../../core/users/resource.ts';
import type { Hub } from '../../../delivery/realtime/hub.ts';
import { conversationOf } from '../../../delivery/realtime/membership-events.ts';
import type { Subscriber } from '../../../delivery/realtime/subscriber.ts';
import type { LoggedEvent } from '../../../storage/driver.ts';
import { seenConversation, seenLately, seenUser } from './access.ts';
import type { Documents } from './documents.ts';
import { MembershipsSubscription } from './memberships-subscription.ts';
import { documentNote, framesOf, type Note, notesOf, removalOf } from './notes.ts';
import { objectNamed, objectOf, type SyncObject } from './objects.ts';
import { Openings } from './openings.ts';
import { canceledFrame, establishedFrame, failedFrame, type Outcome } from './outcome.ts';
import { missed, type Room } from './replay.ts';
import { InfoSubscription, Subscription } from './subscription.ts';

/** Of one client. Somebody in the contract's 1,000 conversations needs three for each. */
const subscriptionLimit = 20_000;
/** What is read of the log for one request. */
const eventsPerRequest = 2000;
const bytesPerRequest = 4 * 1024 * 1024;

/** What the client asks for, of one object. */
export interface SubscriptionRequest {
  object_sid: string;
  object_type: string;
  /** Null: only what happens from now on. */
  last_event_id?: number | null | undefined;
}

interface Parts {
  core: Core;
  hub: Hub;
  documents: Documents;
  /** Who listens in the client's place. */
  listener: Subscriber & { readonly watched: Set<string> };
  write(frame: Buffer): void;
}

/** What one client has subscribed to, and what it is told of it. */
export class Subscriptions {
  readonly openings: Openings;
  readonly #parts: Parts;
  readonly #logged = new Map<string, Subscription>();
  readonly #infos = new Map<string, InfoSubscription>();
  /**
   * How far the client was told of objects of which there was more to tell than fits in one answer. It asks again with
   * what it has by then, which is what it had before where nothing of this object was among it.
   */
  readonly #interrupted = new Map<string, number>();
  #isOver = false;
  #actor: UserActor | undefined;
  #underWay: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.openings = new Openings(parts.core.clock);
  }

  /** Tells what had to wait, if it may be told by now. To be called after each answer, and now and then. */
  proceed(): void {
    this.#memberships?.proceed();
  }

  /** Events of one stream, in order. */
  take(events: readonly LoggedEvent[]): void {
    for (const event of events) {
      for (const note of notesOf(event)) this.#logged.get(note.object.sid)?.take(note);
      switch (event.type) {
        case 'message.added':
        case 'message.removed':
          if (this.#logged.has(objectOf('conversation', event.stream).sid)) {
            this.#parts.documents.moved(event.stream, event.position);
          }
          break;
        case 'membership.added':
          for (const one of this.#ofConversation(conversationOf(event))) {
            if (one.member !== undefined) one.member = Math.max(one.member, event.position);
          }
          break;
        case 'membership.removed': {
          const { membership, reason } = JSON.parse(event.data) as { membership: MembershipResource; reason: string };
          // A client that is still to hear that he is out closes the rest by itself then.
          const isDeleted = reason === 'deleted' && this.#isTold(event.position);
          this.#leave(membership.conversationSid, event.position, isDeleted ? event.time : undefined);
          break;
        }
        case 'user.updated':
          // His role may be another one.
          if (event.stream === this.#actor?.user) this.look();
          break;
        case 'conversation.removed':
          // Of a conversation that he was not in. Members are told by their own stream first.
          for (const one of this.#ofConversation(event.stream)) this.#end(one, event.time);
      }
    }
  }

  /**
   * Tells something of a conversation that the session listens to. While it is looked at whether the client may see it, that
   * waits. One that has just come in listens before it subscribes.
   */
  tellOf(conversation: string, tell: () => void): void {
    const subscriptions = () => this.#ofConversation(conversation);
    const isShown = () => subscriptions().some(({ isReleased }) => isReleased);
    if (subscriptions().length === 0 || isShown()) return tell();
    this.#underWay.then(() => {
      if (isShown()) tell();
    });
  }

  takeUser(user: UserResource): void {
    this.#infos.get(objectOf('userInfo', user.sid).sid)?.tell(user, this.#parts.core.clock.now());
  }

  /**
   * Looks whether the user still sees the conversations that he is not in: roles are changed without a word in their
   * streams. To be called now and then.
   */
  look(): void {
    const actor = this.#actor;
    const streams = [...this.#logged.values()].filter(({ member }) => member === 0).map(({ object }) => object.stream);
    if (!actor) return;
    for (const stream of new Set(streams)) {
      seenConversation(this.#parts.core, actor, stream).then(
        (seen) => {
          if (!seen) for (const one of this.#ofConversation(stream)) if (one.member === 0) this.#forget(one);
        },
        () => {}, // It is looked again.
      );
    }
  }

  /** The client is gone. What it asked for may still be under way, and must not be kept. */
  end(): void {
    this.#isOver = true;
    for (const subscription of this.#logged.values()) this.#forget(subscription);
    this.#infos.clear();
    this.#interrupted.clear();
  }

  cancel(requests: readonly SubscriptionRequest[], correlation: number): void {
    for (const { object_sid } of requests) {
      const object = objectNamed(object_sid);
      const subscription = object && this.#of(object);
      if (subscription) this.#forget(subscription);
    }
    this.#parts.write(canceledFrame(requests, correlation));
  }

  /**
   * Subscribes, tells what was missed, confirms, and goes on with what happened in the meantime: in this order for each
   * object. One request after the other.
   */
  establish(actor: UserActor, requests: readonly SubscriptionRequest[], correlation: number): Promise<void> {
    this.#actor = actor;
    const established = this.#underWay.then(() => this.#establish(actor, requests, correlation));
    this.#underWay = established.catch(() => {});
    return established;
  }

  async #establish(actor: UserActor, requests: readonly SubscriptionRequest[], correlation: number): Promise<void> {
    const outcome: Outcome = { established: [], failed: [] };
    const room: Room = { events: eventsPerRequest, bytes: bytesPerRequest };
    try {
      for (const [stream, wanted] of this.#byStream(requests, outcome)) {
        if (this.#isOver) return;
        if (stream.startsWith('CH')) await this.#establishConversation(actor, stream, wanted, room, outcome);
        else await this.#establishUser(actor, stream, wanted, room, outcome);
      }
    } catch (error) {
      // The client asks again. Until then nothing is kept for it, of objects that it may not even see.
      const all = [...this.#logged.values(), ...this.#infos.values()];
      for (const one of all) if (!one.isReleased) this.#forget(one);
      throw error;
    }
    this.#confirm(outcome, correlation);
  }

  #byStream(requests: readonly SubscriptionRequest[], outcome: Outcome): Map<string, Entry[]> {
    const byStream = new Map<string, Entry[]>();
    let room = subscriptionLimit - this.#logged.size - this.#infos.size;
    for (const { object_sid, object_type, last_event_id } of requests) {
      const object = objectNamed(object_sid);
      const known = object && this.#of(object);
      if (!known) room -= 1;
      if (!object || object.type !== object_type || room < 0) {
        outcome.failed.push({ object_sid, object_type });
        continue;
      }
      const entry = { object, known: last_event_id ?? undefined };
      const entries = byStream.get(object.stream);
      if (entries) entries.push(entry);
      else byStream.set(object.stream, [entry]);
    }
    return byStream;
  }

  async #establishConversation(actor: UserActor, stream: string, wanted: Entry[], room: Room, outcome: Outcome) {
    // Listening begins before anything is read; what happens in between is held back.
    const subscriptions = wanted.map(({ object, known }) => this.#begin(object, known));
    await this.#parts.hub.listen(this.#parts.listener, stream);
    const seen = await seenConversation(this.#parts.core, actor, stream);
    const member = seen?.participant?.membership_position ?? 0;
    const isOut = subscriptions.some(({ out }) => out > member);
    if (!seen || isOut) {
      const former = await seenLately({ core: this.#parts.core, actor }, stream);
      return this.#fail(subscriptions, outcome, former?.position);
    }
    for (const subscription of subscriptions) subscription.member = member;
    const { head } = seen.row;
    // What is in the log from before he came is not his to read; who made the conversation saw it before he came in.
    const isOwn = seen.row.created_by === actor.identity;
    const begin = seen.participant && !isOwn ? seen.participant.created_position - 1 : 0;
    const items: Subscription[] = [];
    for (const subscription of subscriptions) {
      const { kind } = subscription.object;
      if (Number.isNaN(subscription.told)) subscription.told = head;
      else if (kind !== 'conversation') subscription.told = Math.max(subscription.told, Math.min(begin, head));
      if (kind !== 'conversation') items.push(subscription);
      if (kind === 'roster') this.openings.follow(stream);
    }
    const { notes, upTo } = await this.#missed(stream, items, head, room);
    const [document] = subscriptions.filter(({ object }) => object.kind === 'conversation');
    if (document && document.told < head) {
      notes.push(documentNote(conversationResource(seen.row), head, this.#parts.core.clock.now()));
    }
    this.#tell(notes, subscriptions);
    for (const subscription of subscriptions) {
      const isDocument = subscription === document;
      this.#established(subscription, isDocument ? head : upTo, isDocument || upTo >= head, outcome);
    }
  }

  async #establishUser(actor: UserActor, stream: string, wanted: Entry[], room: Room, outcome: Outcome) {
    for (const { object, known } of wanted) {
      if (object.kind === 'userInfo') await this.#establishInfo(actor, object, known, outcome);
      // His list of conversations is for nobody else.
      else if (stream === actor.user) await this.#establishMemberships(actor, object, known, room, outcome);
      else outcome.failed.push({ object_sid: object.sid, object_type: object.type });
    }
  }

  async #establishInfo(actor: UserActor, object: SyncObject, known: number | undefined, outcome: Outcome) {
    const { core, hub, listener } = this.#parts;
    const subscription = this.#beginInfo(object, known ?? 0);
    await hub.watch(listener, object.stream);
    const user = await seenUser(core, actor, object.stream);
    if (!user) return this.#fail([subscription], outcome);
    const shown = await reachableResource(core.db, user);
    const release = () => subscription.release(shown, core.clock.now());
    outcome.established.push({ subscription, isComplete: true, release });
  }

  async #establishMemberships(
    actor: UserActor,
    object: SyncObject,
    known: number | undefined,
    room: Room,
    outcome: Outcome,
  ) {
    const subscription = this.#begin(object, known) as MembershipsSubscription;
    const user = await seenUser(this.#parts.core, actor, object.stream);
    if (!user) return this.#fail([subscription], outcome);
    if (Number.isNaN(subscription.told)) subscription.told = user.head;
    const { notes, upTo } = await this.#missed(object.stream, [subscription], user.head, room);
    if (this.#of(object) === subscription) subscription.tell(notes);
    this.#established(subscription, upTo, upTo >= user.head, outcome);
  }

  #missed(stream: string, subscriptions: readonly Subscription[], head: number, room: Room) {
    const wanted = subscriptions.map(({ object, told }) => ({ object, after: told }));
    if (wanted.length === 0) return { notes: [] as Note[], upTo: head };
    return missed(this.#parts.core.db, stream, wanted, head, room);
  }

  /** @param known undefined: what the client has is as new as what is read next */
  #begin(object: SyncObject, known: number | undefined): Subscription {
    const { hub, documents, listener, write } = this.#parts;
    const before = this.#of(object);
    if (before) this.#forget(before);
    const told = Math.max(known ?? Number.NaN, this.#interrupted.get(object.sid) ?? 0);
    this.#interrupted.delete(object.sid);
    const subscription =
      object.kind === 'memberships'
        ? new MembershipsSubscription(object, told, write, this.openings)
        : new Subscription(object, told, write);
    if (this.#isOver) return subscription;
    this.#logged.set(object.sid, subscription);
    if (object.stream.startsWith('CH')) hub.listen(listener, object.stream);
    if (object.kind === 'conversation') documents.add(object.stream, subscription);
    return subscription;
  }

  #beginInfo(object: SyncObject, known: number): InfoSubscription {
    const { hub, listener, write } = this.#parts;
    const subscription = new InfoSubscription(object, known, write);
    if (this.#isOver) return subscription;
    this.#infos.set(object.sid, subscription);
    listener.watched.add(object.stream);
    hub.watch(listener, object.stream);
    return subscription;
  }

  /** Of objects that were subscribed to still: others are none of the client's any more. */
  #tell(notes: readonly Note[], subscriptions: readonly Subscription[]): void {
    const current = new Set(
      subscriptions.filter((one) => this.#of(one.object) === one).map(({ object }) => object.sid),
    );
    for (const frame of framesOf(notes.filter(({ object }) => current.has(object.sid)))) this.#parts.write(frame);
  }

  #established(subscription: Subscription, upTo: number, isComplete: boolean, outcome: Outcome): void {
    subscription.told = Math.max(subscription.told, upTo);
    const release = () => (isComplete ? subscription.release() : this.#interrupt(subscription));
    outcome.established.push({ subscription, isComplete, release });
  }

  /** It is begun anew when the client asks for the rest. */
  #interrupt(subscription: Subscription): void {
    this.#forget(subscription);
    this.#interrupted.set(subscription.object.sid, subscription.reached);
  }

  /** @param out see `Failure` */
  #fail(subscriptions: readonly (Subscription | InfoSubscription)[], outcome: Outcome, out?: number): void {
    for (const subscription of subscriptions) {
      const { sid, type } = subscription.object;
      this.#forget(subscription);
      outcome.failed.push({ object_sid: sid, object_type: type, out });
    }
  }

  #confirm({ established, failed }: Outcome, correlation: number): void {
    const { write } = this.#parts;
    const current = established.filter(({ subscription }) => this.#of(subscription.object) === subscription);
    if (current.length > 0) write(establishedFrame(current, correlation));
    for (const { release } of current) release();
    // That he is out is told first: the client would take a conversation whose objects are gone for removed. What is
    // left without an answer it asks for again, or closes when it is told.
    const known = failed.filter(({ out = 0 }) => this.#isTold(out));
    if (known.length > 0) write(failedFrame(known, correlation));
  }

  get #memberships(): MembershipsSubscription | undefined {
    const subscription = this.#actor && this.#logged.get(objectOf('memberships', this.#actor.user).sid);
    return subscription instanceof MembershipsSubscription ? subscription : undefined;
  }

  /** Is there nothing up to that position of the user's stream that the client is still to hear of his memberships? */
  #isTold(position: number): boolean {
    return (this.#memberships?.reached ?? position) >= position;
  }

  #of({ sid }: SyncObject): Subscription | InfoSubscription | undefined {
    return this.#logged.get(sid) ?? this.#infos.get(sid);
  }

  #ofConversation(conversation: string): Subscription[] {
    return conversationKinds.flatMap((kind) => this.#logged.get(objectOf(kind, conversation).sid) ?? []);
  }

  /** The user is out, since that position of his own stream. @param deleted when the conversation was removed, if it was */
  #leave(conversation: string, position: number, deleted: number | undefined): void {
    for (const subscription of this.#ofConversation(conversation)) {
      // Whether he is in again is not known yet.
      if (subscription.member === undefined) subscription.out = position;
      // He is in again: it was about an earlier time.
      else if (subscription.member < position) this.#end(subscription, deleted);
    }
  }

  /** @param removed when the object was removed, if it was */
  #end(subscription: Subscription, removed: number | undefined): void {
    this.#forget(subscription);
    if (removed === undefined) return;
    const note = removalOf(subscription.object, (subscription.told || 0) + 1, removed);
    for (const frame of framesOf([note])) this.#parts.write(frame);
  }

  /** Nothing where another one has taken its place. */
  #forget(subscription: Subscription | InfoSubscription): void {
    const { documents, hub, listener } = this.#parts;
    const { object } = subscription;
    if (this.#of(object) !== subscription) return;
    if (subscription instanceof InfoSubscription) {
      this.#infos.delete(object.sid);
      listener.watched.delete(object.stream);
      hub.unwatch(listener, object.stream);
      return;
    }
    this.#logged.delete(object.sid);
    if (object.kind === 'conversation') documents.remove(object.stream, subscription);
    const isLast = object.stream.startsWith('CH') && this.#ofConversation(object.stream).length === 0;
    if (isLast) hub.stopListening(listener, object.stream);
  }
}

const conversationKinds = ['conversation', 'messages', 'roster'] as const;

interface Entry {
  object: SyncObject;
  known: number | undefined;
}

import type { AnyStreamEvent, ConversationResource, MembershipResource } from '@colloquy/protocol';
import type { Result } from './connection/requests.ts';
import type { Context } from './context.ts';
import type { Conversation } from './conversation.ts';
import { type ConversationEvents, conversationReasons } from './conversation-events.ts';
import { notIn } from './errors.ts';
import type { Message } from './message.ts';
import { Mirror } from './mirror.ts';
import type { Participant } from './participant.ts';
import { Roster } from './store/roster.ts';
import { Timeline } from './store/timeline.ts';

/** @internal A conversation as it was at that position of its stream. */
export type KnownConversation = ConversationResource & { position: number };

/** What the client knows of a conversation, and how events and answers change it: the inner side of `Conversation`, which alone extends it. */
export abstract class ConversationMirror extends Mirror<ConversationEvents> {
  /** @internal */
  declare _data: KnownConversation;
  /** @internal */
  declare readonly _roster: Roster;
  /** @internal */
  declare readonly _timeline: Timeline;
  /** @internal Set while the user is in the conversation. */
  _membership: MembershipResource | null = null;

  /** @internal Position of the snapshot that showed the present membership first. */
  _enteredAt = 0;
  /** @internal Was it announced with `conversationAdded`, and not taken back since? */
  _announced = false;

  /** @internal */
  constructor(context: Context, data: KnownConversation) {
    super('conversation', conversationReasons, context, data);
    this._roster = new Roster(context, this as unknown as Conversation);
    this._timeline = new Timeline(context, this as unknown as Conversation);
  }

  /** @internal Emits on the conversation and on the client, where the event has the same name. */
  _tell<E extends Exclude<keyof ConversationEvents, 'updated' | 'removed' | 'pendingMessagesChanged'>>(
    event: E,
    ...args: Parameters<ConversationEvents[E]>
  ): void {
    this.emit(event, ...args);
    this._context.emit(event, ...(args as never));
  }

  /** @internal An event of this conversation's stream. */
  _apply(event: AnyStreamEvent): void {
    if (event.type === 'conversation.removed') {
      this._context.removedSids.add(this._data.sid);
      this._context.conversationStore.onLeft(this as unknown as Conversation);
    } else if (event.type === 'conversation.added' || event.type === 'conversation.updated') {
      this._take({ ...event.data, position: event.position });
    } else {
      this._roster.onEvent(event);
      this._timeline.onEvent(event);
    }
    // What comes after it in this stream is of a later stay, if any; the user's own stream will say.
    if (event.type === 'participant.removed' && event.data.sid === this._membership?.participantSid) {
      this._context.conversationStore.onLeft(this as unknown as Conversation);
    }
  }

  /**
   * @internal Asks what has changed, and tells of it.
   *
   * @param after position of the stream up to which that is known; 0 where nothing was told since the user came in
   * @returns up to which it is known now
   */
  async _renew(after: number): Promise<number> {
    const own = this._membership?.participantSid ?? '';
    const known = this.#known();
    const { events, gone, position, head } = await this._context.ask('conversations.changes', {
      conversation: this._data.sid,
      after: after || this._enteredAt,
      knows: [own, ...known.keys()],
    });
    // Out of it, and perhaps in again: the user's own stream will tell.
    if (this._membership?.participantSid !== own || gone.includes(own)) throw notIn();
    // What came by another answer meanwhile may have changed, or be gone, too.
    for (const [name] of this.#known()) if (!known.has(name)) return this._renew(after);
    if (position < head) this._context.feed.outdate(this._data.sid);
    for (const name of gone) {
      const one = known.get(name) as Message | Participant;
      this._apply({ type: `${one._kind}.removed`, data: one._data } as AnyStreamEvent);
    }
    for (const event of events) this._apply(event);
    return position;
  }

  /** What the program may have of it, messages by index: there may be tens of thousands. */
  #known(): Map<string | number, Message | Participant> {
    const conversation = this as unknown as Conversation;
    const all = [...this._context.messageCache.of(conversation), ...this._roster.known()];
    return new Map(all.map((one) => [(one as Message).index ?? one.sid, one]));
  }

  /** @internal A new message moves `lastMessage` without an event of its own. */
  _after(
    { index, dateCreated }: { index: number; dateCreated: number },
    position = this._data.position,
  ): KnownConversation {
    return { ...this._data, lastMessage: { index, dateCreated }, position };
  }

  /** @internal */
  _takeMembership(membership: MembershipResource): void {
    const before = this._membership;
    if (before?.participantSid !== membership.participantSid || before.position >= membership.position) return;
    this._membership = membership;
    this._tellUpdated(before, membership);
  }

  /** @internal Waits until an answer shows: by the events up to its position where events come, else by applying it. */
  async _settle(position: number, apply: () => void): Promise<void> {
    if (this._membership) await this._context.feed.reached(this._data.sid, position);
    else apply();
  }

  /** @internal A message that this client sent is on the server: waits until it shows. */
  async _sent(data: Result<'messages.send'>): Promise<void> {
    await this._settle(data.position, () => {
      this._timeline.upsert(data);
      // Without its position: there may be more up to there than this message.
      this._show(this._after(data));
    });
  }
}

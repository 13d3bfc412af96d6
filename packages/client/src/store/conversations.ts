import type { AnyStreamEvent, ConversationEntry, MembershipResource, Page } from '@colloquy/protocol';
import type { CallOptions } from '../call-options.ts';
import { largestPage } from '../connection/wire.ts';
import type { ChangeParams, Context } from '../context.ts';
import { Conversation } from '../conversation.ts';
import { notFound } from '../errors.ts';
import { everyPage, openPage, type Paginator } from '../paginator.ts';
import { ObjectCache } from './object-cache.ts';

/** Conversations that the user is not in, of which so many are remembered. */
const othersRemembered = 100;

/**
 * The conversations that the client knows: those it was asked for, and those of which it heard. All that the user is
 * in are kept; their number is limited by the server.
 */
export class Conversations {
  readonly #context: Context;
  readonly #joined = new Map<string, Conversation>();
  readonly #others = new ObjectCache<Conversation>(othersRemembered);
  /** Requests under way, by what was asked for: SID or unique name. */
  readonly #loading = new Map<string, Promise<Conversation>>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** As which participants the user is in conversations. */
  memberships(): Set<string | undefined> {
    return new Set([...this.#joined.values()].map((conversation) => conversation._membership?.participantSid));
  }

  /** One that the user is in. */
  lookUpOwn(sid: string): Conversation | undefined {
    return this.#joined.get(sid);
  }

  lookUp(sid: string): Conversation | undefined {
    return this.#joined.get(sid) ?? this.#others.get(sid);
  }

  /** Those the user is in are up to date, and found without asking. */
  async get(ref: string): Promise<Conversation> {
    const joined = this.#joined.get(ref) ?? [...this.#joined.values()].find(({ uniqueName }) => uniqueName === ref);
    return joined ?? this.fetchEntry(ref);
  }

  /** Asks the server, once for all who want to know at the same time. @throws ColloquyError 50350 */
  fetchEntry(ref: string): Promise<Conversation> {
    let loading = this.#loading.get(ref);
    if (!loading) {
      loading = this.#context
        .ask('conversations.get', { conversation: ref })
        .finally(() => this.#loading.delete(ref))
        .then((entry) => this.#put(entry));
      this.#loading.set(ref, loading);
    }
    return loading;
  }

  /** The conversations the user is in, newest first. */
  list(options?: CallOptions): Promise<Paginator<Conversation>> {
    return openPage(async (next, options) => {
      const page = await this.#context.ask('conversations.list', { next }, options);
      return { items: this.putAll(page.items), next: page.next };
    }, options);
  }

  async create(params: ChangeParams<'conversations.create'>, options?: CallOptions): Promise<Conversation> {
    return this.#put(await this.#context.askOnce('conversations.create', params, options));
  }

  async join(sid: string, options?: CallOptions): Promise<void> {
    await this.#context.askOnce('conversations.join', { conversation: sid }, options);
    // As a rule the event is here before the answer. If not, the answer is not enough: one that had to be asked for
    // twice may be of long ago.
    if (!this.#joined.has(sid)) await this.fetchEntry(sid);
  }

  putAll(entries: readonly ConversationEntry[]): Conversation[] {
    const { removedSids } = this.#context;
    return entries.flatMap((entry) => (removedSids.has(entry.conversation.sid) ? [] : this.#put(entry)));
  }

  onEvent(event: AnyStreamEvent): void {
    if (event.type === 'membership.added') {
      const { conversation, position } = event.data;
      // A snapshot, the answer to `join` say, may have shown it already, or even a later stay.
      const enteredAt = this.#joined.get(conversation.sid)?._enteredAt ?? -1;
      if (position > enteredAt) this.#show(event.data);
    } else if (event.type === 'membership.updated') {
      this.#joined.get(event.data.conversationSid)?._takeMembership(event.data);
    } else if (event.type === 'membership.removed') {
      const { conversationSid, participantSid } = event.data.membership;
      if (event.data.reason === 'deleted') this.#context.removedSids.add(conversationSid);
      this.#context.removedSids.add(participantSid);
      const conversation = this.#joined.get(conversationSid);
      if (conversation?._membership?.participantSid === participantSid) this.onLeft(conversation);
    } else {
      this.lookUp(event.stream)?._apply(event);
    }
  }

  /**
   * Goes through all conversations that the user is in, after an absence too long to be told of what happened.
   *
   * @param before memberships when the list, or its first page, was made; those that are not in it are over
   * @param first page, if it came already
   */
  async renew(before: ReturnType<Conversations['memberships']>, first: Page<ConversationEntry> | null): Promise<void> {
    const { feed } = this.#context;
    await everyPage(
      (next) => this.#context.ask('conversations.list', { limit: largestPage, next }),
      ({ items }) => {
        this.putAll(items);
        for (const { conversation, membership, position } of items) {
          before.delete(membership?.participantSid);
          feed.expect(conversation.sid, position);
        }
      },
      first,
    );
    for (const conversation of this.#joined.values()) {
      if (before.has(conversation._membership?.participantSid)) this.onLeft(conversation);
    }
  }

  onLeft(conversation: Conversation): void {
    const membership = conversation._membership;
    if (membership) {
      this.#context.removedSids.add(membership.participantSid);
      this.#context.feed.forget(conversation._data.sid);
      this.#joined.delete(conversation.sid);
      this.#others.add(conversation);
      conversation._membership = null;
      conversation._roster.forgetAll();
      this.#context.emit('conversationLeft', conversation);
    }
    if (!conversation._announced) return;
    conversation._announced = false;
    this.#context.emit('conversationRemoved', conversation);
    conversation.emit('removed', conversation);
  }

  #put({ membership, ...entry }: ConversationEntry): Conversation {
    const { removedSids } = this.#context;
    if (removedSids.has(entry.conversation.sid)) throw notFound(50350, 'Conversation');
    return this.#show({
      ...entry,
      membership: membership && !removedSids.has(membership.participantSid) ? membership : null,
    });
  }

  /** Brings a snapshot into the store, as far as it is newer than what is there. */
  #show({ conversation: data, membership, position }: ConversationEntry): Conversation {
    const known = this.lookUp(data.sid);
    const at = { ...data, position };
    const conversation = known ?? new Conversation(this.#context, at);
    known?._take(at);
    const participant = conversation._membership?.participantSid;
    if (membership && participant === membership.participantSid) {
      conversation._takeMembership(membership);
    } else if (membership) {
      // Out and in again, and only the end of it was seen.
      if (participant) this.onLeft(conversation);
      this.#enter(conversation, membership, position);
    } else if (!participant) {
      this.#others.add(conversation);
      this.#announce(conversation);
    }
    return conversation;
  }

  #enter(conversation: Conversation, membership: MembershipResource, position: number): void {
    this.#others.delete(conversation.sid);
    this.#joined.set(conversation.sid, conversation);
    conversation._membership = membership;
    conversation._enteredAt = position;
    conversation._roster.forgetAll();
    this.#context.feed.followFrom(conversation._data.sid, position);
    this.#announce(conversation);
    this.#context.emit('conversationJoined', conversation);
  }

  #announce(conversation: Conversation): void {
    if (conversation._announced) return;
    conversation._announced = true;
    this.#context.emit('conversationAdded', conversation);
  }
}

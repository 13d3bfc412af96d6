import type { AnyStreamEvent, MessageResource } from '@colloquy/protocol';
import type { CallOptions } from '../call-options.ts';
import type { Params } from '../connection/requests.ts';
import { largestPage } from '../connection/wire.ts';
import type { Context } from '../context.ts';
import type { Conversation } from '../conversation.ts';
import { Message } from '../message.ts';
import { type Paginator, pageOf } from '../paginator.ts';

/** After a very long absence no more new messages than these are announced; older ones come by paging. */
const announcedAtMost = 1000;

/**
 * The messages of one conversation. They are not kept here: the cache of the client holds those that were used
 * last, of all conversations together, and pages are asked for from the server.
 */
export class Timeline {
  readonly #context: Context;
  readonly #conversation: Conversation;
  /** Up to this index the program knows that messages were given: those before it came in, or those announced. */
  #newest = -1;
  /** Messages up to here were announced by a fresh look at everything; their events must not do so again. */
  #announced = -1;

  constructor(context: Context, conversation: Conversation) {
    this.#context = context;
    this.#conversation = conversation;
  }

  /** The user came in. Messages up to this index are no news. */
  startAt(newest: number): void {
    this.#newest = newest;
  }

  async page(params: Params<'messages.list'>, options?: CallOptions): Promise<Paginator<Message>> {
    const { messages, next, previous } = await this.#list(params, undefined, options);
    const at = (anchor: number, direction: 'backwards' | 'forward', options?: CallOptions) =>
      this.page({ ...params, anchor, direction }, options);
    return pageOf(
      messages,
      next !== null && ((options) => at(next, 'forward', options)),
      previous !== null && ((options) => at(previous, 'backwards', options)),
    );
  }

  /** The object of a message, with that state unless a newer one is known. Of an update of one unknown, all is new. */
  upsert(data: MessageResource, isUpdate = false): Message {
    const { messageCache } = this.#context;
    const known = messageCache.get(data.sid);
    const message = known ?? new Message(this.#context, this.#conversation, data);
    messageCache.add(message);
    if (known) known._take(data);
    else if (isUpdate) message._tellUpdated({}, data);
    return message;
  }

  remove(data: MessageResource): void {
    const { messageCache, removedSids } = this.#context;
    if (removedSids.has(data.sid)) return;
    const message = this.upsert(data);
    removedSids.add(data.sid);
    messageCache.delete(data.sid);
    this.#conversation._tell('messageRemoved', message);
  }

  onEvent(event: AnyStreamEvent): void {
    const isRemoved = this.#context.removedSids.has((event.data as { sid?: string }).sid ?? '');
    if (event.type === 'message.added') {
      const { data } = event;
      const { participantSid } = data;
      if (participantSid) this.#conversation._roster.lookUp(participantSid)?._endTyping();
      if (participantSid === this.#conversation._membership?.participantSid) this.#context.sendQueue.saw(data);
      // A fresh look may have found it gone, and said so, before the log tells that it came.
      if (!isRemoved) {
        const message = this.upsert(data);
        if (data.index > this.#announced) {
          this.#newest = data.index;
          this.#conversation._tell('messageAdded', message);
        }
      }
      this.#conversation._take(this.#conversation._after(data, event.position));
    } else if (event.type === 'message.updated') {
      if (!isRemoved) this.upsert(event.data, true);
    } else if (event.type === 'message.removed') {
      this.remove(event.data);
    }
  }

  /**
   * Looks at the messages that the program may have, and at the new ones, and tells of what is different.
   *
   * @param newest index of the newest message
   * @param check throws when there is no point any more
   */
  async renew(newest: number, check: () => void): Promise<void> {
    this.#newest = Math.max(this.#newest, newest - announcedAtMost);
    const mine = this.#context.messageCache.values().filter((message) => message.conversation === this.#conversation);
    mine.sort((a, b) => a.index - b.index);
    // What the program paged to may be newer than what it was told of: nothing in between is passed over.
    while (mine[0]) {
      const { messages, next } = await this.#forward(Math.min(mine[0].index, this.#newest + 1), check);
      const there = new Set(messages);
      while (mine[0] && mine[0].index < next) {
        const message = mine.shift() as Message;
        if (!there.has(message)) this.remove(message._data);
      }
    }
    let from = this.#newest + 1;
    while (from <= newest) from = (await this.#forward(from, check)).next;
    this.#newest = Math.max(this.#newest, newest);
  }

  /** @returns the messages from that index on, as many as a page holds, and the index before which they are all */
  async #forward(anchor: number, check: () => void): Promise<{ messages: Message[]; next: number }> {
    const conversation = this.#conversation.sid;
    const params = { conversation, anchor, direction: 'forward', limit: largestPage } as const;
    const { messages, next } = await this.#list(params, check);
    for (const message of messages) {
      if (message.index <= this.#newest) continue;
      this.#newest = this.#announced = message.index;
      this.#conversation._tell('messageAdded', message);
    }
    return { messages, next: next ?? Number.POSITIVE_INFINITY };
  }

  async #list(params: Params<'messages.list'>, check?: () => void, options?: CallOptions) {
    const { items, ...rest } = await this.#context.ask('messages.list', params, options);
    check?.();
    const present = items.filter((data) => !this.#context.removedSids.has(data.sid));
    return { messages: present.map((data) => this.upsert(data)), ...rest };
  }
}

import type { AnyStreamEvent, MessageResource } from '@colloquy/protocol';
import type { CallOptions } from '../call-options.ts';
import type { Params } from '../connection/requests.ts';
import type { Context } from '../context.ts';
import type { Conversation } from '../conversation.ts';
import { Message } from '../message.ts';
import { type Paginator, pageOf } from '../paginator.ts';

/**
 * The messages of one conversation. They are not kept here: the cache of the client holds those that were used
 * last, of all conversations together, and pages are asked for from the server.
 */
export class Timeline {
  readonly #context: Context;
  readonly #conversation: Conversation;

  constructor(context: Context, conversation: Conversation) {
    this.#context = context;
    this.#conversation = conversation;
  }

  async page(params: Params<'messages.list'>, options?: CallOptions): Promise<Paginator<Message>> {
    const { messages, next, previous } = await this.#list(params, options);
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
      // Its removal may be known before the log tells that it came.
      if (!isRemoved) this.#conversation._tell('messageAdded', this.upsert(data));
      this.#conversation._take(this.#conversation._after(data, event.position));
    } else if (event.type === 'message.updated') {
      if (!isRemoved) this.upsert(event.data, true);
    } else if (event.type === 'message.removed') {
      this.remove(event.data);
    }
  }

  async #list(params: Params<'messages.list'>, options?: CallOptions) {
    const { items, ...rest } = await this.#context.ask('messages.list', params, options);
    const present = items.filter((data) => !this.#context.removedSids.has(data.sid));
    return { messages: present.map((data) => this.upsert(data)), ...rest };
  }
}

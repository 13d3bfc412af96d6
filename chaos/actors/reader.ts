import { setTimeout as wait } from 'node:timers/promises';
import { Client, type Conversation, type Message } from '@colloquy/client';
import type { Random } from '../../compat/soak/random.ts';
import type { Balancer } from '../cluster/balancer.ts';
import type { Seen, StoredMessage } from '../record/entries.ts';
import type { Actor } from './actor.ts';
import { outcomeOf } from './outcome.ts';
import type { World } from './world.ts';

interface Held {
  conversation: Conversation;
  messages: Map<string, Message>;
  history: Promise<void>;
}

/** A user whose app shows every message of his conversations, moves from node to node, and marks what it has read. */
export class Reader implements Actor {
  readonly name: string;
  readonly #world: World;
  readonly #way: Balancer;
  readonly #client: Client;
  readonly #random: Random;
  readonly #held = new Map<string, Held>();
  readonly #removed = new Set<string>();
  readonly #reads = new Map<string, Promise<void>>();

  static async create(world: World, name: string): Promise<Reader> {
    const reader = new Reader(world, name, await world.way());
    await reader.#client.getSubscribedConversations();
    return reader;
  }

  private constructor(world: World, name: string, way: Balancer) {
    this.#world = world;
    this.name = name;
    this.#way = way;
    this.#random = world.random(name);
    this.#client = new Client(() => world.token(name), { url: way.url });
    this.#client.on('conversationJoined', (conversation) => this.#enter(conversation));
    this.#client.on('conversationLeft', ({ sid }) => {
      world.journal.note({ kind: 'departed', reader: name, conversation: sid });
      this.#held.delete(sid);
    });
    this.#client.on('messageAdded', (message) => {
      this.#see('added', message);
      this.#hold(message);
      if (this.#random.next() < 0.1) this.#read(message);
    });
    this.#client.on('messageUpdated', ({ message, updateReasons }) => {
      if (updateReasons.includes('body')) this.#see('updated', message);
    });
    this.#client.on('messageRemoved', (message) => {
      this.#see('removed', message);
      this.#removed.add(message.sid);
      this.#held.get(message.conversation.sid)?.messages.delete(message.sid);
    });
  }

  async act(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await wait(this.#random.between(8000, 25_000), undefined, { signal: stop }).catch(() => {});
      if (!stop.aborted) this.#way.roam();
    }
  }

  /** Once it was told of a message that begins so, in that conversation. */
  async until(conversation: string, start: string, stop: AbortSignal): Promise<void> {
    const has = () => this.#messages(conversation).some(({ body }) => body?.startsWith(start));
    while (!has() && !stop.aborted) await wait(100);
  }

  /** Once it was told that it is out of that conversation. */
  async untilOut(conversation: string, stop: AbortSignal): Promise<void> {
    while (this.isIn(conversation) && !stop.aborted) await wait(100);
  }

  /** What it holds, and what its SDK says of what is read. */
  async holds(sid: string): Promise<{ messages: StoredMessage[]; horizon: number | null; unread: number | null }> {
    await Promise.all(this.#reads.values());
    const held = this.#held.get(sid);
    await held?.history;
    const messages = this.#messages(sid)
      .map(({ sid, index, body }) => ({ sid, index, body: body ?? '' }))
      .sort((a, b) => a.index - b.index);
    const unread = (await held?.conversation.getUnreadMessagesCount()) ?? null;
    return { messages, horizon: held?.conversation.lastReadMessageIndex ?? null, unread };
  }

  isIn(conversation: string): boolean {
    return this.#held.has(conversation);
  }

  close(): Promise<void> {
    return this.#client.shutdown();
  }

  #messages(conversation: string): Message[] {
    return [...(this.#held.get(conversation)?.messages.values() ?? [])];
  }

  #see(event: Seen['event'], message: Message): void {
    const { sid, index, body } = message;
    const conversation = message.conversation.sid;
    this.#world.journal.note({ kind: 'seen', reader: this.name, event, conversation, sid, index, body: body ?? '' });
  }

  #hold(message: Message): void {
    if (!this.#removed.has(message.sid)) this.#held.get(message.conversation.sid)?.messages.set(message.sid, message);
  }

  #enter(conversation: Conversation): void {
    const last = conversation.lastMessage?.index ?? -1;
    this.#world.journal.note({ kind: 'entered', reader: this.name, conversation: conversation.sid, last });
    const held: Held = { conversation, messages: new Map(), history: Promise.resolve() };
    this.#held.set(conversation.sid, held);
    held.history = this.#readHistory(conversation).catch(async (error: Error & { status?: number }) => {
      const what = `${conversation.sid} could not be read: ${error.message}`;
      const offence = { kind: 'offence', actor: this.name, what } as const;
      if ((error.status ?? 0) >= 500) return this.#world.journal.note(offence);
      // Whoever is not in it any more may not read it. He may be told of that after he was refused, by another server.
      const isIn = () => this.#held.get(conversation.sid) === held;
      for (let tries = 0; isIn() && tries < 200; tries += 1) await wait(100);
      if (isIn()) this.#world.journal.note(offence);
    });
  }

  async #readHistory(conversation: Conversation): Promise<void> {
    for (
      let page = await patiently(() => conversation.getMessages(100));
      ;
      page = await patiently(() => page.prevPage())
    ) {
      for (const message of page.items) this.#hold(message);
      if (!page.hasPrevPage) return;
    }
  }

  /** One after the other in each conversation, so that the last one asked for is the last one done. */
  #read({ conversation, index }: Message): void {
    const before = this.#reads.get(conversation.sid) ?? Promise.resolve();
    const id = this.#world.id(this.name);
    const { journal } = this.#world;
    const asked = { actor: this.name, what: 'read', conversation: conversation.sid, keyed: true } as const;
    const mark = async () => {
      await before;
      journal.note({ kind: 'asked', id, ...asked, target: index });
      await conversation.advanceLastReadMessageIndex(index).then(
        () => journal.note({ kind: 'told', id, outcome: 'acknowledged' }),
        (error) => journal.note({ kind: 'told', id, ...outcomeOf(error) }),
      );
    };
    this.#reads.set(conversation.sid, mark());
  }
}

/** As an app does that is told to come again: a history of many pages is longer under way than most faults are apart. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { status?: number }).status !== 503) throw error;
      await wait(500);
    }
  }
}

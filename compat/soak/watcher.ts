/**
 * What runs in the page: an app that holds everything that it was given, and lets the SDK keep it up to date. It stands
 * alone, since the page gets this file as it is, without its types.
 */
import type * as Sdk from '@colloquy/client';

/** The script that the package is published with. */
declare const Colloquy: typeof Sdk;

interface Held {
  conversation: Sdk.Conversation;
  messages: Map<string, Sdk.Message>;
  participants: Map<string, Sdk.Participant>;
  /** Index of the last message that an event told of. */
  newest: number;
  read: Promise<void>;
}

export interface Sent {
  conversation: string;
  body: string;
  /** Null where it was refused. */
  index: number | null;
}

export interface WatcherOptions {
  url: string;
  transports: readonly ('websocket' | 'polling')[];
}

export class Watcher {
  /** What must not happen, in words. */
  readonly complaints: string[] = [];
  /** Events by their names. */
  readonly events: Record<string, number> = {};
  readonly #client: Sdk.Client;
  readonly #held = new Map<string, Held>();
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();
  readonly #sent: Promise<Sent>[] = [];

  static async begin(token: () => Promise<string>, options: WatcherOptions): Promise<Watcher> {
    const watcher = new Watcher(new Colloquy.Client(token, options));
    await watcher.#readList();
    return watcher;
  }

  private constructor(client: Sdk.Client) {
    this.#client = client;
    this.#on('conversationJoined', (conversation) => this.#enter(conversation));
    this.#on('conversationLeft', (conversation) => this.#held.delete(conversation.sid));
    this.#on('participantJoined', (participant) => {
      this.#held.get(participant.conversation.sid)?.participants.set(participant.sid, participant);
    });
    this.#on('participantLeft', (participant) => {
      this.#held.get(participant.conversation.sid)?.participants.delete(participant.sid);
    });
    this.#on('messageAdded', (message) => {
      const { sid, index } = message;
      const held = this.#held.get(message.conversation.sid);
      if (this.#added.has(sid)) this.complaints.push(`${sid} was added twice`);
      if (this.#removed.has(sid)) this.complaints.push(`${sid} was added after it was removed`);
      if (!held) return this.complaints.push(`${sid} was added to a conversation that the user is not in`);
      if (index <= held.newest) this.complaints.push(`${sid} was added with ${index} after ${held.newest}`);
      this.#added.add(sid);
      held.newest = index;
      this.#hold(held, message);
    });
    this.#on('messageUpdated', ({ message }) => {
      const known = this.#held.get(message.conversation.sid)?.messages.get(message.sid);
      if (known && known !== message) this.complaints.push(`${message.sid} became another object`);
    });
    this.#on('messageRemoved', (message) => {
      if (this.#removed.has(message.sid)) this.complaints.push(`${message.sid} was removed twice`);
      this.#removed.add(message.sid);
      this.#held.get(message.conversation.sid)?.messages.delete(message.sid);
    });
    for (const event of ['conversationUpdated', 'participantUpdated', 'connectionStateChanged'] as const) {
      this.#on(event, () => {});
    }
  }

  #on<E extends keyof Sdk.ClientEvents>(event: E, listener: Sdk.ClientEvents[E]): void {
    const counted = (...args: unknown[]) => {
      this.events[event] = (this.events[event] ?? 0) + 1;
      (listener as (...args: unknown[]) => void)(...args);
    };
    this.#client.on(event, counted as Sdk.ClientEvents[E]);
  }

  #hold({ messages }: Held, message: Sdk.Message): void {
    if (this.#removed.has(message.sid)) return;
    const known = messages.get(message.sid);
    if (known && known !== message) this.complaints.push(`${message.sid} is two objects`);
    messages.set(message.sid, message);
  }

  #enter(conversation: Sdk.Conversation): void {
    const held: Held = {
      conversation,
      messages: new Map(),
      participants: new Map(),
      newest: -1,
      read: Promise.resolve(),
    };
    this.#held.set(conversation.sid, held);
    held.read = this.#readAll(held).catch((error) => {
      // Whoever is not in it any more may not read it.
      if (this.#held.get(conversation.sid) === held) this.complaints.push(`${conversation.sid} was not read: ${error}`);
    });
  }

  async #readAll(held: Held): Promise<void> {
    const { conversation } = held;
    for (const participant of await conversation.getParticipants()) held.participants.set(participant.sid, participant);
    for (let page = await conversation.getMessages(100); ; page = await page.prevPage()) {
      for (const message of page.items) this.#hold(held, message);
      if (!page.hasPrevPage) return;
    }
  }

  /** The conversations in the order of the list. Those beyond its first page are told of when they are asked for. */
  async #readList(): Promise<string[]> {
    const list: string[] = [];
    for (let page = await this.#client.getSubscribedConversations(); ; page = await page.nextPage()) {
      list.push(...page.items.map(({ sid }) => sid));
      if (!page.hasNextPage) return list;
    }
  }

  /** Writes into one of its conversations, whether there is a connection or not. */
  say(nth: number, body: string): void {
    const held = [...this.#held.values()];
    const conversation = held[nth % held.length]?.conversation;
    if (!conversation) return;
    const sent = { conversation: conversation.sid, body };
    this.#sent.push(
      conversation.sendMessage(body, { from: 'the page' }).then(
        (index) => ({ ...sent, index }),
        () => ({ ...sent, index: null }),
      ),
    );
  }

  /** Marks one of its conversations as read. */
  markRead(nth: number): void {
    const held = [...this.#held.values()];
    held[nth % held.length]?.conversation.setAllMessagesRead().catch(() => {});
  }

  /** Has it been told of a message of that text, in each of these conversations? */
  hasSeen(conversations: readonly string[], body: string): boolean {
    return conversations.every((sid) =>
      [...(this.#held.get(sid)?.messages.values() ?? [])].some((message) => message.body === body),
    );
  }

  /** What it has sent, once all of it has an outcome. */
  sent(): Promise<Sent[]> {
    return Promise.all(this.#sent);
  }

  /** All that it holds, in a form that can be compared. */
  async dump() {
    await Promise.all([...this.#held.values()].map(({ read }) => read));
    const { identity, friendlyName, attributes } = this.#client.user;
    const conversations = [...this.#held.values()].map(dumpOf);
    const list = await this.#readList();
    return {
      user: { identity, friendlyName, attributes },
      conversations: Object.fromEntries(conversations.map((one) => [one.sid, one])),
      unread: conversations.reduce((sum, one) => sum + one.unread, 0),
      unreadOfServer: await this.#client.getUnreadMessagesCount(),
      list,
    };
  }
}

export type Dump = Awaited<ReturnType<Watcher['dump']>>;

function dumpOf({ conversation, messages, participants }: Held) {
  const horizon = conversation.lastReadMessageIndex;
  const inOrder = [...messages.values()].sort((a, b) => a.index - b.index);
  return {
    sid: conversation.sid,
    friendlyName: conversation.friendlyName,
    uniqueName: conversation.uniqueName,
    attributes: conversation.attributes,
    state: conversation.state?.current,
    createdBy: conversation.createdBy,
    dateUpdated: conversation.dateUpdated?.getTime(),
    lastMessage: conversation.lastMessage?.index,
    lastRead: horizon,
    notificationLevel: conversation.notificationLevel,
    /** By what it holds: where it never read, all messages count. */
    unread: inOrder.filter(({ index }) => horizon === null || index > horizon).length,
    participants: Object.fromEntries(
      [...participants.values()].map((participant) => [
        participant.sid,
        {
          identity: participant.identity,
          attributes: participant.attributes,
          roleSid: participant.roleSid,
          lastRead: participant.lastReadMessageIndex,
          lastReadAt: participant.lastReadTimestamp?.getTime(),
          dateUpdated: participant.dateUpdated?.getTime(),
        },
      ]),
    ),
    messages: inOrder.map((message) => ({
      sid: message.sid,
      index: message.index,
      author: message.author,
      body: message.body,
      attributes: message.attributes,
      lastUpdatedBy: message.lastUpdatedBy,
      dateUpdated: message.dateUpdated?.getTime(),
    })),
  };
}

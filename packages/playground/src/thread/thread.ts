import { Client, type Conversation, type Message, type Paginator, type Participant } from '@colloquy/client';
import { changeOutgoing, problemOf } from '../outgoing.ts';
import { outgoingQueue } from '../outgoing-queue.ts';
import { createStore, type Store } from '../store.ts';
import { openLine } from './line.ts';
import { emptyThread, type ThreadState, withMessages, withoutArrived, withParticipant } from './thread-state.ts';
import { createTokenRenewal } from './token-renewal.ts';
import { viewOfMessage, viewOfParticipant } from './views.ts';

const pageSize = 50;
/** The server forgets a typing indication after some seconds; said again this often, it lasts while one writes. */
const typingEveryMs = 2000;

export interface ThreadOptions {
  identity: string;
  token: string;
  conversationSid: string;
  /** The server's address. */
  url: string;
  /** Asked for a new token when the old one ends soon, or has ended. */
  renewToken: () => Promise<string>;
}

/** One user's view of one conversation: a client of its own, and what the page may do with it. */
export interface Thread {
  identity: string;
  state: Store<ThreadState>;
  send(body: string): void;
  retry(id: number): void;
  discard(id: number): void;
  /** Tells the others that the user is writing. */
  typing(): void;
  /** Moves the user's read horizon to the newest message. */
  markRead(): void;
  loadEarlier(): Promise<void>;
  /** Cuts the connection, until it is mended. */
  cut(): void;
  mend(): void;
  close(): void;
}

export function openThread(options: ThreadOptions): Thread {
  const { identity, conversationSid, renewToken } = options;
  const store = createStore<ThreadState>(emptyThread);
  const line = openLine();
  // No other way: it would go around the line that is cut.
  const client = new Client(options.token, {
    url: options.url,
    transports: ['websocket'],
    webSocket: line.webSocket,
  });
  const renewal = createTokenRenewal({
    ask: renewToken,
    give: (token) => client.updateToken(token),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  let conversation: Conversation | undefined;
  let page: Paginator<Message> | undefined;
  let typedAt = Number.NEGATIVE_INFINITY;
  let closed = false;
  // What is written before the conversation is there waits for it.
  const opened = Promise.withResolvers<Conversation>();
  opened.promise.catch(() => {});

  const fail = (error: unknown) => {
    store.update({ phase: 'failed', problem: problemOf(error) });
    opened.reject(error);
  };

  client.on('connectionStateChanged', (connection) => {
    store.update({ connection });
    // The token has ended, or the server has other keys than when it gave it.
    if (connection === 'denied') renewal.start();
  });
  client.on('tokenAboutToExpire', renewal.start);
  client.on('connectionError', ({ message }) => {
    if (client.connectionState === 'error') fail(new Error(message));
  });
  client.on('initialized', () => {
    load().catch((error: unknown) => {
      if (!closed) fail(error);
    });
  });

  async function load(): Promise<void> {
    conversation = await client.getConversationBySid(conversationSid);
    listen(conversation);
    opened.resolve(conversation);
    const [participants, newest] = await Promise.all([
      conversation.getParticipants(),
      conversation.getMessages(pageSize),
    ]);
    page = newest;
    store.update((state) => ({
      phase: 'ready',
      dateCreated: conversation?.dateCreated ?? null,
      participants: participants.map(viewOfParticipant),
      // What arrived by event meanwhile is at least as new as the page.
      messages: withMessages(newest.items.map(viewOfMessage), state.messages),
      hasEarlier: newest.hasPrevPage,
    }));
    for (const message of newest.items) explainFailure(message);
    await countUnread();
  }

  function listen(conversation: Conversation): void {
    conversation.on('messageAdded', (message) => {
      store.update((state) => ({
        messages: withMessages(state.messages, [viewOfMessage(message)]),
        outgoing: message.author === identity ? withoutArrived(state.outgoing, message.body ?? '') : state.outgoing,
      }));
      void countUnread();
    });
    conversation.on('messageUpdated', ({ message }) => {
      store.update((state) => ({ messages: withMessages(state.messages, [viewOfMessage(message)]) }));
      explainFailure(message);
    });
    conversation.on('messageRemoved', (message) => {
      store.update((state) => ({ messages: state.messages.filter((one) => one.index !== message.index) }));
      void countUnread();
    });
    for (const event of ['participantJoined', 'participantLeft'] as const) {
      conversation.on(event, () => void listParticipants(conversation));
    }
    conversation.on('participantUpdated', ({ participant }) => {
      store.update((state) => ({ participants: withParticipant(state.participants, viewOfParticipant(participant)) }));
    });
    conversation.on('typingStarted', (participant) => setTyping(participant, true));
    conversation.on('typingEnded', (participant) => setTyping(participant, false));
    conversation.on('updated', ({ updateReasons }) => {
      if (updateReasons.includes('lastReadMessageIndex')) void countUnread();
    });
    conversation.on('removed', () => fail(new Error('This conversation was deleted')));
  }

  async function listParticipants(conversation: Conversation): Promise<void> {
    try {
      const participants = await conversation.getParticipants();
      store.update({ participants: participants.map(viewOfParticipant) });
    } catch {
      // The connection is gone; what was missed comes with the events of the next one.
    }
  }

  function setTyping({ identity: who }: Participant, isTyping: boolean): void {
    if (who === null || who === identity) return;
    store.update(({ typing }) => {
      const others = typing.filter((one) => one !== who);
      return { typing: isTyping ? [...others, who] : others };
    });
  }

  /** The summary only says that a copy failed; the receipt of that copy says why. */
  function explainFailure(message: Message): void {
    if (viewOfMessage(message).delivery !== 'failed') return;
    message.getDetailedDeliveryReceipts().then(
      (receipts) => {
        const errorCode = receipts.map((receipt) => Number(receipt.errorCode)).find((code) => code > 0) ?? null;
        store.update(({ messages }) => ({
          messages: messages.map((one) => (one.index === message.index ? { ...one, errorCode } : one)),
        }));
      },
      () => {
        // The word "failed" is there without the reason, too.
      },
    );
  }

  let counting = false;
  let countAgain = false;
  /** Without a read horizon every message is unread. One request at a time is under way, however many events come. */
  async function countUnread(): Promise<void> {
    if (conversation === undefined) return;
    countAgain = true;
    if (counting) return;
    counting = true;
    try {
      while (countAgain) {
        countAgain = false;
        const unread = (await conversation.getUnreadMessagesCount()) ?? (await conversation.getMessagesCount());
        store.update({ unread });
      }
    } catch {
      // Counted again with the next event.
    } finally {
      counting = false;
    }
  }

  const queue = outgoingQueue(store, async (body, id) => {
    const index = await (await opened.promise).sendMessage(body);
    store.update((state) => {
      const isShown = state.messages.some((message) => message.index === index);
      return isShown ? { outgoing: changeOutgoing(state.outgoing, id, null) } : {};
    });
  });

  return {
    identity,
    state: store,
    ...queue,
    send(body) {
      typedAt = Number.NEGATIVE_INFINITY;
      queue.send(body);
    },
    typing() {
      if (conversation === undefined || performance.now() - typedAt < typingEveryMs) return;
      typedAt = performance.now();
      conversation.typing().catch(() => {
        // Nobody needs to know that an indication was lost.
      });
    },
    markRead() {
      const last = store.get().messages.at(-1);
      if (conversation === undefined || last === undefined) return;
      if ((conversation.lastReadMessageIndex ?? -1) >= last.index) return;
      conversation.advanceLastReadMessageIndex(last.index).then(countUnread, () => {
        // The next message, or the next look at the pane, tries again.
      });
    },
    async loadEarlier() {
      if (page === undefined || !page.hasPrevPage) return;
      const earlier = await page.prevPage();
      page = earlier;
      store.update(({ messages }) => ({
        messages: withMessages(earlier.items.map(viewOfMessage), messages),
        hasEarlier: earlier.hasPrevPage,
      }));
      for (const message of earlier.items) explainFailure(message);
    },
    cut() {
      store.update({ isCut: true });
      line.cut();
    },
    mend() {
      store.update({ isCut: false });
      line.mend();
    },
    close() {
      closed = true;
      renewal.close();
      void client.shutdown();
    },
  };
}

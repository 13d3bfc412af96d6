import type {
  Client,
  ClientEvents,
  Conversation,
  ConversationEvents,
  Message,
  Paginator,
  PendingMessage,
} from '@colloquy/client';
import { listen } from './listen.ts';
import { keepLoaded, type Loading, newLoader } from './loading.ts';
import type { Model } from './store.ts';
import { type MessageView, viewOf } from './view.ts';

export interface Messages extends Loading {
  /** Ascending by index. While `hasNewer` is false the list is live: new ones come at its end. */
  readonly messages: readonly MessageView[];
  /**
   * Those that the user sends and that are not on the server yet, in their order: to be shown after the others. One is
   * gone from here in the same moment in which it is in `messages`.
   */
  readonly pending: readonly PendingMessage[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  readonly isLoadingOlder: boolean;
  readonly isLoadingNewer: boolean;
  /** Loads a page of older messages. Resolves when it is here, or `error` says why not. */
  readonly loadOlder: () => Promise<void>;
  /** Loads a page of newer messages. Resolves when it is here, or `error` says why not. */
  readonly loadNewer: () => Promise<void>;
  /** Shows the messages around an index instead; without an index, the newest. */
  readonly jumpTo: (index?: number) => Promise<void>;
}

/**
 * The messages of a conversation from one index to another, without gaps. It grows by pages at both ends, and follows
 * new messages when it ends with the newest one.
 *
 * @param pageSize how many messages are loaded at a time
 * @param atMost how many are kept; what comes in addition at one end is let go at the other
 */
export function messageWindow(
  changed: () => void,
  conversation: Conversation,
  client: Client,
  pageSize: number,
  atMost: number,
): Model<Messages> {
  const views: MessageView[] = [];
  /** Copy of `views` that was given out and is still right. */
  let shown: readonly MessageView[] | null = null;
  let isRunning = false;
  let isLoaded = false;
  // The indexes that are covered: at each there is a message or, where one was removed, none.
  let low = 0;
  let high = -1;
  let hasOlder = false;
  let hasNewer = false;
  /** Around which index the first page is; undefined for the newest messages. */
  let target: number | undefined;
  /** What was announced while a page was on its way that may not have it. */
  let arrived: Message[] = [];

  const first = newLoader(
    changed,
    async () => {
      if (target === undefined) return [await page(pageSize)];
      const half = Math.ceil(pageSize / 2);
      return Promise.all([page(half, Math.max(0, target)), page(half, Math.max(0, target + 1), 'forward')]);
    },
    (pages) => {
      const items = pages.flatMap((one) => one.items);
      isLoaded = true;
      begin(items, pages[0]?.hasPrevPage);
      extend(items, pages.at(-1)?.hasNextPage);
    },
  );

  const older = newLoader(
    changed,
    async () => {
      await newer.underWay;
      return page(pageSize, low - 1);
    },
    ({ items, hasPrevPage }) => {
      views.unshift(...items.map(viewOf));
      touch();
      low = items[0]?.index ?? 0;
      hasOlder = hasPrevPage;
      if (views.length > atMost) {
        views.length = atMost;
        high = views.at(-1)?.index ?? high;
        hasNewer = true;
      }
    },
  );

  const newer = newLoader(
    changed,
    async () => {
      await older.underWay;
      // At the live end it is asked for when messages were passed over: was there nothing, or too much to announce?
      return hasNewer ? page(pageSize, high + 1, 'forward') : page(pageSize);
    },
    ({ items, hasPrevPage, hasNextPage }) => {
      if (!hasNewer && hasPrevPage && (items[0]?.index ?? 0) > high + 1) begin(items, true);
      extend(items, hasNextPage);
    },
  );

  /** One without messages, since they were removed meanwhile, would not say how far it reaches. */
  async function page(size: number, anchor?: number, direction: 'backwards' | 'forward' = 'backwards') {
    let found: Paginator<Message> = await conversation.getMessages(size, anchor, direction);
    while (!found.items.length) {
      if (direction === 'forward' && found.hasNextPage) found = await found.nextPage();
      else if (direction === 'backwards' && found.hasPrevPage) found = await found.prevPage();
      else break;
    }
    return found;
  }

  function begin(items: readonly Message[], more = false): void {
    views.length = 0;
    touch();
    low = items[0]?.index ?? 0;
    high = low - 1;
    hasOlder = more;
  }

  function extend(items: readonly Message[], more = false): void {
    for (const message of items) push(message);
    hasNewer = more;
    const late = arrived;
    arrived = [];
    if (!more) for (const message of late) follow(message);
  }

  function push(message: Message): void {
    if (message.index <= high) return;
    high = message.index;
    views.push(viewOf(message));
    touch();
    if (views.length <= atMost) return;
    views.splice(0, views.length - atMost);
    low = views[0]?.index ?? low;
    hasOlder = true;
  }

  /** Takes a new message at the live end. */
  function follow(message: Message): void {
    if (newer.underWay || message.index > high + 1) {
      arrived.push(message);
      if (!newer.underWay) newer.load();
    } else if (older.underWay && views.length >= atMost) {
      // Older ones, which have to fit in front, are on their way: who asked for them does not look at the end.
      hasNewer = true;
      changed();
    } else push(message);
  }

  async function jumpTo(index?: number): Promise<void> {
    if (!isRunning) return;
    target = index;
    older.reset();
    newer.reset();
    arrived = [];
    await first.load();
    if (!isLoaded || first.status !== 'failed') return;
    // What was there stays, with what came meanwhile.
    first.status = 'ready';
    if (!hasNewer) newer.load();
  }

  const loadOlder = async () => first.underWay ?? (hasOlder ? (older.underWay ?? older.load()) : undefined);
  const loadNewer = async () => first.underWay ?? (hasNewer ? (newer.underWay ?? newer.load()) : undefined);

  function touch(): void {
    shown = null;
    changed();
  }

  return {
    snapshot: () => {
      shown ??= [...views];
      return {
        messages: shown,
        pending: conversation.pendingMessages,
        hasOlder,
        hasNewer,
        isLoadingOlder: older.underWay !== null,
        isLoadingNewer: newer.underWay !== null,
        status: first.status,
        error: first.error ?? older.error ?? newer.error,
        loadOlder,
        loadNewer,
        jumpTo,
      };
    },
    start() {
      isRunning = true;
      const stopLoading = keepLoaded(client, first);
      const stop = listen<ConversationEvents>(conversation, {
        messageAdded: (message) => {
          if (first.underWay || newer.underWay) arrived.push(message);
          else if (isLoaded && !hasNewer) follow(message);
        },
        messageRemoved: ({ sid }) => {
          arrived = arrived.filter((message) => message.sid !== sid);
          const at = views.findIndex((view) => view.sid === sid);
          if (at < 0) return;
          views.splice(at, 1);
          touch();
        },
        // By SID, since the client may have let go of the object that came first.
        messageUpdated: ({ message }) => {
          const at = views.findIndex(({ sid }) => sid === message.sid);
          if (at < 0) return;
          views[at] = viewOf(message);
          touch();
        },
        pendingMessagesChanged: changed,
      });
      const stopClient = listen<ClientEvents>(client, {
        // Nothing was told of while the user was not in it.
        conversationJoined: (joined) => {
          if (joined === conversation) jumpTo();
        },
      });
      return () => {
        isRunning = false;
        stopLoading();
        stop();
        stopClient();
        older.reset();
        newer.reset();
        arrived = [];
        begin([]);
        hasNewer = isLoaded = false;
        target = undefined;
      };
    },
  };
}

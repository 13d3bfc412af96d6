import type { MessageStorage, StoredMessage } from './message-storage.ts';

const store = 'messages';

/** A kept message, in the order in which it came, and the page that is at work on it. */
interface Row {
  order?: number;
  scope: string;
  owner: string;
  message: StoredMessage;
}

/**
 * Keeps messages that are not sent yet in the browser's IndexedDB, files included. Several pages of one origin may share
 * a database: each works on its own messages, and on those of pages that are closed by now.
 *
 * @param name of the database
 */
export function indexedDbStorage(name = 'colloquy'): MessageStorage {
  const opened = open(name);
  // Whoever uses it hears of it.
  opened.catch(() => {});
  /** Each client that loads is one, with a lock of that name for as long as it lives. */
  let owner = '';
  let release = () => {};
  /** Places of the messages of this page, by key. */
  const orders = new Map<string, number>();
  // Writes of one page are made in the order in which they are asked for.
  const inStore = async <T>(work: (rows: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const transaction = (await opened).transaction(store, 'readwrite');
    return settled(work(transaction.objectStore(store)), 'complete', 'abort', transaction);
  };
  const save = async (scope: string, message: StoredMessage) => {
    const order = orders.get(message.key);
    const row: Row = { scope, owner, message, ...(order !== undefined && { order }) };
    orders.set(message.key, (await inStore((all) => all.put(row))) as number);
  };
  return {
    save,
    load: async (scope) => {
      release();
      owner = `${name} ${Math.random()} ${Date.now()}`;
      release = await hold(owner);
      // One page at a time: what a page that closed has left is for one of the others.
      return inTurn(`${name} load`, async () => {
        const living = await owners();
        const found: StoredMessage[] = [];
        const rows = (await inStore((all) => all.getAll())) as Required<Row>[];
        for (const row of rows) {
          if (row.scope !== scope || living.has(row.owner)) continue;
          orders.set(row.message.key, row.order);
          await save(scope, row.message);
          found.push(row.message);
        }
        return found;
      });
    },
    remove: async (_scope, key) => {
      const order = orders.get(key);
      orders.delete(key);
      if (order !== undefined) await inStore((all) => all.delete(order));
    },
    close: () => release(),
  };
}

async function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath: 'order', autoIncrement: true });
  return settled(request, 'success', 'error', request);
}

/** What the request gave, once the events of `work`, itself or its transaction, say how that ended. */
function settled<T>(
  request: IDBRequest<T>,
  done: string,
  failed: string,
  work: IDBRequest | IDBTransaction,
): Promise<T> {
  return new Promise((resolve, reject) => {
    work.addEventListener(done, () => resolve(request.result));
    work.addEventListener(failed, () => reject(work.error));
  });
}

const locks = (): LockManager | undefined => globalThis.navigator?.locks;

/** Shows others that this one lives, until its page ends or what is given back is called. Resolves when they can see it. */
function hold(owner: string): Promise<() => void> {
  return new Promise((resolve) => {
    void inTurn(owner, () => new Promise<void>((release) => resolve(release)));
  });
}

/** Pages that live; where there are no locks, only this one is known. */
async function owners(): Promise<Set<string | undefined>> {
  return new Set((await locks()?.query())?.held?.map((lock) => lock.name));
}

function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  return locks()?.request(name, work) ?? work();
}

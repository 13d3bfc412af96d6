import type { MessageStorage, StoredMessage } from './message-storage.ts';

const store = 'pending';

/** A kept message, under its key, and the page that is at work on it. */
interface Row {
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
  // Writes of one page are made in the order in which they are asked for.
  const inStore = async <T>(work: (rows: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const transaction = (await opened).transaction(store, 'readwrite');
    return settled(work(transaction.objectStore(store)), 'complete', 'abort', transaction);
  };
  const save = async (scope: string, message: StoredMessage) => {
    await inStore((all) => all.put({ scope, owner, message } satisfies Row, message.key));
  };
  return {
    save,
    load: async (scope) => {
      release();
      owner = `${name} ${Math.random()}`;
      // Shows others that this one lives, until its page ends.
      release = await new Promise((held) => void inTurn(owner, () => new Promise<void>(held)));
      // One page at a time: what a page that closed has left is for one of the others.
      return inTurn(`${name} load`, async () => {
        const living = new Set((await locks()?.query())?.held?.map((lock) => lock.name));
        const rows: Row[] = await inStore((all) => all.getAll());
        const found = rows
          .filter((row) => row.scope === scope && !living.has(row.owner))
          .map(({ message }) => message)
          // Keys of one page are in order already.
          .sort((a, b) => a.created - b.created);
        for (const message of found) await save(scope, message);
        return found;
      });
    },
    remove: (_scope, key) => inStore((all) => all.delete(key)),
    close: () => release(),
  };
}

async function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 2);
  request.onupgradeneeded = () => request.result.createObjectStore(store);
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

function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  return locks()?.request(name, work) ?? work();
}

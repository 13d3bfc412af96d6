import type { MessageStorage, StoredMessage } from '../sending/message-storage.ts';

/** A storage that outlives clients, as a browser's would, and takes a turn of the event loop for everything. */
export class MemoryStorage implements MessageStorage {
  readonly kept = new Map<string, StoredMessage>();

  async load(scope: string): Promise<StoredMessage[]> {
    await turn();
    return [...this.kept].filter(([key]) => key.startsWith(scope)).map(([, message]) => structuredClone(message));
  }

  async save(scope: string, message: StoredMessage): Promise<void> {
    const copy = structuredClone(message);
    await turn();
    this.kept.set(`${scope} ${message.key}`, copy);
  }

  async remove(scope: string, key: string): Promise<void> {
    await turn();
    this.kept.delete(`${scope} ${key}`);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

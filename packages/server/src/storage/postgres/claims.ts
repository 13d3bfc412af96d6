import { hash } from 'node:crypto';
import type { Client } from 'pg';
import { connectClient } from './connect.ts';
import { storageError } from './errors.ts';
import { claimFamily } from './lock-keys.ts';
import { noticeSilence } from './settings.ts';

interface Held {
  onLost: () => void;
}

/** Names that one process holds, by locks that end with the connection that took them. */
export class Claims {
  readonly #url: string;
  readonly #held = new Map<string, Held>();
  #client: Promise<Client> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async claim(name: string, onLost: () => void): Promise<(() => Promise<void>) | undefined> {
    if (this.#held.has(name)) return undefined;
    // At once: a connection may take a lock that it has a second time.
    const held: Held = { onLost };
    this.#held.set(name, held);
    let client: Client | undefined;
    try {
      client = await this.#connected();
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1, $2) AS taken', [
        claimFamily,
        numberOf(name),
      ]);
      if (rows[0]?.taken === 1 && this.#held.get(name) === held) return () => this.#release(name, held);
    } catch (error) {
      if (this.#held.get(name) === held) this.#held.delete(name);
      // The lock may have been taken all the same, and ends with the connection: with this one, whatever has taken its place.
      await client?.end().catch(() => {});
      throw storageError(error);
    }
    if (this.#held.get(name) === held) this.#held.delete(name);
    return undefined;
  }

  async close(): Promise<void> {
    this.#held.clear();
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  async #release(name: string, held: Held): Promise<void> {
    // Lost already, and perhaps somebody else's.
    if (this.#held.get(name) !== held) return;
    const client = await this.#connected();
    await client.query('SELECT pg_advisory_unlock($1, $2)', [claimFamily, numberOf(name)]).catch(() => {});
    this.#held.delete(name);
  }

  #connected(): Promise<Client> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<Client> {
    try {
      // Several names may be asked for at a time.
      const client = await connectClient(this.#url, { pipeline: true });
      await client.query(noticeSilence);
      let isLost = false;
      const lose = () => {
        // Once: a broken connection ends as well, when another one may have taken its place.
        if (!isLost) this.#lose();
        isLost = true;
      };
      client.on('end', lose);
      client.on('error', lose);
      return client;
    } catch (error) {
      this.#client = undefined;
      throw error;
    }
  }

  #lose(): void {
    this.#client = undefined;
    const lost = [...this.#held.values()];
    this.#held.clear();
    for (const { onLost } of lost) onLost();
  }
}

/** What PostgreSQL takes beside the family: a whole number of 32 bits. Two names with the same one shut each other out. */
function numberOf(name: string): number {
  return hash('md5', name, 'buffer').readInt32BE();
}

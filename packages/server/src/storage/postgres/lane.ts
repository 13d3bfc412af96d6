import { hash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { OutcomeUnknown, StorageUnavailable } from '../connection.ts';
import type { Db } from '../db.ts';
import type { Call, Committed, RunBatch } from '../driver.ts';
import { forgetCommits } from './commits.ts';
import { connectWriter } from './connect.ts';
import type { PostgresConnection } from './connection.ts';
import { dbOver } from './db-over.ts';
import { ConnectionLost, LockTimeout, StaleStatement, TransactionConflict } from './errors.ts';

/** How long a lane tries to get through to PostgreSQL before whoever waits is told to come again; milliseconds. */
const patience = 5000;
/** Between two tries; milliseconds. */
const longestWait = 500;
/** Of one call that meets others again and again. */
const mostConflicts = 8;
const tooLong = 'What it needs is held for too long by somebody else.';

/** One connection, whose transactions run one after the other. */
export class Lane {
  readonly #url: string;
  readonly #run: RunBatch;
  #open: { connection: PostgresConnection; db: Db } | undefined;

  constructor(url: string, run: RunBatch) {
    this.#url = url;
    this.#run = run;
  }

  /**
   * @param keys of each call what no other transaction may be at meanwhile
   * @throws StorageUnavailable when nothing has happened
   * @throws OutcomeUnknown when nobody can say
   */
  async write(calls: readonly Call[], keys: readonly (readonly string[])[]): Promise<Committed> {
    try {
      return await this.#attempt(calls, keys);
    } catch (error) {
      // Whoever else waits for one of these rows holds another one of them: with one each there is no circle.
      if (!(error instanceof TransactionConflict) || calls.length === 1) throw error;
      return this.#oneByOne(calls, keys);
    }
  }

  async close(): Promise<void> {
    await this.#open?.connection.close();
    this.#open = undefined;
  }

  async #oneByOne(calls: readonly Call[], keys: readonly (readonly string[])[]): Promise<Committed> {
    const all: Committed = { outcomes: [], events: [], woken: [] };
    const woken = new Set<string>();
    /** Keys of what has waited for too long. */
    const held = new Set<string>();
    let ranOut = 0;
    for (const [at, call] of calls.entries()) {
      const own = keys[at] ?? [];
      // What it needs is what one before it has not got.
      if (own.some((key) => held.has(key))) {
        all.outcomes.push({ ok: false, unavailable: tooLong });
        continue;
      }
      const began = performance.now();
      try {
        const one = await this.#attempt([call], [own]);
        ranOut = 0;
        all.outcomes.push(...one.outcomes);
        all.events.push(...one.events);
        for (const kind of one.woken) woken.add(kind);
      } catch (error) {
        // Those before it are committed, and have to be told so.
        const { message } = error as Error;
        const isAway = error instanceof StorageUnavailable;
        const unknown = error instanceof OutcomeUnknown;
        all.outcomes.push(isAway ? { ok: false, unavailable: message, unknown } : { ok: false, fault: message });
        // In a circle it has met others, and has not waited for one.
        const isCircle = error instanceof TransactionConflict && !(error instanceof LockTimeout);
        const isOut = isAway && !isCircle && performance.now() - began > patience;
        ranOut = isOut ? ranOut + 1 : 0;
        if (isOut) for (const key of own) held.add(key);
        // It may have been a row that others have nothing to do with. After a second one each of them would wait as long for
        // nothing, as where somebody else has locked a table.
        if (!(error instanceof ConnectionLost || unknown || ranOut > 1)) continue;
        while (all.outcomes.length < calls.length) all.outcomes.push({ ok: false, unavailable: message });
        break;
      }
    }
    all.woken = [...woken];
    return all;
  }

  /** Again and again where that may help and cannot do anything twice: a transaction that failed has not happened. */
  async #attempt(calls: readonly Call[], keys: readonly (readonly string[])[]): Promise<Committed> {
    const until = performance.now() + patience;
    let conflicts = 0;
    for (let wait = 10; ; wait = Math.min(2 * wait, longestWait)) {
      try {
        return await this.#once(calls, keys);
      } catch (error) {
        if (error instanceof ConnectionLost || error instanceof StaleStatement) await this.close();
        else if (!(error instanceof TransactionConflict) || calls.length > 1) throw error;
        if (error instanceof TransactionConflict) conflicts += 1;
        if (conflicts > mostConflicts || performance.now() > until) throw error;
        // Not all at the same time again.
        await setTimeout(wait * (0.5 + Math.random()));
      }
    }
  }

  async #once(calls: readonly Call[], keys: readonly (readonly string[])[]): Promise<Committed> {
    if (this.#open?.connection.isLost) await this.close();
    if (!this.#open) {
      const connection = await connectWriter(this.#url, { notes: true });
      // Before the transaction, and nothing of it.
      connection.query(forgetCommits, []).catch(() => {});
      this.#open = { connection, db: dbOver(connection) };
    }
    const { connection, db } = this.#open;
    connection.lockAtBegin(locksOf(keys));
    return this.#run(connection, db, calls);
  }
}

/** Numbers to lock for keys, without doubles and in order. */
function locksOf(keys: readonly (readonly string[])[]): string[] {
  const locks = new Set<bigint>();
  for (const key of new Set(keys.flat())) locks.add(hash('md5', key, 'buffer').readBigInt64BE());
  return [...locks].sort((a, b) => (a < b ? -1 : 1)).map(String);
}

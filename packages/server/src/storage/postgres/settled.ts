import { setTimeout } from 'node:timers/promises';
import type { Connection } from '../connection.ts';

/** How long the start waits for somebody's transaction; milliseconds. */
const patience = 5000;
/**
 * Transactions of ours do not last that long; others of the same PostgreSQL may, also of other databases, and do not matter.
 * Milliseconds.
 */
const longest = 60_000;
const marksApart = 20;

/** At one moment: the newest event there was, and the transactions under way. */
interface Mark {
  newest: number;
  /** The number that the next transaction would have got. */
  next: number;
  /** By this process's own clock; milliseconds. */
  at: number;
}

interface Moment extends Omit<Mark, 'at'> {
  /** Every transaction with a lower number had ended. */
  ended: number;
}

const look =
  'SELECT (SELECT coalesce(max(id), 0) FROM events) AS newest, ' +
  'pg_snapshot_xmin(now)::text::bigint AS ended, pg_snapshot_xmax(now)::text::bigint AS next ' +
  'FROM pg_current_snapshot() AS now';

/**
 * Up to which event none is still to come. A transaction gets its number before its events get theirs. So once all
 * transactions have ended that were under way when an event was the newest, whatever has a lower number than that event is
 * there, or will never be.
 */
export class Settled {
  readonly #connection: Connection;
  #marks: Mark[] = [];
  #settled = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Waits until there is one, so that nobody begins to read with the first event of all. */
  async begin(): Promise<void> {
    const until = performance.now() + patience;
    while ((await this.event()) === 0 && this.#marks.length > 0 && performance.now() < until) await setTimeout(20);
    if (this.#settled === 0) this.#settled = this.#marks[0]?.newest ?? 0;
  }

  async event(): Promise<number> {
    const moment = await this.#connection.first<Moment>(look, []);
    if (moment) this.#note(moment);
    return this.#settled;
  }

  #note({ newest, ended, next }: Moment): void {
    const at = performance.now();
    const last = this.#marks.at(-1);
    if (newest > (last?.newest ?? this.#settled) && (!last || at - last.at >= marksApart)) {
      this.#marks.push({ newest, next, at });
    }
    const waiting = this.#marks.findIndex((mark) => mark.next > ended && at - mark.at < longest);
    const passed = this.#marks.splice(0, waiting === -1 ? this.#marks.length : waiting);
    this.#settled = Math.max(this.#settled, passed.at(-1)?.newest ?? 0);
  }
}

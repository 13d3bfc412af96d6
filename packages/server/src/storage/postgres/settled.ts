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
  /** Above the number of every transaction that was under way. */
  next: number;
  /** By this process's own clock; milliseconds. */
  at: number;
}

interface Moment {
  newest: number;
  /** Every transaction with a lower number had ended. */
  ended: number;
  /** Null where there is no newer event than was asked for. */
  next: number | null;
}

/**
 * With a number of its own, if there is a newer event than that one. The snapshot's `xmax` would not do: it is above those
 * that have ended, and may be below one that is under way. A number of its own is given out when the snapshot has been
 * taken, and so lies above all that were given out before. Nothing was written, so nothing waits for a disk.
 */
const look =
  'SELECT newest, pg_snapshot_xmin(now)::text::bigint AS ended, ' +
  'CASE WHEN newest > $1::bigint THEN pg_current_xact_id()::text::bigint END AS next ' +
  'FROM (SELECT coalesce(max(id), 0) AS newest FROM events) AS log, pg_current_snapshot() AS now';

/**
 * Up to which event none is still to come.
 *
 * Say that a look sees `newest`, and that an event with a lower number is not there yet. Numbers of events are given out in
 * order, so that one had its number before `newest` had, and that was before the look's snapshot. Its transaction had a number
 * before its events (`connection.ts` sees to it), so it has a lower one than the look, which got its own after the snapshot.
 * Hence: when every transaction with a lower number than the look's has ended, all events up to `newest` are there, or
 * will never be.
 */
export class Settled {
  readonly #connection: Connection;
  #marks: Mark[] = [];
  #settled = 0;
  #isMarking = false;

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
    const last = this.#marks.at(-1);
    // Whoever asks meanwhile needs none of its own.
    const marks = !this.#isMarking && (!last || performance.now() - last.at >= marksApart);
    if (marks) this.#isMarking = true;
    try {
      const after = marks ? (last?.newest ?? this.#settled) : null;
      const moment = await this.#connection.first<Moment>(look, [after]);
      if (moment) this.#note(moment);
    } finally {
      if (marks) this.#isMarking = false;
    }
    return this.#settled;
  }

  #note({ newest, ended, next }: Moment): void {
    const at = performance.now();
    if (next !== null) this.#marks.push({ newest, next, at });
    const waiting = this.#marks.findIndex((mark) => mark.next > ended && at - mark.at < longest);
    const passed = this.#marks.splice(0, waiting === -1 ? this.#marks.length : waiting);
    this.#settled = Math.max(this.#settled, passed.at(-1)?.newest ?? 0);
  }
}

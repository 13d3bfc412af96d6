import type { Connection } from '../connection.ts';

/** At one moment: the newest event there was, and the transactions under way. */
interface Mark {
  newest: number;
  /** The number that the next transaction would have got. */
  next: number;
}

interface Moment extends Mark {
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

  async event(): Promise<number> {
    const moment = await this.#connection.first<Moment>(look, []);
    if (moment) this.#note(moment);
    return this.#settled;
  }

  #note({ newest, ended, next }: Moment): void {
    if (newest > (this.#marks.at(-1)?.newest ?? this.#settled)) this.#marks.push({ newest, next });
    const waiting = this.#marks.findIndex((mark) => mark.next > ended);
    const passed = this.#marks.splice(0, waiting === -1 ? this.#marks.length : waiting);
    this.#settled = Math.max(this.#settled, passed.at(-1)?.newest ?? 0);
  }
}

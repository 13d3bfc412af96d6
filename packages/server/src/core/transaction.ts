import { type Limits, limits, type Sid, type SidPrefix } from '@colloquy/protocol';
import type { Kysely } from 'kysely';
import type { WritingConnection } from '../storage/connection.ts';
import { Db } from '../storage/db.ts';
import type { Call, LoggedEvent } from '../storage/driver.ts';
import type { ConversationsTable, Schema } from '../storage/schema.ts';
import { newSid } from './new-sid.ts';

/** A conversation that went from one state to another. Webhooks name the reason, which no event carries. */
export interface StateMove {
  conversation: ConversationsTable;
  from: string;
  to: string;
  reason: 'API' | 'TIMER' | 'EVENT';
}

/** What a command works on: the database within the transaction, the time, and what is to be told after the commit. */
export class Transaction extends Db {
  /** Time of the call in milliseconds. */
  readonly now: number;
  /** Of this server. */
  readonly limits: Limits;
  /** See `Call.trace`. */
  readonly trace: string | null;
  /** What `core/log.ts` appended. */
  readonly events: LoggedEvent[] = [];
  /** What has to look again after the commit: kinds of outbox work that were added, and other names that areas give. */
  readonly woken = new Set<string>();
  /** In their order. Whoever changes a state adds here. */
  readonly stateMoves: StateMove[] = [];
  /** As they were last. */
  readonly removedConversations: ConversationsTable[] = [];
  readonly #underWay: Promise<unknown>[] = [];

  constructor(
    connection: WritingConnection,
    sql: Kysely<Schema>,
    { now, trace }: Pick<Call, 'now' | 'trace'>,
    ownLimits: Limits = limits,
  ) {
    super(connection, sql, connection.rowLocks);
    this.now = now;
    this.limits = ownLimits;
    this.trace = trace ?? null;
  }

  /**
   * Has something written that nobody has to wait for: of a database that is far away that saves a way there and back, while
   * locks are held. What is asked afterwards is asked behind it. If it fails, so does the call.
   *
   * @param written of a prepared statement, which goes out at once
   */
  later(written: Promise<unknown>): void {
    // Nobody may ask, when something else fails first.
    written.catch(() => {});
    this.#underWay.push(written);
  }

  /** @throws the first thing that could not be written */
  async written(): Promise<void> {
    const all = await Promise.allSettled(this.#underWay);
    for (const one of all) if (one.status === 'rejected') throw one.reason;
  }

  newSid<P extends SidPrefix>(prefix: P): Sid<P> {
    return newSid(prefix, this.now);
  }
}

/** How work comes into the outbox: behind what waits in its lane, beside it, or once more in its old place. */
import { prepare } from '../../storage/db.ts';
import type { OutboxTable } from '../../storage/schema.ts';
import type { Transaction } from '../transaction.ts';
import type { WorkKind } from './kinds.ts';

const insertRow = prepare((sql, p: OutboxTable) =>
  sql.insertInto('outbox').values({
    id: p.id,
    kind: p.kind,
    lane: p.lane,
    seq: p.seq,
    payload: p.payload,
    state: p.state,
    attempt: p.attempt,
    not_before: p.not_before,
    lease: p.lease,
    lease_until: p.lease_until,
    last_error: p.last_error,
    date_created: p.date_created,
    date_updated: p.date_updated,
    trace: p.trace,
  }),
);

type AtTheEnd = Pick<OutboxTable, 'id' | 'kind' | 'lane' | 'seq' | 'payload' | 'trace'> & { now: number };

// What is dead is in no lane but its own.
const insertAtTheEnd = prepare((sql, p: AtTheEnd) =>
  sql
    .insertInto('outbox')
    .values((eb) => ({
      id: p.id,
      kind: p.kind,
      lane: p.lane,
      seq: p.seq,
      payload: p.payload,
      state: eb
        .case()
        .when(eb.exists(eb.selectFrom('outbox as before').select('before.id').where('before.lane', '=', p.lane)))
        .then('waiting')
        .else('pending')
        .end(),
      attempt: 0,
      not_before: p.now,
      lease: null,
      lease_until: null,
      last_error: null,
      date_created: p.now,
      date_updated: p.now,
      trace: p.trace,
    }))
    .returning('state'),
);

export interface NewWork {
  /** Unique, and the same over all attempts. */
  id: string;
  kind: WorkKind;
  /**
   * Work of one lane is done one after the other. The name is that of a stream, or begins with one and a slash:
   * whoever adds to the lane or settles in it holds the lock on that stream's owner.
   */
  lane: string;
  /** Higher than all before it in the lane. */
  seq: number;
  /** JSON text. */
  payload: string;
}

/** Adds work at the end of its lane, and tells the dispatcher after the commit. */
export async function insertWork(tx: Transaction, work: NewWork): Promise<void> {
  const { now, trace } = tx;
  const inserted = tx.first(insertAtTheEnd, { ...work, now, trace });
  tx.later(
    inserted.then((row) => {
      if (row?.state === 'pending') tx.woken.add(work.kind);
    }),
  );
}

export interface WorkAside extends NewWork {
  /** Attempts made so far. */
  attempt: number;
  /** Null: it has failed for good. */
  notBefore: number | null;
  /** JSON text: what the last attempt met. */
  error: string | null;
}

/** Adds work in a lane of its own, as if attempts had been made before. What has failed for good is in nobody's way. */
export async function insertAside(tx: Transaction, work: WorkAside): Promise<void> {
  const { id, kind, lane, seq, payload, attempt, notBefore, error } = work;
  await tx.run(insertRow, {
    id,
    kind,
    lane,
    seq,
    payload,
    state: notBefore === null ? 'dead' : 'pending',
    attempt,
    not_before: notBefore ?? tx.now,
    lease: null,
    lease_until: null,
    last_error: error,
    date_created: tx.now,
    date_updated: tx.now,
    trace: tx.trace,
  });
  if (notBefore !== null) tx.woken.add(kind);
}

const headOf = prepare((sql, p: { lane: string }) =>
  sql
    .selectFrom('outbox')
    .select(['id', 'seq'])
    .where('lane', '=', p.lane)
    .where('state', 'in', ['pending', 'sending']),
);

const stepBack = prepare((sql, p: { id: string; now: number }) =>
  sql
    .updateTable('outbox')
    .set({ state: 'waiting', date_updated: p.now })
    .where('id', '=', p.id)
    .where('state', '=', 'pending'),
);

const reissue = prepare((sql, p: { former: string; id: string; notBefore: number; error: string; now: number }) =>
  sql
    .updateTable('outbox')
    .set({
      id: p.id,
      state: 'pending',
      attempt: 0,
      not_before: p.notBefore,
      lease: null,
      lease_until: null,
      last_error: p.error,
      date_updated: p.now,
    })
    .where('id', '=', p.former)
    .where('state', 'in', ['pending', 'sending']),
);

export interface WorkAgain extends NewWork {
  /** Its id so far. */
  former: string;
  notBefore: number;
  /** JSON text: why it was not done. */
  error: string;
  /** When it was made first. */
  dateCreated: number;
}

/**
 * Has work done once more, in its old place: before all that waits in its lane. Whoever has it in his hands, or is to
 * try it again, does not any more.
 */
export async function insertAgain(tx: Transaction, work: WorkAgain): Promise<void> {
  const { former, id, kind, lane, seq, payload, notBefore, error, dateCreated } = work;
  tx.woken.add(kind);
  if ((await tx.run(reissue, { former, id, notBefore, error, now: tx.now })) > 0) return;
  const head = await tx.first(headOf, { lane });
  const before = head === undefined || (head.seq > seq && (await tx.run(stepBack, { id: head.id, now: tx.now })) > 0);
  await tx.run(insertRow, {
    id,
    kind,
    lane,
    seq,
    payload,
    state: before ? 'pending' : 'waiting',
    attempt: 0,
    not_before: notBefore,
    lease: null,
    lease_until: null,
    last_error: error,
    trace: tx.trace,
    date_created: dateCreated,
    date_updated: tx.now,
  });
}

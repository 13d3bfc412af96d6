import type { MediaResource } from '@colloquy/protocol';
import type { Selectable } from 'kysely';
import { type Db, prepare } from '../../storage/db.ts';
import type { SandboxFaultsTable, SandboxMessagesTable } from '../../storage/schema.ts';
import type { Transaction } from '../transaction.ts';

export type SandboxMessage = Selectable<SandboxMessagesTable>;
export type SandboxFault = Selectable<SandboxFaultsTable>;

const insertRow = prepare((sql, p: Omit<SandboxMessage, 'id'>) =>
  sql
    .insertInto('sandbox_messages')
    .values({
      phone: p.phone,
      direction: p.direction,
      sender: p.sender,
      recipient: p.recipient,
      others: p.others,
      body: p.body,
      key: p.key,
      provider_id: p.provider_id,
      status: p.status,
      error_code: p.error_code,
      next_status: p.next_status,
      next_at: p.next_at,
      media: p.media,
      date_created: p.date_created,
    })
    .returningAll(),
);

export async function insertSandboxMessage(tx: Transaction, row: Omit<SandboxMessage, 'id'>): Promise<SandboxMessage> {
  const inserted = await tx.first(insertRow, row);
  if (!inserted) throw new Error('The message was not inserted.');
  return inserted;
}

/** In their order. */
export function mediaOfSandbox(message: Pick<SandboxMessage, 'media'>): readonly MediaResource[] {
  return message.media === null ? [] : (JSON.parse(message.media) as MediaResource[]);
}

/** Who else a group text that was written on a phone went to. */
export function othersOf(message: SandboxMessage): string[] {
  return JSON.parse(message.others) as string[];
}

const byKey = prepare((sql, p: { phone: string; direction: string; key: string }) =>
  sql
    .selectFrom('sandbox_messages')
    .selectAll()
    .where('phone', '=', p.phone)
    .where('direction', '=', p.direction)
    .where('key', '=', p.key),
);

export function selectByKey(
  db: Db,
  phone: string,
  direction: 'in' | 'out',
  key: string,
): Promise<SandboxMessage | undefined> {
  return db.first(byKey, { phone, direction, key });
}

const ofPhone = prepare((sql, p: { phone: string; after: number; limit: number }) =>
  sql
    .selectFrom('sandbox_messages')
    .selectAll()
    .where('phone', '=', p.phone)
    .where('id', '>', p.after)
    .where('error_code', '=', 0)
    .orderBy('id')
    .limit(p.limit),
);

/** What a phone shows, oldest first; not what never reached it. */
export function selectOfPhone(db: Db, phone: string, after: number, limit: number): Promise<SandboxMessage[]> {
  return db.all(ofPhone, { phone, after, limit });
}

const dueBy = prepare((sql, p: { now: number; limit: number }) =>
  sql
    .selectFrom('sandbox_messages')
    .selectAll()
    .where('next_at', '<=', p.now)
    .orderBy('next_at')
    .orderBy('id')
    .limit(p.limit),
);

/** Messages with something to report, in the order it is due. */
export function selectDue(db: Db, now: number, limit: number): Promise<SandboxMessage[]> {
  return db.all(dueBy, { now, limit });
}

const earliest = prepare((sql, _p: Record<never, never>) =>
  sql.selectFrom('sandbox_messages').select('next_at').where('next_at', 'is not', null).orderBy('next_at').limit(1),
);

export async function nextReport(db: Db): Promise<number | null> {
  return (await db.first(earliest, {}))?.next_at ?? null;
}

const setReported = prepare((sql, p: { id: number; status: string; reported: string }) =>
  sql
    .updateTable('sandbox_messages')
    .set({ status: p.status, next_status: null, next_at: null })
    .where('id', '=', p.id)
    .where('next_status', '=', p.reported),
);

/** Notes that a report was taken, unless another one is due by now. */
export async function markReported(tx: Transaction, id: number, reported: string, status: string): Promise<void> {
  await tx.run(setReported, { id, reported, status });
}

/** Makes "read" the next report of what has arrived and was not read. */
export async function markRead(tx: Transaction, phone: string, upTo: number): Promise<number> {
  const result = await tx.sql
    .updateTable('sandbox_messages')
    .set({ next_status: 'read', next_at: tx.now })
    .where('phone', '=', phone)
    .where('id', '<=', upTo)
    .where('direction', '=', 'in')
    .where('error_code', '=', 0)
    .where('status', 'in', ['sent', 'delivered'])
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

export async function insertFault(tx: Transaction, fault: Omit<SandboxFault, 'id'>): Promise<void> {
  await tx.sql.insertInto('sandbox_faults').values(fault).execute();
}

const faultsOf = prepare((sql, p: { phone: string }) =>
  sql.selectFrom('sandbox_faults').selectAll().where('phone', '=', p.phone).orderBy('id'),
);

/** In the order they take effect. */
export function selectFaults(db: Db, phone: string): Promise<SandboxFault[]> {
  return db.all(faultsOf, { phone });
}

/** The fault that meets the next message, which uses it up by one. */
export async function takeFault(tx: Transaction, phone: string): Promise<SandboxFault | undefined> {
  const [fault] = await tx.all(faultsOf, { phone });
  if (!fault) return undefined;
  if (fault.remaining > 1) {
    await tx.sql
      .updateTable('sandbox_faults')
      .set({ remaining: fault.remaining - 1 })
      .where('id', '=', fault.id)
      .execute();
  } else {
    await tx.sql.deleteFrom('sandbox_faults').where('id', '=', fault.id).execute();
  }
  return fault;
}

export async function deleteFaults(tx: Transaction, phone: string): Promise<void> {
  await tx.sql.deleteFrom('sandbox_faults').where('phone', '=', phone).execute();
}

import type { Db } from '../../storage/db.ts';
import type { ReceiptsTable } from '../../storage/schema.ts';

/** A copy of a message, and between which addresses it goes. */
export interface Copy extends ReceiptsTable {
  /** Null when the participant is gone. */
  address: string | null;
  proxy_address: string | null;
}

/** The copies of a message, oldest first. */
export function copiesOf(db: Db, message: string): Promise<Copy[]> {
  return db.sql
    .selectFrom('receipts')
    .leftJoin('participants', 'participants.sid', 'receipts.participant_sid')
    .selectAll('receipts')
    .select(['participants.address', 'participants.proxy_address'])
    .where('receipts.message_sid', '=', message)
    .orderBy('receipts.created_position')
    .execute();
}

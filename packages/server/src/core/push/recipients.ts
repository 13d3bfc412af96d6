import type { PushMessageType } from '@colloquy/protocol';
import { type Db, evened, prepare } from '../../storage/db.ts';
import type { PushBindingsTable, PushCredentialsTable } from '../../storage/schema/push.ts';
import type { PushPayload } from './plan.ts';

/** Devices to notify at a time: they are sent to at once, and settled in one transaction. */
export const pageSize = 100;
/** Users whose unread conversations are counted in one query; some are in a thousand of them. */
const countedAtOnce = 20;

export interface Recipients {
  bindings: PushBindingsTable[];
  /** Where the next page begins; undefined on the last one. */
  next: PushPayload['after'];
}

// A user who came after the message does not hear of it, as he does not find it in his log.
const whoReadAlong = prepare(
  (
    sql,
    p: { conversation: string; by: string; position: number; participant: string; binding: string; limit: number },
  ) =>
    sql
      .selectFrom('participants')
      .innerJoin('push_bindings', 'push_bindings.user_sid', 'participants.user_sid')
      .selectAll('push_bindings')
      .select('participants.sid as participant')
      .where('participants.conversation_sid', '=', p.conversation)
      .where('participants.notification_level', '<>', 'muted')
      .where('participants.identity', '<>', p.by)
      .where('participants.created_position', '<', p.position)
      .where('participants.sid', '>=', p.participant)
      .where((eb) => eb.or([eb('participants.sid', '>', p.participant), eb('push_bindings.sid', '>', p.binding)]))
      .orderBy('participants.sid')
      .orderBy('push_bindings.sid')
      .limit(p.limit),
);

const ofUser = prepare((sql, p: { user: string }) =>
  sql.selectFrom('push_bindings').selectAll().where('user_sid', '=', p.user).orderBy('sid'),
);

/** The next devices to notify of an event: all but those of its author and of who muted the conversation. */
export async function nextRecipients(db: Db, payload: PushPayload): Promise<Recipients> {
  const wants = (row: PushBindingsTable) => (JSON.parse(row.message_types) as PushMessageType[]).includes(payload.kind);
  if (payload.targets) {
    const rows = await db.sql.selectFrom('push_bindings').selectAll().where('sid', 'in', payload.targets).execute();
    return { bindings: rows.filter(wants), next: undefined };
  }
  if (payload.user !== null) {
    const rows = await db.all(ofUser, { user: payload.user });
    return { bindings: rows.filter(wants), next: undefined };
  }
  const { conversation, by, position, after = { participant: '', binding: '' } } = payload;
  const rows = await db.all(whoReadAlong, { conversation, by, position, ...after, limit: pageSize });
  const last = rows.at(-1);
  return {
    bindings: rows.filter(wants),
    next: last && rows.length === pageSize ? { participant: last.participant, binding: last.sid } : undefined,
  };
}

/** How many conversations each of these users has something unread in. What was never read is unread. */
export async function countUnread(db: Db, users: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const distinct = [...new Set(users)];
  for (let from = 0; from < distinct.length; from += countedAtOnce) {
    const rows = await db.sql
      .selectFrom('participants')
      .innerJoin('conversations', 'conversations.sid', 'participants.conversation_sid')
      .select((eb) => ['participants.user_sid', eb.fn.countAll<number>().as('n')])
      .where('participants.user_sid', 'in', evened(distinct.slice(from, from + countedAtOnce)))
      .where('conversations.last_message_index', 'is not', null)
      .where((eb) =>
        eb.or([
          eb('participants.last_read_message_index', 'is', null),
          eb('participants.last_read_message_index', '<', eb.ref('conversations.last_message_index')),
        ]),
      )
      .groupBy('participants.user_sid')
      .execute();
    for (const { user_sid, n } of rows) if (user_sid !== null) counts.set(user_sid, Number(n));
  }
  return counts;
}

/** By their SIDs. */
export async function credentialsOf(
  db: Db,
  bindings: readonly PushBindingsTable[],
): Promise<Map<string, PushCredentialsTable>> {
  const sids = [...new Set(bindings.map((binding) => binding.credential_sid))];
  if (sids.length === 0) return new Map();
  const rows = await db.sql.selectFrom('push_credentials').selectAll().where('sid', 'in', sids).execute();
  return new Map(rows.map((row) => [row.sid, row]));
}

/**
 * Group texting. A conversation with a projected address is a group: everybody in it is a phone, known by its address
 * alone, or an own number that stands for a chat user (or for nobody). Who is in it is what tells groups apart, so
 * that set of numbers is kept in a table of its own, where it can be there only once. Contract: "Group Texting in
 * Conversations"; behaviour reference, section 10.7.
 */
import { type Db, prepare } from '../../storage/db.ts';
import type { ConversationsTable, ParticipantsTable } from '../../storage/schema.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';

/** What of a participant matters to a group. */
export type GroupMember = Pick<ParticipantsTable, 'sid' | 'type' | 'address' | 'proxy_address' | 'projected_address'>;

const withBindings = prepare((sql, p: { conversation: string }) =>
  sql
    .selectFrom('participants')
    .select(['sid', 'type', 'address', 'proxy_address', 'projected_address'])
    .where('conversation_sid', '=', p.conversation)
    .where('type', '<>', 'chat')
    .orderBy('sid'),
);

/** The participants that have an address of any kind, in the order they came. */
export function selectBound(db: Db, conversation: string): Promise<GroupMember[]> {
  return db.all(withBindings, { conversation });
}

export function isGroup(members: readonly GroupMember[]): boolean {
  return members.some((member) => member.projected_address !== null);
}

/** The text under which a set of numbers is kept. */
export function groupKey(numbers: readonly string[]): string {
  return [...new Set(numbers)].sort().join(' ');
}

export interface Regrouping {
  /** Those with an address of any kind, before and after the change. */
  before: readonly GroupMember[];
  after: readonly GroupMember[];
  /** How many chat users without any address there are afterwards. */
  plainChat: number;
}

/**
 * Sees to it that who is in a conversation after a change can be in a group text, and that the set is taken.
 *
 * @param ifTaken a removal that nothing hinders leaves the set to the group that has it
 * @throws Refusal 50434 to 50438
 */
export async function regroup(
  tx: Transaction,
  conversation: Pick<ConversationsTable, 'sid' | 'account_sid'>,
  { before, after, plainChat }: Regrouping,
  ifTaken: 'refuse' | 'yield' = 'refuse',
): Promise<void> {
  const grouped = isGroup(after);
  if (grouped) requireGroup(tx, after, plainChat);
  if (!grouped && !isGroup(before)) return;
  const numbers = grouped ? activeKey(after) : null;
  const account = conversation.account_sid;
  const taken = numbers === null ? undefined : await tx.first(byNumbers, { account, numbers });
  if (taken?.conversation_sid === conversation.sid) return;
  if (taken && ifTaken === 'refuse') throw refuse(50438, { conversation: taken.conversation_sid });
  await tx.run(deleteGroup, { conversation: conversation.sid });
  if (numbers !== null && !taken) await tx.run(insertGroup, { account, numbers, conversation: conversation.sid });
}

/** The same beforehand, for a conversation that is not there yet. */
export async function requireGroupPossible(
  tx: Transaction,
  account: string,
  members: readonly GroupMember[],
  plainChat: number,
): Promise<void> {
  if (!isGroup(members)) return;
  requireGroup(tx, members, plainChat);
  const numbers = activeKey(members);
  const taken = numbers === null ? undefined : await tx.first(byNumbers, { account, numbers });
  if (taken) throw refuse(50438, { conversation: taken.conversation_sid });
}

function requireGroup(tx: Transaction, members: readonly GroupMember[], plainChat: number): void {
  if (plainChat > 0) throw refuse(50434);
  if (members.some((member) => member.type !== 'sms' || member.proxy_address !== null)) throw refuse(50435);
  const { groupParticipants: limit } = tx.limits;
  if (members.length > limit) throw refuse(50436, { limit });
  if (new Set(members.map(numberOf)).size < members.length) throw refuse(50437);
}

/** A group of own numbers alone has nobody to hear from. */
function activeKey(members: readonly GroupMember[]): string | null {
  return members.some((member) => member.address !== null) ? groupKey(members.map(numberOf)) : null;
}

function numberOf(member: GroupMember): string {
  return member.projected_address ?? member.address ?? '';
}

const byNumbers = prepare((sql, p: { account: string; numbers: string }) =>
  sql
    .selectFrom('group_conversations')
    .select('conversation_sid')
    .where('account_sid', '=', p.account)
    .where('numbers', '=', p.numbers),
);

const insertGroup = prepare((sql, p: { account: string; numbers: string; conversation: string }) =>
  sql
    .insertInto('group_conversations')
    .values({ account_sid: p.account, numbers: p.numbers, conversation_sid: p.conversation }),
);

const deleteGroup = prepare((sql, p: { conversation: string }) =>
  sql.deleteFrom('group_conversations').where('conversation_sid', '=', p.conversation),
);

/** The open group conversation of exactly these numbers. */
export async function findGroup(db: Db, account: string, numbers: readonly string[]): Promise<string | undefined> {
  return (await db.first(byNumbers, { account, numbers: groupKey(numbers) }))?.conversation_sid;
}

import { isGroup, selectBound } from '../participants/group.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';

/**
 * The participant whom an author stands for who is neither an identity nor an address here: one with that projected
 * address. In a group text somebody has to be (contract: error 50513).
 *
 * @returns null outside groups, where anybody may be the author
 */
export async function groupAuthor(tx: Transaction, conversation: string, author: string): Promise<string | null> {
  const members = await selectBound(tx, conversation);
  if (!isGroup(members)) return null;
  const member = members.find((one) => one.projected_address === author);
  if (!member) throw refuse(50513);
  return member.sid;
}

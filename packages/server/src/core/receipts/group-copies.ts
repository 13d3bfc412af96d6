import type { Db } from '../../storage/db.ts';
import { isGroup, selectBound } from '../participants/group.ts';

/** Where a copy of a message goes: from an own address to a person's. */
export interface Route {
  participant_sid: string;
  address: string;
  proxy_address: string;
}

/**
 * The copies that a message in a group text makes: one for each phone except the author's, sent from the projected
 * address of the author, or from that of the first who has one where a phone or nobody is the author. No channel has
 * group MMS of its own so far, in which one message reaches all of them: so a copy each is what a channel gets, and
 * whoever gets it does not see who else did.
 *
 * @param author SID of the participant who wrote it
 * @returns none when the conversation is no group
 */
export async function groupCopies(db: Db, conversation: string, author: string | null): Promise<Route[]> {
  const members = await selectBound(db, conversation);
  if (!isGroup(members)) return [];
  const own = members.filter((member) => member.projected_address !== null);
  const sender = (own.find((member) => member.sid === author) ?? own[0])?.projected_address;
  if (!sender) return [];
  return members.flatMap(({ sid, address }) =>
    address === null || sid === author ? [] : [{ participant_sid: sid, address, proxy_address: sender }],
  );
}

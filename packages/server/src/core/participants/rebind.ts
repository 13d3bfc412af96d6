import type { Sid } from '@colloquy/protocol';
import type { ConversationsTable, ParticipantsTable } from '../../storage/schema.ts';
import { requireService } from '../access/standing.ts';
import { participantByIdentity } from '../access/store.ts';
import type { Actor } from '../actor.ts';
import { checkIdentity } from '../checks.ts';
import { refuse } from '../refusal.ts';
import { defaultRole } from '../roles/default-role.ts';
import type { Transaction } from '../transaction.ts';
import { ensureUser } from '../users/ensure.ts';
import { regroup, selectBound } from './group.ts';
import { requireRoomFor } from './room.ts';
import { checkPair, checkProjectedAddress } from './shape.ts';
import { deleteBinding, insertBinding, recountNonChat, selectBinding } from './store.ts';

export interface Rebinding {
  /** Only for a participant with a projected address. */
  identity?: string | undefined;
  /** Null takes it away. */
  proxyAddress?: string | null | undefined;
  projectedAddress?: string | null | undefined;
  groupTexting?: boolean | undefined;
}

/**
 * Contract: the proxy address and the projected address may be given and taken away, a user may be attached to a
 * projected address; the address never changes. Writes what goes with it into the changed row.
 *
 * @returns the user who is in the conversation from now on, if one was attached
 */
export async function rebind(
  tx: Transaction,
  actor: Actor,
  conversation: ConversationsTable,
  before: ParticipantsTable,
  row: ParticipantsTable,
  input: Rebinding,
): Promise<Sid<'US'> | undefined> {
  if (input.projectedAddress !== undefined) project(row, input.projectedAddress, input.groupTexting);
  const user = await attach(tx, actor, conversation, row, input.identity);
  if (input.proxyAddress !== undefined) await setProxy(tx, row, input.proxyAddress);
  const rebound = row.projected_address !== before.projected_address || row.proxy_address !== before.proxy_address;
  if (!rebound) return user;

  const bound = await selectBound(tx, conversation.sid);
  const others = bound.filter((one) => one.sid !== row.sid);
  const after = row.type === 'chat' ? others : [...others, row];
  const plainChat = conversation.participant_count - after.length;
  await regroup(tx, conversation, { before: bound, after, plainChat });
  const by = after.length - bound.length;
  if (by === 1 || by === -1) await recountNonChat(tx, conversation.sid, by);
  return user;
}

function project(row: ParticipantsTable, projected: string | null, groupTexting: boolean | undefined): void {
  if (projected === null) {
    if (row.projected_address === null || row.identity === null) throw refuse(50442);
    row.projected_address = null;
    row.type = 'chat';
    return;
  }
  const own = checkProjectedAddress(projected, groupTexting);
  if (row.projected_address === own) return;
  if (row.address !== null || row.projected_address !== null) throw refuse(50443);
  row.projected_address = own;
  row.type = 'sms';
}

async function attach(
  tx: Transaction,
  actor: Actor,
  conversation: ConversationsTable,
  row: ParticipantsTable,
  identity: string | undefined,
): Promise<Sid<'US'> | undefined> {
  if (identity === undefined || identity === row.identity) return undefined;
  if (row.identity !== null || row.projected_address === null) throw refuse(50444);
  checkIdentity(identity, tx.limits);
  if (await tx.first(participantByIdentity, { conversation: conversation.sid, identity })) throw refuse(50433);
  const service = await requireService(tx, actor, conversation.service_sid);
  const user = await ensureUser(tx, service, identity, null);
  await requireRoomFor(tx, user);
  row.identity = identity;
  row.user_sid = user.sid;
  row.role_sid ??= await defaultRole(tx, service, 'default_conversation_role_sid');
  return user.sid as Sid<'US'>;
}

async function setProxy(tx: Transaction, row: ParticipantsTable, proxy: string | null): Promise<void> {
  if (proxy === null) {
    if (row.proxy_address === null) throw refuse(50440);
    await deleteBinding(tx, row);
    row.proxy_address = null;
    return;
  }
  if (row.type === 'email') throw refuse(50453);
  if (row.address === null) throw refuse(50441);
  const pair = checkPair(row.address, proxy, tx.limits);
  if (pair.proxyAddress === row.proxy_address) return;
  const taken = await selectBinding(tx, row.account_sid, pair.proxyAddress, pair.address);
  if (taken) throw refuse(50416, { conversation: taken.conversation_sid });
  await deleteBinding(tx, row);
  row.proxy_address = pair.proxyAddress;
  await insertBinding(tx, {
    account_sid: row.account_sid,
    proxy_address: pair.proxyAddress,
    address: pair.address,
    conversation_sid: row.conversation_sid,
    participant_sid: row.sid,
  });
}

import type { Sid } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { ConversationsTable } from '../../storage/schema.ts';
import { requirePermission, requireSeen, requireService, type Standing } from '../access/standing.ts';
import { loadAccount } from '../accounts/actions.ts';
import type { Actor } from '../actor.ts';
import { checkAttributes, checkFriendlyName, checkUniqueName } from '../checks.ts';
import { defineCommand } from '../command.ts';
import { appendEvent, nextPosition } from '../log.ts';
import type { Page, PageRequest } from '../paging.ts';
import { membershipResource } from '../participants/resource.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import type { CreateConversation, UpdateConversation } from './input.ts';
import { requireMayCreate, requireMayUpdate, requireOpen } from './policy.ts';
import { conversationResource } from './resource.ts';
import { wakeTimers, writeState } from './state.ts';
import {
  type ConversationBrief,
  type ConversationFilter,
  deleteConversationRow,
  freeBindings,
  insertConversation,
  selectBrief,
  selectConversation,
  selectConversations,
  selectMembers,
} from './store.ts';
import { checkClosedTimer, checkInactiveTimer, deadlines } from './timers.ts';

export const createConversation = defineCommand({
  name: 'conversations.create',
  orderKey: (input: CreateConversation) => input.service,
  run: async (tx, actor, input: CreateConversation): Promise<ConversationsTable> => {
    const service = await requireService(tx, actor, input.service);
    await requireMayCreate(tx, actor);
    const friendlyName = checkFriendlyName(input.assigned?.friendlyName ?? input.friendlyName, tx.limits);
    const uniqueName = checkUniqueName(input.uniqueName, tx.limits);
    const attributes = checkAttributes(input.attributes, tx.limits.conversationAttributesBytes);
    const wanted = checkInitialState(input.state);
    const state = input.initializing ? 'initializing' : wanted;
    const account = await loadAccount(tx, service.account_sid);
    const timers = {
      state,
      inactive_timer: checkInactiveTimer(input.inactiveTimer ?? account.default_inactive_timer),
      closed_timer: checkClosedTimer(input.closedTimer ?? account.default_closed_timer),
    };
    if (uniqueName !== null && (await selectConversation(tx, service.sid, uniqueName))) throw refuse(50353);

    const dateCreated = input.dateCreated ?? tx.now;
    const row: ConversationsTable = {
      sid: tx.newSid('CH'),
      account_sid: service.account_sid,
      service_sid: service.sid,
      messaging_service_sid: input.messagingServiceSid ?? account.default_messaging_service_sid,
      friendly_name: friendlyName,
      unique_name: uniqueName,
      attributes,
      date_state_updated: tx.now,
      ...timers,
      ...deadlines(timers, tx.now),
      email_address: input.emailAddress ?? null,
      email_name: input.emailName ?? null,
      created_by: actor.kind === 'user' ? actor.identity : 'system',
      creator_awaited: actor.kind === 'user' ? 1 : 0,
      next_index: 0,
      last_message_index: null,
      last_message_date: null,
      message_count: 0,
      participant_count: 0,
      non_chat_count: 0,
      date_activity: tx.now,
      head: 1,
      position: 1,
      date_created: dateCreated,
      date_updated: input.dateUpdated ?? dateCreated,
    };
    await insertConversation(tx, row);
    wakeTimers(tx, undefined, row);
    await appendEvent(tx, row.sid as Sid<'CH'>, 1, 'conversation.added', conversationResource(row));
    return row;
  },
});

function checkInitialState(state: string | undefined): string {
  switch (state) {
    case undefined:
      return 'active';
    case 'active':
    case 'inactive':
      return state;
    case 'closed':
      throw refuse(50384);
    case '':
      throw refuse(50374);
    default:
      throw refuse(50378);
  }
}

function checkState(state: string | undefined, before: string): string {
  if (state === undefined) return before;
  if (state === '') throw refuse(50374);
  if (state !== 'active' && state !== 'inactive' && state !== 'closed') throw refuse(50378);
  return state;
}

export const updateConversation = defineCommand({
  name: 'conversations.update',
  orderKey: (input: UpdateConversation) => input.conversation,
  run: async (tx, actor, input: UpdateConversation): Promise<ConversationsTable> => {
    const { row, standing } = await loadConversation(tx, actor, input.service, input.conversation);
    requireMayUpdate(standing, input);
    requireOpen(row);
    const state = checkState(input.state, row.state);
    const timers = {
      state,
      inactive_timer: input.inactiveTimer === undefined ? row.inactive_timer : checkInactiveTimer(input.inactiveTimer),
      closed_timer: input.closedTimer === undefined ? row.closed_timer : checkClosedTimer(input.closedTimer),
    };
    const uniqueName = input.uniqueName === undefined ? row.unique_name : checkUniqueName(input.uniqueName, tx.limits);
    const name = input.assigned?.friendlyName ?? input.friendlyName;
    const friendlyName = name === undefined ? row.friendly_name : checkFriendlyName(name, tx.limits);
    const attributes =
      input.attributes === undefined
        ? row.attributes
        : checkAttributes(input.attributes, tx.limits.conversationAttributesBytes);
    if (uniqueName !== null && uniqueName !== row.unique_name) {
      if (await selectConversation(tx, row.service_sid, uniqueName)) throw refuse(50353);
    }

    const updated: ConversationsTable = {
      ...row,
      ...timers,
      ...deadlines(timers, tx.now),
      messaging_service_sid: input.messagingServiceSid ?? row.messaging_service_sid,
      friendly_name: friendlyName,
      unique_name: uniqueName,
      attributes,
      email_address: input.emailAddress === undefined ? row.email_address : input.emailAddress,
      email_name: input.emailName === undefined ? row.email_name : input.emailName,
      date_activity: tx.now,
      date_created: input.dateCreated ?? row.date_created,
      date_updated: input.dateUpdated ?? tx.now,
    };
    return writeState(tx, row, updated, 'API');
  },
});

/**
 * Members lose it first, each in his own stream, then it goes. What may be many rows (messages, events) is
 * swept up afterwards, a piece at a time.
 */
export const deleteConversation = defineCommand({
  name: 'conversations.delete',
  orderKey: (input: { service: string; conversation: string }) => input.conversation,
  run: async (tx, actor, input: { service: string; conversation: string }) => {
    const { row, standing } = await loadConversation(tx, actor, input.service, input.conversation);
    requirePermission(standing, 'deleteConversation');
    await removeConversation(tx, row);
    return {};
  },
});

/** Removes a conversation that was found and may be removed. */
export async function removeConversation(tx: Transaction, row: ConversationsTable): Promise<void> {
  for (const member of await selectMembers(tx, row.sid)) {
    const user = member.user_sid as Sid<'US'>;
    const at = await nextPosition(tx, user);
    const membership = membershipResource(member);
    await appendEvent(tx, user, at, 'membership.removed', { membership, reason: 'deleted' });
  }
  const position = await nextPosition(tx, row.sid);
  await appendEvent(tx, row.sid as Sid<'CH'>, position, 'conversation.removed', conversationResource(row));
  await freeBindings(tx, row.sid);
  await deleteConversationRow(tx, row.sid);
  tx.removedConversations.push(row);
}

/** The conversation of a name, if the actor may see it, with his standing in it (undefined: not a user, may do everything). */
export async function loadConversation(
  db: Db,
  actor: Actor,
  service: string,
  ref: string,
): Promise<{ row: ConversationsTable; standing: Standing | undefined }> {
  return authorise(db, actor, service, await selectConversation(db, service, ref));
}

/** The same with what a message needs of it. */
export async function loadBrief(
  db: Db,
  actor: Actor,
  service: string,
  ref: string,
): Promise<{ row: ConversationBrief; standing: Standing | undefined }> {
  return authorise(db, actor, service, await selectBrief(db, service, ref));
}

async function authorise<Row extends ConversationBrief>(
  db: Db,
  actor: Actor,
  service: string,
  row: Row | undefined,
): Promise<{ row: Row; standing: Standing | undefined }> {
  if (!row || row.account_sid !== actor.account || (actor.kind === 'user' && actor.service !== service)) {
    throw refuse(50350);
  }
  return { row, standing: await requireSeen(db, actor, row) };
}

/** By SID or unique name, without asking who wants to know: for back ends. */
export function findConversation(db: Db, service: string, ref: string): Promise<ConversationsTable | undefined> {
  return selectConversation(db, service, ref);
}

export function listConversations(
  db: Db,
  service: string,
  filter: ConversationFilter,
  request: PageRequest,
): Promise<Page<ConversationsTable>> {
  return selectConversations(db, service, filter, request);
}

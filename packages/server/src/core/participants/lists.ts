/** Lists that join participants with their conversations. */
import { type Db, evened } from '../../storage/db.ts';
import type { ConversationsTable, ParticipantsTable } from '../../storage/schema.ts';
import {
  fetchPage,
  fetchWindow,
  type Page,
  type PageRequest,
  type SortKey,
  type Window,
  type WindowRequest,
} from '../paging.ts';
import { selectUser } from '../users/store.ts';
import { countUnread } from './memberships.ts';
import { participantOfUser, selectParticipant, selectParticipants } from './store.ts';

export interface Membership {
  participant: ParticipantsTable;
  conversation: ConversationsTable;
}

export function listParticipants(db: Db, conversation: string, request: PageRequest): Promise<Page<ParticipantsTable>> {
  return selectParticipants(db, conversation, request);
}

/** In the order of their SIDs, from one on. */
export function listParticipantsFrom(
  db: Db,
  conversation: string,
  request: WindowRequest,
): Promise<Window<ParticipantsTable>> {
  const query = db.sql.selectFrom('participants').selectAll().where('conversation_sid', '=', conversation);
  return fetchWindow(query, 'sid', request);
}

/** A user's participants, in the order of the SIDs of their conversations, from one on. */
export function listOwnParticipantsFrom(
  db: Db,
  user: string,
  request: WindowRequest,
): Promise<Window<ParticipantsTable>> {
  const query = db.sql.selectFrom('participants').selectAll().where('user_sid', '=', user);
  return fetchWindow(query, 'conversation_sid', request);
}

/** By SID or identity. */
export function findParticipant(db: Db, conversation: string, ref: string): Promise<ParticipantsTable | undefined> {
  return selectParticipant(db, conversation, ref);
}

/** The conversations of a user, newest first: their SIDs are time-ordered. */
export async function listMemberships(db: Db, user: string, request: PageRequest): Promise<Page<Membership>> {
  const query = db.sql.selectFrom('participants').selectAll().where('user_sid', '=', user);
  return withConversations(db, await fetchPage(query, [{ column: 'conversation_sid', order: 'desc' }], request));
}

/** The same with the exact number of unread messages each. */
export async function listUserConversations(
  db: Db,
  user: string,
  request: PageRequest,
): Promise<Page<Membership & { unread: number | null }>> {
  const page = await listMemberships(db, user, request);
  const items = [];
  for (const item of page.items) items.push({ ...item, unread: await countUnread(db, item) });
  return { ...page, items };
}

/** One of them. */
export async function findMembership(db: Db, user: string, conversation: string): Promise<Membership | undefined> {
  const participant = await db.first(participantOfUser, { user, conversation });
  if (!participant) return undefined;
  const [item] = await join(db, [participant]);
  return item;
}

/** The same with the exact number of unread messages. */
export async function findUserConversation(
  db: Db,
  user: string,
  conversation: string,
): Promise<(Membership & { unread: number | null }) | undefined> {
  const item = await findMembership(db, user, conversation);
  return item && { ...item, unread: await countUnread(db, item) };
}

/** Everywhere in the service that an identity or an address takes part. */
export async function listParticipantConversations(
  db: Db,
  service: string,
  who: { identity: string } | { address: string },
  request: PageRequest,
): Promise<Page<Membership>> {
  if ('identity' in who) {
    // First the user, so that a database knows of whom a page is asked: it may go by how many conversations he is in.
    const user = await selectUser(db, service, who.identity);
    if (user?.identity !== who.identity) return { items: [], next: null, previous: null };
    return listMemberships(db, user.sid, request);
  }
  const query = db.sql
    .selectFrom('participants')
    .selectAll()
    .where('service_sid', '=', service)
    .where('address', '=', who.address);
  const sortKey: SortKey = [
    { column: 'conversation_sid', order: 'desc' },
    { column: 'sid', order: 'desc' },
  ];
  return withConversations(db, await fetchPage(query, sortKey, request));
}

async function withConversations(db: Db, page: Page<ParticipantsTable>): Promise<Page<Membership>> {
  return { ...page, items: await join(db, page.items) };
}

async function join(db: Db, participants: ParticipantsTable[]): Promise<Membership[]> {
  if (participants.length === 0) return [];
  const sids = participants.map((participant) => participant.conversation_sid);
  const conversations = await db.sql.selectFrom('conversations').selectAll().where('sid', 'in', evened(sids)).execute();
  const bySid = new Map(conversations.map((conversation) => [conversation.sid, conversation]));
  return participants.flatMap((participant) => {
    const conversation = bySid.get(participant.conversation_sid);
    return conversation ? [{ participant, conversation }] : [];
  });
}

/** Items of lists and maps, as the client pages through them. */
import { findMessage } from '../../../core/messages/actions.ts';
import { messageResource } from '../../../core/messages/resource.ts';
import { listMessagesAround } from '../../../core/messages/window.ts';
import type { Window, WindowRequest } from '../../../core/paging.ts';
import {
  findMembership,
  findParticipant,
  listOwnParticipantsFrom,
  listParticipantsFrom,
} from '../../../core/participants/actions.ts';
import { membershipResource, participantResource } from '../../../core/participants/resource.ts';
import { reachableResource } from '../../../core/users/resource.ts';
import type { MessagesTable, ParticipantsTable, UsersTable } from '../../../storage/schema.ts';
import { answer, type Call } from '../call.ts';
import { seenConversation, seenLately, seenUser } from './access.ts';
import { infoItems, iso, membershipData, messageData, participantData } from './data.ts';
import { Missing } from './missing.ts';
import type { SyncObject } from './objects.ts';
import { urlOf } from './objects.ts';
import { type ItemQuery, readItemQuery, writePageToken } from './page-token.ts';

interface Item {
  key: string | number;
  /** Of the event that changed it last. */
  id: number;
  created: number;
  updated: number;
  data: object;
}

/** The answer to a request for items of an object. */
export async function listItems(call: Call, object: SyncObject) {
  const query = readItemQuery(call.query, object.type);
  const page = await pageOf(call, object, query);
  if (!page) throw new Missing();
  const { openings } = call.subscriptions;
  if (object.kind === 'roster') openings.end(object.stream);
  if (object.kind === 'memberships') for (const { key } of page.items) openings.show(String(key));
  return answer({ items: page.items.map((item) => presentItem(object, item)), meta: metaOf(query, page) });
}

export function presentItem(object: SyncObject, { key, id, created, updated, data }: Item) {
  return {
    [object.type === 'list' ? 'index' : 'key']: key,
    url: `${urlOf(object)}/Items/${encodeURIComponent(key)}`,
    revision: id.toString(16),
    last_event_id: id,
    date_created: iso(created),
    date_updated: iso(updated),
    date_expires: null,
    created_by: 'system',
    data,
  };
}

async function pageOf(call: Call, object: SyncObject, query: ItemQuery): Promise<Window<Item> | undefined> {
  const { core, actor } = call;
  switch (object.kind) {
    case 'messages': {
      const seen = await seenConversation(core, actor, object.stream);
      if (!seen) return (await seenLately(call, object.stream)) && nothing;
      if (query.key !== undefined) {
        return only(await findMessage(core.db, seen.row.sid, Number(query.key)), messageItem);
      }
      const isForward = (query.order === 'asc') !== query.back;
      const beside = query.after ? (isForward ? 1 : -1) : 0;
      const window = await listMessagesAround(core.db, seen.row, {
        limit: query.size,
        anchor: query.from === undefined ? undefined : Number(query.from) + beside,
        direction: isForward ? 'forward' : 'backwards',
      });
      const { items, previous, next } = window;
      const found = { items, hasPrevious: previous !== null, hasNext: next !== null };
      return inOrder(mapped(found, messageItem), query.order);
    }
    case 'roster': {
      const seen = await seenConversation(core, actor, object.stream);
      if (!seen) return (await seenLately(call, object.stream)) && nothing;
      const { sid } = seen.row;
      if (query.key !== undefined) {
        const row = await findParticipant(core.db, sid, query.key);
        return only(row?.sid === query.key ? row : undefined, participantItem);
      }
      return keyed(query, participantItem, (request) => listParticipantsFrom(core.db, sid, request));
    }
    case 'memberships': {
      if (object.stream !== actor.user) return undefined;
      if (query.key !== undefined) {
        const membership = await findMembership(core.db, actor.user, query.key);
        return only(membership?.participant, membershipItem);
      }
      return keyed(query, membershipItem, (request) => listOwnParticipantsFrom(core.db, actor.user, request));
    }
    case 'userInfo': {
      const user = await seenUser(core, actor, object.stream);
      if (!user) return undefined;
      const all = await infoItemsOf(call, user);
      const items = query.key === undefined ? all : all.filter(({ key }) => key === query.key);
      return { items, hasPrevious: false, hasNext: false };
    }
    default:
      return undefined;
  }
}

export async function infoItemsOf({ core }: Call, user: UsersTable): Promise<Item[]> {
  const shown = await reachableResource(core.db, user);
  const { position: id, date_created: created, date_updated: updated } = user;
  return infoItems(shown).map(({ key, data }) => ({ key, id, created, updated, data }));
}

async function keyed<Row>(
  { order, size, from, after, back }: ItemQuery,
  present: (row: Row) => Item,
  list: (request: WindowRequest) => Promise<Window<Row>>,
): Promise<Window<Item>> {
  const start = from === undefined ? {} : { from: String(from), after };
  if (!back) return mapped(await list({ order, limit: size, ...start }), present);
  // What is before the page, nearest first.
  const opposite = order === 'asc' ? 'desc' : 'asc';
  return reversed(mapped(await list({ order: opposite, limit: size, ...start }), present));
}

const nothing: Window<Item> = { items: [], hasPrevious: false, hasNext: false };

function only<Row>(row: Row | undefined, present: (row: Row) => Item): Window<Item> {
  return { items: row ? [present(row)] : [], hasPrevious: false, hasNext: false };
}

function mapped<Row>({ items, ...rest }: Window<Row>, present: (row: Row) => Item): Window<Item> {
  return { items: items.map(present), ...rest };
}

/** @param window ascending */
function inOrder(window: Window<Item>, order: 'asc' | 'desc'): Window<Item> {
  return order === 'asc' ? window : reversed(window);
}

function reversed({ items, hasPrevious, hasNext }: Window<Item>): Window<Item> {
  return { items: [...items].reverse(), hasPrevious: hasNext, hasNext: hasPrevious };
}

function metaOf(query: ItemQuery, { items, hasPrevious, hasNext }: Window<Item>) {
  // Beyond the end there is nothing but what is before.
  const first = items[0]?.key ?? query.from;
  const last = items.at(-1)?.key ?? query.from;
  return {
    previous_token: hasPrevious && first !== undefined ? writePageToken(query, first, true) : null,
    next_token: hasNext && last !== undefined ? writePageToken(query, last, false) : null,
  };
}

function messageItem(row: MessagesTable): Item {
  const { idx: key, position: id, date_created: created, date_updated: updated } = row;
  return { key, id, created, updated, data: messageData(messageResource(row)) };
}

function participantItem(row: ParticipantsTable): Item {
  const { sid: key, position: id, date_created: created, date_updated: updated } = row;
  return { key, id, created, updated, data: participantData(participantResource(row)) };
}

function membershipItem(row: ParticipantsTable): Item {
  const { conversation_sid: key, membership_position: id, date_created: created, date_updated: updated } = row;
  return { key, id, created, updated, data: membershipData(membershipResource(row)) };
}

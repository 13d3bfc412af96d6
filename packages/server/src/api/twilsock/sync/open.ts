/** The roots of objects: what a client reads before it subscribes. */
import { conversationResource } from '../../../core/conversations/resource.ts';
import { type Answer, answer, type Call, type Handle, nameIn } from '../call.ts';
import { seenConversation, seenLately, seenUser } from './access.ts';
import { conversationData, formerData, iso } from './data.ts';
import { infoItemsOf, listItems, presentItem } from './items.ts';
import { Missing } from './missing.ts';
import { objectNamed, type SyncObject, type SyncType, urlOf } from './objects.ts';

export const openObject =
  (type: SyncType): Handle =>
  async (call) => {
    const object = objectIn(call, type);
    if (object.stream.startsWith('US')) return openUser(call, object);
    const opened = await openConversation(call, object);
    if (object.kind === 'roster') call.subscriptions.openings.begin(object.stream);
    return opened;
  };

export const openItems =
  (type: SyncType): Handle =>
  (call) =>
    listItems(call, objectIn(call, type));

function objectIn(call: Call, type: SyncType): SyncObject {
  const object = objectNamed(nameIn(call, 'object'));
  if (object?.type !== type) throw new Missing();
  return object;
}

async function openConversation(call: Call, object: SyncObject): Promise<Answer> {
  const { core, actor } = call;
  const seen = await seenConversation(core, actor, object.stream);
  if (!seen) return openFormer(call, object);
  const { row } = seen;
  const data = object.kind === 'conversation' ? { data: conversationData(conversationResource(row)) } : {};
  return answer({ ...root(object, row.head, row.date_created, row.date_updated), created_by: row.created_by, ...data });
}

/** @throws Missing for what was not his lately */
async function openFormer(call: Call, object: SyncObject): Promise<Answer> {
  const former = await seenLately(call, object.stream);
  if (!former) throw new Missing();
  const { membership, conversation, until } = former;
  const data = object.kind === 'conversation' ? { data: formerData(membership, conversation) } : {};
  // Whatever it says that it knows when it subscribes: it hears that there is nothing.
  return answer({ ...root(object, 0, membership.dateCreated, until), created_by: 'system', ...data });
}

async function openUser(call: Call, object: SyncObject): Promise<Answer> {
  const { core, actor, query } = call;
  const user = await seenUser(core, actor, object.stream);
  if (!user || (object.kind === 'memberships' && user.sid !== actor.user)) throw new Missing();
  const withItems = object.kind === 'userInfo' && query.get('Include') === 'items';
  const items = withItems ? { items: (await infoItemsOf(call, user)).map((item) => presentItem(object, item)) } : {};
  const id = object.kind === 'memberships' ? user.head : user.position;
  return answer({ ...root(object, id, user.date_created, user.date_updated), created_by: 'system', ...items });
}

/** @param id of the last event that what is read next shows already */
function root(object: SyncObject, id: number, created: number, updated: number) {
  const url = urlOf(object);
  return {
    sid: object.sid,
    unique_name: object.uniqueName,
    url,
    links: object.type === 'document' ? {} : { items: `${url}/Items` },
    revision: id.toString(16),
    last_event_id: id,
    date_created: iso(created),
    date_updated: iso(updated),
    date_expires: null,
  };
}

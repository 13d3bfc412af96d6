import type { Sid } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { MediaTable } from '../../storage/schema/media.ts';
import type { MessagesTable } from '../../storage/schema.ts';
import type { Standing } from '../access/standing.ts';
import type { Actor } from '../actor.ts';
import { checkAttributes } from '../checks.ts';
import { defineCommand } from '../command.ts';
import { loadBrief, loadConversation } from '../conversations/actions.ts';
import { writeUpdate } from '../conversations/change.ts';
import { requireOpen } from '../conversations/policy.ts';
import { type ConversationBrief, conversationBySid } from '../conversations/store.ts';
import { appendEvent, nextPosition } from '../log.ts';
import type { Page, PageRequest } from '../paging.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import type { Assignable } from '../webhooks/assigned.ts';
import { addMessage } from './add.ts';
import { checkAuthor, resolveAuthor } from './author.ts';
import { checkBody, checkSubject, type SendMessage } from './input.ts';
import { removeMediaOf, requireMedia } from './media.ts';
import { requireFitForPhones } from './phone-body.ts';
import { requireMayEdit, requireMayRemove, requireMaySend } from './policy.ts';
import { messageResource } from './resource.ts';
import { sendTogether } from './send-together.ts';
import { deleteMessageRow, selectAround, selectMessage, selectMessages, updateMessageRow } from './store.ts';
import { type TemplateContent, templateContent } from './template.ts';

export type { SendMessage };

export const sendMessage = defineCommand({
  name: 'messages.send',
  orderKey: (input: SendMessage) => input.conversation,
  together: sendTogether,
  run: async (tx, actor, asked: SendMessage): Promise<MessagesTable> => {
    const input = { ...asked, ...asked.assigned };
    const { row: conversation, standing } = await loadBrief(tx, actor, input.service, input.conversation);
    requireMaySend(standing, input);
    requireOpen(conversation);
    const { body, media, template } = await checkContent(tx, actor, standing, conversation, input);
    const attributes = checkAttributes(input.attributes, tx.limits.messageAttributesBytes);
    const author = await authorOf(tx, actor, standing, conversation, input);
    await requireFitForPhones(tx, conversation, body, author.participantSid);
    return addMessage(tx, conversation, {
      ...author,
      body,
      media,
      template,
      subject: checkSubject(input.subject, tx.limits),
      attributes,
      dateCreated: input.dateCreated,
      dateUpdated: input.dateUpdated,
    });
  },
});

/** What the message says: text, media, or both; or what a template says, and nothing else then. */
async function checkContent(
  tx: Transaction,
  actor: Actor,
  standing: Standing | undefined,
  conversation: ConversationBrief,
  input: SendMessage,
): Promise<{ body: string | null; media: MediaTable[]; template?: TemplateContent }> {
  const template = await templateContent(tx, conversation.account_sid, input);
  if (template) return { body: template.text, media: [], template };
  const media = await requireMedia(tx, actor, standing, conversation.service_sid, input.media ?? []);
  if (input.body !== undefined && input.body !== '') return { body: checkBody(input.body, tx.limits), media };
  if (media.length === 0) throw refuse(50503);
  return { body: null, media };
}

/** A user is his own author, unless a webhook says otherwise. */
async function authorOf(
  tx: Transaction,
  actor: Actor,
  standing: Standing | undefined,
  conversation: ConversationBrief,
  { author, assigned }: SendMessage,
): Promise<{ author: string; participantSid: string | null }> {
  if (actor.kind === 'user' && assigned?.author === undefined) {
    return { author: actor.identity, participantSid: standing?.participant ?? null };
  }
  return resolveAuthor(tx, conversation, author);
}

export interface UpdateMessage extends Assignable {
  service: string;
  conversation: string;
  /** SID or index. */
  message: string | number;
  author?: string | undefined;
  body?: string | undefined;
  subject?: string | null | undefined;
  attributes?: string | undefined;
  dateCreated?: number | undefined;
  dateUpdated?: number | undefined;
}

/** What has gone out through a channel is not taken back or changed there. */
export const updateMessage = defineCommand({
  name: 'messages.update',
  orderKey: (input: UpdateMessage) => input.conversation,
  run: async (tx, actor, asked: UpdateMessage): Promise<MessagesTable> => {
    const { row: conversation, standing } = await loadConversation(tx, actor, asked.service, asked.conversation);
    const row = await requireMessage(tx, conversation.sid, asked.message);
    requireMayEdit(actor, standing, row, asked);
    requireOpen(conversation);
    const input = { ...asked, ...asked.assigned };
    if (input.body === '') throw refuse(50503);
    if (input.author !== undefined) checkAuthor(input.author, tx.limits);
    const updated: MessagesTable = {
      ...row,
      author: input.author || row.author,
      body: input.body === undefined ? row.body : checkBody(input.body, tx.limits),
      subject: input.subject === undefined ? row.subject : checkSubject(input.subject, tx.limits),
      attributes:
        input.attributes === undefined
          ? row.attributes
          : checkAttributes(input.attributes, tx.limits.messageAttributesBytes),
      last_updated_by: actor.kind === 'user' ? actor.identity : 'system',
      date_created: input.dateCreated ?? row.date_created,
      date_updated: input.dateUpdated ?? tx.now,
      position: await nextPosition(tx, conversation.sid),
    };
    await updateMessageRow(tx, updated);
    const stream = conversation.sid as Sid<'CH'>;
    await appendEvent(tx, stream, updated.position, 'message.updated', messageResource(updated));
    const isLast = row.idx === conversation.last_message_index;
    if (isLast && updated.date_created !== row.date_created) await moveLastMessage(tx, conversation.sid);
    return updated;
  },
});

export interface RemoveMessage {
  service: string;
  conversation: string;
  /** SID or index. */
  message: string | number;
}

/** Its index stays unused. */
export const removeMessage = defineCommand({
  name: 'messages.remove',
  orderKey: (input: RemoveMessage) => input.conversation,
  run: async (tx, actor, input: RemoveMessage) => {
    const { row: conversation, standing } = await loadConversation(tx, actor, input.service, input.conversation);
    const row = await requireMessage(tx, conversation.sid, input.message);
    requireMayRemove(actor, standing, row);
    requireOpen(conversation);
    const position = await nextPosition(tx, conversation.sid);
    await deleteMessageRow(tx, row);
    await removeMediaOf(tx, [row]);
    await appendEvent(tx, conversation.sid as Sid<'CH'>, position, 'message.removed', messageResource(row));
    if (row.idx === conversation.last_message_index) await moveLastMessage(tx, conversation.sid);
    return { position };
  },
});

async function moveLastMessage(tx: Transaction, sid: string): Promise<void> {
  const conversation = await tx.first(conversationBySid, { sid });
  if (!conversation) return;
  const [last] = await selectAround(tx, sid, conversation.next_index, 'backwards', 1);
  await writeUpdate(tx, {
    ...conversation,
    last_message_index: last?.idx ?? null,
    last_message_date: last?.date_created ?? null,
  });
}

async function requireMessage(db: Db, conversation: string, ref: string | number): Promise<MessagesTable> {
  const row = await selectMessage(db, conversation, ref);
  if (!row) throw refuse(50500);
  return row;
}

/** By SID or index. */
export function findMessage(db: Db, conversation: string, ref: string | number): Promise<MessagesTable | undefined> {
  return selectMessage(db, conversation, ref);
}

export function listMessages(
  db: Db,
  conversation: string,
  order: 'asc' | 'desc',
  request: PageRequest,
): Promise<Page<MessagesTable>> {
  return selectMessages(db, conversation, order, request);
}

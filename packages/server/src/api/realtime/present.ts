import type {
  AnyStreamEvent,
  ConversationEntry,
  Page as ProtocolPage,
  RealtimeMethods,
  StreamSid,
} from '@colloquy/protocol';
import type { Changes } from '../../core/conversations/changes.ts';
import { conversationResource } from '../../core/conversations/resource.ts';
import { messageResource } from '../../core/messages/resource.ts';
import type { Cursor, Page } from '../../core/paging.ts';
import { membershipResource, participantResource } from '../../core/participants/resource.ts';
import { refuse } from '../../core/refusal.ts';
import { isStorable } from '../../core/storable.ts';
import type { ConversationsTable, ParticipantsTable } from '../../storage/schema.ts';

export function presentEntry(
  conversation: ConversationsTable,
  participant: ParticipantsTable | undefined,
): ConversationEntry {
  return {
    conversation: conversationResource(conversation),
    membership: participant ? membershipResource(participant) : null,
    position: conversation.head,
  };
}

export function presentEntries(
  page: Page<{ conversation: ConversationsTable; participant: ParticipantsTable }>,
): ProtocolPage<ConversationEntry> {
  return presentPage(page, ({ conversation, participant }) => presentEntry(conversation, participant));
}

/** As events, each with the position that it stands for; first the conversation, as it is at its head. */
export function presentChanges(
  conversation: ConversationsTable,
  { items, gone, position }: Changes,
  time: number,
): RealtimeMethods['conversations.changes']['result'] {
  const { head } = conversation;
  const common = { stream: conversation.sid as StreamSid, time };
  const events: AnyStreamEvent[] = items.map(({ kind, isNew, position, row }) =>
    kind === 'message'
      ? { ...common, position, type: isNew ? 'message.added' : 'message.updated', data: messageResource(row) }
      : {
          ...common,
          position,
          type: isNew ? 'participant.added' : 'participant.updated',
          data: participantResource(row),
        },
  );
  const data = conversationResource(conversation);
  return {
    events: [{ ...common, position: head, type: 'conversation.updated', data }, ...events],
    gone,
    position,
    head,
  };
}

export function presentPage<Row, Item>(page: Page<Row>, present: (row: Row) => Item): ProtocolPage<Item> {
  return { items: page.items.map(present), next: page.next && writeCursor(page.next) };
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor.key)).toString('base64url');
}

function isPart(part: unknown): boolean {
  return typeof part === 'string' ? isStorable(part) : typeof part === 'number';
}

/** Back from what `presentPage` gave out. @throws Refusal when it is something else */
export function readCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  try {
    const key: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(key) && key.every(isPart)) {
      return { direction: 'next', key };
    }
  } catch {}
  throw refuse(20422, { parameter: 'next', reason: 'not a page that this server gave' });
}

import type { Sid } from '@colloquy/protocol';
import type { ConversationsTable } from '../../storage/schema.ts';
import { appendEvent, nextPosition } from '../log.ts';
import type { Transaction } from '../transaction.ts';
import { conversationResource } from './resource.ts';
import { updateConversationRow } from './store.ts';

/** Writes a changed row under a new position, with its event. Whoever changes the state goes through `state.ts`. */
export async function writeUpdate(tx: Transaction, row: ConversationsTable): Promise<ConversationsTable> {
  const position = await nextPosition(tx, row.sid);
  const updated = { ...row, position, head: position };
  await updateConversationRow(tx, updated);
  await appendEvent(tx, row.sid as Sid<'CH'>, position, 'conversation.updated', conversationResource(updated));
  return updated;
}

/**
 * Every move of a conversation from one state to another goes through here: it is told of with its reason, the
 * timers follow it, and a closed conversation lets go of its addresses (behaviour reference, section 8). That
 * closed ones do not count towards what an identity may be in follows from the state itself.
 */
import type { ConversationState } from '@colloquy/protocol';
import type { ConversationsTable } from '../../storage/schema.ts';
import type { StateMove, Transaction } from '../transaction.ts';
import { writeUpdate } from './change.ts';
import { type ConversationBrief, conversationBySid, freeBindings, moveDeadlines } from './store.ts';
import { deadlines, firstDeadline } from './timers.ts';

/** What the timers of conversations wake up at: `Commit.woken` has it when a deadline became an earlier one. */
export const timersWoken = 'timers';

/**
 * Writes a changed row, whose state may be another one than before, with one event for everything. Deadlines are
 * the caller's: they count from the last activity, and not every change is one.
 */
export async function writeState(
  tx: Transaction,
  before: ConversationsTable,
  changed: ConversationsTable,
  reason: StateMove['reason'],
): Promise<ConversationsTable> {
  const moved = changed.state !== before.state;
  const row = moved ? { ...changed, date_state_updated: tx.now } : changed;
  if (moved && row.state === 'closed') await freeBindings(tx, row.sid);
  wakeTimers(tx, before, row);
  const written = await writeUpdate(tx, row);
  if (moved) tx.stateMoves.push({ conversation: written, from: before.state, to: written.state, reason });
  return written;
}

/** Moves the state alone, as an activity: timers begin anew. */
export function moveState(
  tx: Transaction,
  row: ConversationsTable,
  to: ConversationState,
  reason: StateMove['reason'],
): Promise<ConversationsTable> {
  const moved = { ...row, state: to, date_updated: tx.now };
  return writeState(tx, row, { ...moved, ...deadlines(moved, tx.now) }, reason);
}

/** A message or a new participant makes an inactive conversation active again and starts its timers anew. */
export async function noteActivity(tx: Transaction, conversation: ConversationBrief): Promise<void> {
  if (conversation.state === 'inactive') {
    const row = await tx.first(conversationBySid, { sid: conversation.sid });
    if (row) await moveState(tx, row, 'active', 'EVENT');
    return;
  }
  const timed = conversation.inactive_timer !== null || conversation.closed_timer !== null;
  if (timed) await tx.run(moveDeadlines, { sid: conversation.sid, ...deadlines(conversation, tx.now) });
}

type Deadlines = Pick<ConversationsTable, 'state' | 'date_inactive' | 'date_closed'>;

/** Whoever waits for the first deadline of all has to look again only when one became earlier. */
export function wakeTimers(tx: Transaction, before: Deadlines | undefined, after: Deadlines): void {
  const due = firstDeadline(after);
  const wasDue = before && firstDeadline(before);
  if (due && (!wasDue || due.time < wasDue.time)) tx.woken.add(timersWoken);
}

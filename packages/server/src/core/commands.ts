/**
 * Every command, by name: what the writer can run. A new command is added here, or it does not exist.
 */
import type { AnyCommand } from './command.ts';
import { ensureAccount } from './accounts/actions.ts';
import { createConversation, deleteConversation, updateConversation } from './conversations/actions.ts';
import { sweepConversations } from './conversations/sweep.ts';
import { purgeIdempotency } from './idempotency.ts';
import { removeMessage, sendMessage, updateMessage } from './messages/actions.ts';
import { addParticipant, removeParticipant, updateMembership, updateParticipant } from './participants/actions.ts';
import { connectUser, createUser, deleteUser, updateUser } from './users/actions.ts';

const commands: readonly AnyCommand[] = [
  ensureAccount,
  createConversation,
  updateConversation,
  deleteConversation,
  sweepConversations,
  addParticipant,
  updateParticipant,
  removeParticipant,
  updateMembership,
  sendMessage,
  updateMessage,
  removeMessage,
  createUser,
  connectUser,
  updateUser,
  deleteUser,
  purgeIdempotency,
];

const byName = new Map(commands.map((command) => [command.name, command]));

export function commandNamed(name: string): AnyCommand | undefined {
  return byName.get(name);
}

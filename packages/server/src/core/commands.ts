/**
 * Every command, by name: what the writer can run. A new command is added here, or it does not exist.
 */

import { ensureAccount } from './accounts/actions.ts';
import { configureAccount } from './accounts/configure.ts';
import { sameKeys } from './accounts/same-keys.ts';

import {
  configureAddress,
  removeAddressConfiguration,
  updateAddressConfiguration,
} from './address-configurations/actions.ts';
import { createWithParticipants } from './combined/create.ts';
import { abandonConversation, initializeConversation } from './combined/initialize.ts';
import type { AnyCommand } from './command.ts';
import { createTemplate, removeTemplate, requestApproval } from './content/actions.ts';
import { createConversation, deleteConversation, updateConversation } from './conversations/actions.ts';
import { expireConversation } from './conversations/expire.ts';
import { sweepConversations } from './conversations/sweep.ts';
import { keepAnswer, purgeIdempotency } from './idempotency.ts';
import { purgeInbound, receiveInbound } from './inbound/actions.ts';
import { noteConsent } from './inbound/correspondents.ts';
import { giveUpLateFile, queueLateFile } from './inbound/late-files.ts';
import { abandonUpload, beginUpload, expireMedia, finishUpload, noteSwept, postponeSweep } from './media/actions.ts';
import { removeMessage, sendMessage, updateMessage } from './messages/actions.ts';
import { beatNode, buryNode, enterNode } from './nodes.ts';
import {
  abandonWork,
  buryWork,
  claimWork,
  endLeasesOfTheDead,
  finishWork,
  purgeOutbox,
  reapLeases,
  recoverLater,
  retryWork,
  unclaimWork,
} from './outbox/actions.ts';
import { addParticipant, removeParticipant, updateMembership, updateParticipant } from './participants/actions.ts';
import { probeStorage } from './probe.ts';
import { deleteBinding, registerDevice, unregisterDevice } from './push/bindings.ts';
import { createCredential, deleteCredential, updateCredential } from './push/credentials.ts';
import { configureNotifications } from './push/settings.ts';
import { pushAgain, settlePush } from './push/settle.ts';
import { acceptDelivery, doubtDelivery, failDelivery, postponeDelivery } from './receipts/actions.ts';
import { sendAgain } from './receipts/send-again.ts';
import { recordStatus } from './receipts/statuses.ts';
import { createRole, deleteRole, updateRole } from './roles/actions.ts';
import { addFault, arriveAtPhone, clearFaults, noteReported, readOnPhone, writeOnPhone } from './sandbox/actions.ts';
import {
  createSender,
  deleteSender,
  hastenDeliveries,
  moveSender,
  noteForSender,
  updateSender,
} from './senders/actions.ts';
import { createService, updateServiceConfiguration } from './services/actions.ts';
import { removeServicePiece } from './services/remove.ts';
import { connectUser, createUser, updateUser } from './users/actions.ts';
import { clearDead, notePresence, resetPresences } from './users/reachability.ts';
import { deleteUser, deleteUserPiece, resumeUserRemovals } from './users/remove.ts';
import { configureAccountWebhook, configureServiceWebhook } from './webhooks/configure.ts';
import { purgeDeliveries, sendDeliveryAgain } from './webhooks/log.ts';
import { replayPiece } from './webhooks/replay.ts';
import { addConversationWebhook, removeConversationWebhook, updateConversationWebhook } from './webhooks/scoped.ts';
import { settleDelivery } from './webhooks/settle.ts';

const commands: readonly AnyCommand[] = [
  ensureAccount,
  sameKeys,
  configureAccount,
  probeStorage,
  createService,
  updateServiceConfiguration,
  removeServicePiece,
  createRole,
  updateRole,
  deleteRole,
  createConversation,
  updateConversation,
  deleteConversation,
  createWithParticipants,
  initializeConversation,
  abandonConversation,
  expireConversation,
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
  deleteUserPiece,
  resumeUserRemovals,
  notePresence,
  resetPresences,
  clearDead,
  enterNode,
  beatNode,
  buryNode,
  createTemplate,
  removeTemplate,
  requestApproval,
  keepAnswer,
  purgeIdempotency,
  claimWork,
  abandonWork,
  reapLeases,
  endLeasesOfTheDead,
  finishWork,
  retryWork,
  unclaimWork,
  buryWork,
  purgeOutbox,
  recoverLater,
  acceptDelivery,
  failDelivery,
  doubtDelivery,
  postponeDelivery,
  recordStatus,
  sendAgain,
  configureAccountWebhook,
  configureServiceWebhook,
  addConversationWebhook,
  updateConversationWebhook,
  removeConversationWebhook,
  settleDelivery,
  replayPiece,
  sendDeliveryAgain,
  purgeDeliveries,
  configureAddress,
  updateAddressConfiguration,
  removeAddressConfiguration,
  createCredential,
  updateCredential,
  deleteCredential,
  registerDevice,
  unregisterDevice,
  deleteBinding,
  configureNotifications,
  settlePush,
  pushAgain,
  receiveInbound,
  purgeInbound,
  noteConsent,
  createSender,
  updateSender,
  moveSender,
  deleteSender,
  noteForSender,
  hastenDeliveries,
  queueLateFile,
  giveUpLateFile,
  arriveAtPhone,
  writeOnPhone,
  noteReported,
  readOnPhone,
  addFault,
  clearFaults,
  beginUpload,
  finishUpload,
  abandonUpload,
  expireMedia,
  noteSwept,
  postponeSweep,
];

const byName = new Map(commands.map((command) => [command.name, command]));

export function commandNamed(name: string): AnyCommand | undefined {
  return byName.get(name);
}

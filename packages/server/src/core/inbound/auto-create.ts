import type { Limits } from '@colloquy/protocol';
import type { AddressConfigurationsTable } from '../../storage/schema/addresses.ts';
import type { ConversationsTable, ParticipantsTable, ServicesTable } from '../../storage/schema.ts';
import { serviceBySid } from '../access/store.ts';
import { loadAccount } from '../accounts/actions.ts';
import type { Actor } from '../actor.ts';
import { holdByAddress } from '../address-configurations/store.ts';
import { addressTypeOf, shownAddress } from '../addresses.ts';
import { createConversation } from '../conversations/actions.ts';
import { moveState } from '../conversations/state.ts';
import { reloadConversation } from '../conversations/store.ts';
import { admitAll } from '../participants/add-all.ts';
import { blankShape, type ParticipantShape } from '../participants/shape.ts';
import type { Transaction } from '../transaction.ts';
import { attachWebhook } from '../webhooks/scoped.ts';
import type { Parties } from './destination.ts';

/** All that it takes to make the conversation. */
export interface AutoCreationPlan {
  configuration: AddressConfigurationsTable;
  service: ServicesTable;
  /** The first is the one who wrote. */
  shapes: readonly ParticipantShape[];
  group: boolean;
  /** The conversation's own, bare. */
  emailAddress?: string | undefined;
}

/** @returns the reason, for people, when no conversation can be made */
export async function planAutoCreation(
  tx: Transaction,
  account: string,
  configuration: AddressConfigurationsTable,
  parties: Parties,
): Promise<AutoCreationPlan | { reason: string }> {
  const sid = configuration.auto_service_sid ?? (await loadAccount(tx, account)).default_chat_service_sid;
  const service = await tx.first(serviceBySid, { account, service: sid });
  if (!service) return { reason: `The service ${sid}, where ${configuration.address} makes conversations, is gone.` };
  const { sender, recipient, others } = parties;
  const type = addressTypeOf(sender);
  if (!type) return { reason: `No conversation is made with ${sender}.` };
  const group = others.length > 0;
  const numbers = group ? [...new Set([sender, recipient, ...others])] : [sender];
  const reason = beyondLimits(tx.limits, configuration, numbers.length, group);
  if (reason) return { reason };
  if (!group) {
    const shapes =
      type === 'email'
        ? [{ ...blankShape, type, address: sender, level: 'to' }]
        : [{ ...blankShape, type, address: sender, proxyAddress: recipient }];
    // What goes to people by e-mail comes from the address that they wrote to.
    const emailAddress = type === 'email' ? shownAddress(recipient) : undefined;
    return { configuration, service, shapes, group, emailAddress };
  }
  if (numbers.some((number) => addressTypeOf(number) !== 'sms'))
    return { reason: 'A group text among others than phones.' };
  const shapes: ParticipantShape[] = [];
  for (const number of numbers) {
    // Of the numbers that somebody wrote to, those that are configured are own ones.
    const own = number !== sender && (await holdByAddress(tx, account, number)) !== undefined;
    shapes.push({ ...blankShape, type: 'sms', ...(own ? { projectedAddress: number } : { address: number }) });
  }
  return { configuration, service, shapes, group };
}

/** What would be refused on the way: a channel that is refused brings the message again, and again. */
function beyondLimits(
  limits: Limits,
  { auto_type, address }: AddressConfigurationsTable,
  members: number,
  group: boolean,
): string | undefined {
  const { groupParticipants, participantsPerConversation, nonChatParticipantsPerConversation } = limits;
  if (group && members > groupParticipants) return `A group text among more than ${groupParticipants} numbers.`;
  const room = Math.min(participantsPerConversation, nonChatParticipantsPerConversation);
  if (members > room) return `A conversation may have ${room} participants outside chat, and this has ${members}.`;
  const attaches = auto_type !== 'default';
  if (attaches && limits.webhooksPerConversation === 0) return `No webhook may be attached, as ${address} does.`;
  return undefined;
}

/**
 * Makes the conversation for a first message, up to the message itself: with the webhook that the configuration
 * attaches, and with whoever the message went between. A group is initializing until all of them are in it.
 */
export async function autoCreate(
  tx: Transaction,
  actor: Actor,
  { configuration, service, shapes, group, emailAddress }: AutoCreationPlan,
  friendlyName: string | undefined,
): Promise<{ conversation: ConversationsTable; author: ParticipantsTable }> {
  const input = { service: service.sid, friendlyName, initializing: group, emailAddress };
  const { sid } = await createConversation.run(tx, actor, input);
  await attach(tx, await reloadConversation(tx, sid), configuration);
  const newcomers = shapes.map((shape) => ({ shape, input: {} }));
  const { conversation, participants } = await admitAll(tx, actor, service, sid, newcomers);
  const [author] = participants;
  if (!author) throw new Error('A conversation without the one who wrote.');
  return { conversation: group ? await moveState(tx, conversation, 'active', 'EVENT') : conversation, author };
}

async function attach(
  tx: Transaction,
  conversation: ConversationsTable,
  configuration: AddressConfigurationsTable,
): Promise<void> {
  switch (configuration.auto_type) {
    case 'webhook':
      await attachWebhook(tx, conversation, {
        target: 'webhook',
        url: configuration.webhook_url ?? undefined,
        method: configuration.webhook_method,
        filters: JSON.parse(configuration.webhook_filters) as string[],
      });
      break;
    case 'studio':
      await attachWebhook(tx, conversation, { target: 'studio', flowSid: configuration.studio_flow_sid ?? undefined });
      break;
  }
}

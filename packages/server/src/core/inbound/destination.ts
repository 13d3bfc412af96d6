import type { Db } from '../../storage/db.ts';
import type { AddressConfigurationsTable } from '../../storage/schema/addresses.ts';
import type { ConversationsTable } from '../../storage/schema.ts';
import { holdByAddress } from '../address-configurations/store.ts';
import { addressTypeOf, shownAddress, variantsOf } from '../addresses.ts';
import { conversationBySid } from '../conversations/store.ts';
import { findMailMember, findMailPair } from '../participants/by-mail.ts';
import { findGroup } from '../participants/group.ts';
import { participantByAddress } from '../participants/store.ts';
import type { Transaction } from '../transaction.ts';
import { findMessage, findSentMessage } from './attributes.ts';
import { findBinding } from './store.ts';

/** Between whom a message from outside went. */
export interface Parties {
  /** The person who wrote, and the own address that was written to; canonical. */
  sender: string;
  /** What the network calls the same person besides. */
  aliases?: readonly string[] | undefined;
  recipient: string;
  /** Of a group text: everybody else it went to. */
  others: readonly string[];
  /** The channel, for the two below. */
  channel?: string;
  /** The conversation that it names itself. */
  conversation?: string | undefined;
  /** Whoever is not in that conversation, nor in another one through these addresses, joins it. */
  joins?: boolean | undefined;
  /** What the provider calls messages of the same thread, the nearest first. */
  thread?: readonly string[] | undefined;
  /** Nothing proves who sent it: see `InboundMessage.unproven`. */
  unproven?: boolean | undefined;
}

/** Where a message from outside goes; or what makes a conversation for it; or why it goes nowhere, for people. */
export type Destination =
  | { conversation: ConversationsTable; participant: string | null; author: string }
  | { configuration: AddressConfigurationsTable }
  | { reason: string };

/**
 * Contract: "Inbound Message Handling and Autocreation". An open conversation with that pair of addresses captures a
 * message; a group text goes to the group of exactly those numbers. Otherwise it is for the configuration of the
 * address that was written to.
 */
export async function findDestination(tx: Transaction, account: string, parties: Parties): Promise<Destination> {
  const found = await findCapturing(tx, account, parties);
  if (found) {
    const conversation = await tx.first(conversationBySid, { sid: found.conversation });
    if (!conversation || (conversation.state !== 'active' && conversation.state !== 'inactive')) {
      return { reason: `The conversation ${found.conversation} does not take messages.` };
    }
    return { ...found, conversation };
  }
  const configuration = await holdByAddress(tx, account, parties.recipient);
  if (configuration?.auto_enabled) return { configuration };
  const who =
    parties.others.length > 0
      ? 'is a group of exactly these numbers'
      : 'has a participant with this address and proxy address';
  return { reason: `No open conversation ${who}, and ${parties.recipient} makes none.` };
}

interface Captured {
  conversation: string;
  /** Null: it is for this conversation, and he who wrote is not in it. */
  participant: string | null;
  author: string;
}

async function conversationOfThread(
  db: Db,
  { channel = '', thread = [], unproven }: Parties,
): Promise<string | undefined> {
  for (const id of thread) {
    // What we sent has an id that only those know who got it.
    const found = await (unproven ? findSentMessage(db, channel, id) : findMessage(db, channel, id));
    if (found) return found.conversation;
  }
  return undefined;
}

/** Undefined: that conversation takes no messages any more. */
async function findIn(
  db: Db,
  account: string,
  conversation: string,
  spellings: readonly string[],
): Promise<Captured | undefined> {
  const row = await db.first(conversationBySid, { sid: conversation });
  if (row?.account_sid !== account || (row.state !== 'active' && row.state !== 'inactive')) return undefined;
  for (const address of spellings) {
    const member = await db.first(participantByAddress, { conversation, address });
    if (member) return { conversation, participant: member.sid, author: shownAddress(address) };
  }
  const [address = ''] = spellings;
  const member = addressTypeOf(address) === 'email' ? await findMailMember(db, conversation, address) : undefined;
  return { conversation, participant: member?.sid ?? null, author: shownAddress(member?.address ?? address) };
}

/** The conversation that it is for, and as whom the sender is in it. */
export async function findCapturing(db: Db, account: string, parties: Parties): Promise<Captured | undefined> {
  const { sender, aliases = [], recipient, others } = parties;
  const spellings = [sender, ...aliases].flatMap((address) => [address, ...variantsOf(address)]);
  const named = parties.conversation ?? (await conversationOfThread(db, parties));
  const there = named === undefined ? undefined : await findIn(db, account, named, spellings);
  if (there && (there.participant !== null || !parties.joins)) return there;
  if (addressTypeOf(sender) === 'email') {
    const pair = parties.unproven ? undefined : await findMailPair(db, account, parties);
    return pair ? { ...pair, author: shownAddress(sender) } : there;
  }
  if (others.length === 0) {
    const binding = await findBinding(db, account, recipient, spellings);
    if (binding) {
      const { conversation_sid: conversation, participant_sid: participant, address: author } = binding;
      return { conversation, participant, author };
    }
  }
  for (const address of spellings) {
    const conversation = await findGroup(db, account, [address, recipient, ...others]);
    const member = conversation && (await db.first(participantByAddress, { conversation, address }));
    if (member) return { conversation, participant: member.sid, author: address };
  }
  return there;
}

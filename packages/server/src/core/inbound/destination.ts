import type { Db } from '../../storage/db.ts';
import type { AddressConfigurationsTable } from '../../storage/schema/addresses.ts';
import type { ConversationsTable } from '../../storage/schema.ts';
import { selectByAddress } from '../address-configurations/store.ts';
import { variantsOf } from '../addresses.ts';
import { conversationBySid } from '../conversations/store.ts';
import { findGroup } from '../participants/group.ts';
import { participantByAddress } from '../participants/store.ts';
import type { Transaction } from '../transaction.ts';
import { findBinding } from './store.ts';

/** Between whom a message from outside went. */
export interface Parties {
  /** The person who wrote, and the own address that was written to; canonical. */
  sender: string;
  recipient: string;
  /** Of a group text: everybody else it went to. */
  others: readonly string[];
}

/** Where a message from outside goes; or what makes a conversation for it; or why it goes nowhere, for people. */
export type Destination =
  | { conversation: ConversationsTable; participant: string; author: string }
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
  const configuration = await selectByAddress(tx, account, parties.recipient);
  if (configuration?.auto_enabled) return { configuration };
  const who =
    parties.others.length > 0
      ? 'is a group of exactly these numbers'
      : 'has a participant with this address and proxy address';
  return { reason: `No open conversation ${who}, and ${parties.recipient} makes none.` };
}

/** The conversation that has the sender in it, and as whom. */
export async function findCapturing(
  db: Db,
  account: string,
  { sender, recipient, others }: Parties,
): Promise<{ conversation: string; participant: string; author: string } | undefined> {
  const spellings = [sender, ...variantsOf(sender)];
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
  return undefined;
}

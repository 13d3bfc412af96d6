import type { Sid } from '@colloquy/protocol';
import type { SystemActor } from '../../core/actor.ts';
import { shownAddress } from '../../core/addresses.ts';
import { createConversation, findConversation, updateConversation } from '../../core/conversations/actions.ts';
import type { Core } from '../../core/core.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import { Refusal } from '../../core/refusal.ts';
import type { ConversationsTable } from '../../storage/schema.ts';
import { makeToken, type TokenKeys } from '../tokens.ts';

const identities = ['Ann', 'Ben'] as const;

/** Both in canonical form; the proxy address is the one that the phone writes to. */
export interface PlaygroundPhone {
  address: string;
  proxyAddress: string;
}

/** Numbers that are set aside for fiction, so no real phone is ever meant. */
export const virtualPhone: PlaygroundPhone = { address: '+12025550123', proxyAddress: '+12025550100' };

export interface PlaygroundSession {
  conversationSid: string;
  users: { identity: string; token: string }[];
  phone: PlaygroundPhone;
  /** Opens the sandbox's routes, for as long as this process runs. */
  sandboxToken: string;
}

/** The thread of the playground with this phone, made on first use; called again, the same one with new tokens. */
export async function openPlayground(
  core: Core,
  keys: TokenKeys,
  service: string,
  sandboxToken: string,
  { fresh, phone }: { fresh: boolean; phone: PlaygroundPhone },
): Promise<PlaygroundSession> {
  const actor: SystemActor = { kind: 'system', account: keys.accountSid as Sid<'AC'> };
  const conversation = await openConversation(core, actor, service, phone, fresh);
  for (const identity of identities) await addOnce(core, actor, { service, conversation: conversation.sid, identity });
  const { address, proxyAddress } = phone;
  const binding = isMail(phone) ? { address } : { address, proxyAddress };
  await addOnce(core, actor, { service, conversation: conversation.sid, ...binding });
  const users = [];
  for (const identity of identities) {
    users.push({ identity, token: await makeToken(keys, { identity, service }, core.clock.now()) });
  }
  return { conversationSid: conversation.sid, users, phone, sandboxToken };
}

/** A fresh one takes the name and the phone over: the old one is closed and keeps its messages. */
async function openConversation(
  core: Core,
  actor: SystemActor,
  service: string,
  phone: PlaygroundPhone,
  fresh: boolean,
): Promise<ConversationsTable> {
  // One that was closed by hand keeps its name for good, so the next name is tried.
  const name = nameFor(phone);
  const mail = isMail(phone) ? { emailAddress: shownAddress(phone.proxyAddress) } : {};
  for (let n = 1; ; n += 1) {
    const uniqueName = n === 1 ? name : `${name}-${n}`;
    const known = await findConversation(core.db, service, uniqueName);
    if (known?.state === 'closed') continue;
    if (known && !fresh) return known;
    if (known) {
      const close = { service, conversation: known.sid, uniqueName: null, state: 'closed' };
      await core.run(updateConversation, actor, close);
    }
    try {
      return await core.run(createConversation, actor, { service, uniqueName, friendlyName: 'Playground', ...mail });
    } catch (error) {
      // Another page was quicker: what it made is found in the next round.
      if (!(error instanceof Refusal && error.code === 50353)) throw error;
      n -= 1;
    }
  }
}

/** Then the own address is the conversation's, and nobody has one of his own. */
function isMail({ proxyAddress }: PlaygroundPhone): boolean {
  return proxyAddress.startsWith('mailto:');
}

/** A phone has its own thread for each address that it writes to. */
function nameFor({ proxyAddress }: PlaygroundPhone): string {
  return proxyAddress === virtualPhone.proxyAddress ? 'playground' : `playground of ${proxyAddress}`;
}

async function addOnce(
  core: Core,
  actor: SystemActor,
  input: Parameters<(typeof addParticipant)['orderKey']>[0],
): Promise<void> {
  try {
    await core.run(addParticipant, actor, input);
  } catch (error) {
    // Already in it: as a user, or with its address.
    if (error instanceof Refusal && (error.code === 50433 || error.code === 50416)) return;
    throw error;
  }
}

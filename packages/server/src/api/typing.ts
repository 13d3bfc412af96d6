import type { Bus } from '../bus/bus.ts';
import type { UserActor } from '../core/actor.ts';
import { findConversation } from '../core/conversations/actions.ts';
import type { Core } from '../core/core.ts';
import { findParticipant } from '../core/participants/actions.ts';
import { refuse } from '../core/refusal.ts';

/**
 * Tells the others in a conversation that the user types.
 *
 * @param ref SID or unique name
 * @throws Refusal 50350 where he is not in it
 */
export async function signalTyping(core: Core, bus: Bus, actor: UserActor, ref: string): Promise<void> {
  const conversation = await findConversation(core.db, actor.service, ref);
  const own = conversation && (await findParticipant(core.db, conversation.sid, actor.identity));
  if (!own) throw refuse(50350);
  bus.signal({
    type: 'typing',
    conversation: own.conversation_sid,
    participant: own.sid,
    user: actor.user,
    identity: actor.identity,
  });
}

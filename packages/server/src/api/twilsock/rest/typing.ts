import { findConversation } from '../../../core/conversations/actions.ts';
import { findParticipant } from '../../../core/participants/actions.ts';
import { refuse } from '../../../core/refusal.ts';
import { answer, type Handle } from '../call.ts';

/** For so long the client says no more that its user types; seconds. */
export const typingRepeat = 5;

/** `POST {typing}`, a form: tells the others in a conversation that the user types. */
export const tellTyping: Handle = async ({ core, actor, bus, body }) => {
  const ref = new URLSearchParams(body.toString()).get('ChannelSid') ?? '';
  const conversation = ref.includes('\0') ? undefined : await findConversation(core.db, actor.service, ref);
  const own = conversation && (await findParticipant(core.db, conversation.sid, actor.identity));
  if (!own) throw refuse(50350);
  bus.signal({
    type: 'typing',
    conversation: own.conversation_sid,
    participant: own.sid,
    user: actor.user,
    identity: actor.identity,
  });
  return answer({ typing_timeout: typingRepeat });
};

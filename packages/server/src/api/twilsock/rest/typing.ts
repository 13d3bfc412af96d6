import { refuse } from '../../../core/refusal.ts';
import { signalTyping } from '../../typing.ts';
import { answer, type Handle } from '../call.ts';

/** For so long the client says no more that its user types; seconds. */
export const typingRepeat = 5;

/** `POST {typing}`, a form: tells the others in a conversation that the user types. */
export const tellTyping: Handle = async ({ core, actor, bus, body }) => {
  const ref = new URLSearchParams(body.toString()).get('ChannelSid') ?? '';
  if (ref.includes('\0')) throw refuse(50350);
  await signalTyping(core, bus, actor, ref);
  return answer({ typing_timeout: typingRepeat });
};

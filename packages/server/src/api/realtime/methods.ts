import type { RealtimeMethod } from '@colloquy/protocol';
import { connectMethods } from './connect-methods.ts';
import { contentMethods } from './content-methods.ts';
import { conversationMethods } from './conversation-methods.ts';
import { mediaMethods } from './media-methods.ts';
import { messageMethods } from './message-methods.ts';
import type { Method } from './method.ts';
import { participantMethods } from './participant-methods.ts';
import { pushMethods } from './push-methods.ts';
import { userMethods } from './user-methods.ts';

/** Every method of the protocol, by name. */
export const methods: Record<RealtimeMethod, Method> = {
  ...connectMethods,
  ...conversationMethods,
  ...participantMethods,
  ...messageMethods,
  ...mediaMethods,
  ...contentMethods,
  ...userMethods,
  ...pushMethods,
};

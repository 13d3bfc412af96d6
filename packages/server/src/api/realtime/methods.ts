import type { RealtimeMethod } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Bus } from '../../bus/bus.ts';
import type { Core } from '../../core/core.ts';
import type { Hub } from '../../delivery/realtime/hub.ts';
import type { TokenKeys } from '../tokens.ts';
import { connectMethods } from './connect-methods.ts';
import { conversationMethods } from './conversation-methods.ts';
import { messageMethods } from './message-methods.ts';
import { participantMethods } from './participant-methods.ts';
import type { Session } from './session.ts';
import { userMethods } from './user-methods.ts';

export interface RealtimeDependencies {
  core: Core;
  hub: Hub;
  bus: Bus;
  keys: TokenKeys;
  logger: Logger;
  /** Does a channel of this server own that address? */
  ownsAddress: (proxyAddress: string) => boolean;
}

/** A method: what its parameters must be, and what it does. */
export interface Method {
  params: z.ZodType;
  // biome-ignore lint/suspicious/noExplicitAny: what the schema let pass; `define` and the schema agree on it
  answer(session: Session, id: number | string, params: any, dependencies: RealtimeDependencies): Promise<void>;
}

/** Every method of the protocol, by name. */
export const methods: Record<RealtimeMethod, Method> = {
  ...connectMethods,
  ...conversationMethods,
  ...participantMethods,
  ...messageMethods,
  ...userMethods,
};

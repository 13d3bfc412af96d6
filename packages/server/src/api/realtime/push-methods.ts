import { pushMessageTypes, pushTypes } from '@colloquy/protocol';
import { z } from 'zod';
import { registerDevice, unregisterDevice } from '../../core/push/bindings.ts';
import { define, text } from './define.ts';
import type { Method } from './method.ts';

const device = { type: z.enum(pushTypes), token: text.min(1).max(4096) };

export const pushMethods = {
  'push.register': define(
    'push.register',
    z.object({ ...device, messageTypes: z.array(z.enum(pushMessageTypes)).min(1).max(10).optional() }),
    async ({ core, actor, caller }, { type, token, messageTypes }) => {
      const credential = caller.token?.pushCredential;
      const row = await core.run(registerDevice, actor, { type, token, messageTypes, credential });
      return { sid: row.sid as `BS${string}` };
    },
  ),

  'push.unregister': define('push.unregister', z.object(device), ({ core, actor }, { type, token }) =>
    core.run(unregisterDevice, actor, { type, token }),
  ),
} satisfies Partial<Record<string, Method>>;

import { isSid } from '@colloquy/protocol';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import type { AccountActor } from '../../../core/actor.ts';
import { conversationBySid } from '../../../core/conversations/store.ts';
import type { Core } from '../../../core/core.ts';
import { barrierTo, windowEnd } from '../../../core/receipts/barriers.ts';
import { bindingsOf } from '../../../core/receipts/store.ts';
import { notFound } from '../../http/errors.ts';

export interface WindowRoutes {
  core: Core;
  actor: AccountActor;
  /** Lets a request pass or throws. */
  authenticate: onRequestHookHandler;
}

/** Who of the people outside chat can be written to now, before anything is sent. */
export function registerWindows(app: FastifyInstance, { core, actor, authenticate }: WindowRoutes): void {
  app.get('/v1/x/conversations/:conversation/windows', { onRequest: authenticate }, async (request) => {
    const { conversation: sid } = request.params as { conversation: string };
    const conversation = isSid(sid, 'CH') ? await core.db.first(conversationBySid, { sid }) : undefined;
    if (conversation?.account_sid !== actor.account) throw notFound(request);
    const bound = await core.db.all(bindingsOf, { conversation: sid });
    return {
      windows: bound.map((one) => ({
        participantSid: one.participant_sid,
        address: one.address,
        proxyAddress: one.proxy_address,
        lastReceived: isoOrNull(one.last_inbound),
        // Null for channels that have no window, and for people who have never written.
        closes: one.window_hours && one.last_inbound ? isoOrNull(windowEnd(one.window_hours, one.last_inbound)) : null,
        refusal: barrierTo(one, false, core.clock.now())?.receiptCode ?? null,
      })),
    };
  });
}

function isoOrNull(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

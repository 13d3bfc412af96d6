import { isSid } from '@colloquy/protocol';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import type { AccountActor } from '../../../core/actor.ts';
import { conversationBySid } from '../../../core/conversations/store.ts';
import type { Core } from '../../../core/core.ts';
import { findMessage } from '../../../core/messages/actions.ts';
import { richContentOf } from '../../../core/messages/rich-column.ts';
import { notFound } from '../../http/errors.ts';

export interface MessageContentRoutes {
  core: Core;
  actor: AccountActor;
  /** Lets a request pass or throws. */
  authenticate: onRequestHookHandler;
}

/** What a message that was made from a content template shows beyond its text. Not found for other messages. */
export function registerMessageContent(
  app: FastifyInstance,
  { core, actor, authenticate }: MessageContentRoutes,
): void {
  const path = '/v1/x/conversations/:conversation/messages/:message/content';
  app.get(path, { onRequest: authenticate }, async (request) => {
    const { conversation: sid, message: ref } = request.params as { conversation: string; message: string };
    if (!isSid(sid, 'CH') || !isSid(ref, 'IM')) throw notFound(request);
    const conversation = await core.db.first(conversationBySid, { sid });
    const message = await findMessage(core.db, sid, ref);
    const content = message && richContentOf(message);
    if (conversation?.account_sid !== actor.account || !message || !content) throw notFound(request);
    return { contentSid: message.content_sid, ...content };
  });
}

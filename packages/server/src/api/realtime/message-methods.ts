import { limits } from '@colloquy/protocol';
import { z } from 'zod';
import { shownContent } from '../../core/content/shown.ts';
import { loadConversation } from '../../core/conversations/actions.ts';
import { findMessage, removeMessage, sendMessage, updateMessage } from '../../core/messages/actions.ts';
import { messageResource } from '../../core/messages/resource.ts';
import { richContentOf } from '../../core/messages/rich-column.ts';
import { listMessagesAround } from '../../core/messages/window.ts';
import { listReceipts } from '../../core/receipts/list.ts';
import { recipientsOf } from '../../core/receipts/recipients.ts';
import { shownReceipt } from '../../core/receipts/resource.ts';
import { refuse } from '../../core/refusal.ts';
import { conversation, define, index, key, pageLimit, text } from './define.ts';
import type { Method } from './method.ts';

export const messageMethods = {
  'messages.send': define(
    'messages.send',
    z
      .object({
        conversation,
        key,
        body: text.optional(),
        attributes: text.optional(),
        subject: text.optional(),
        media: z.array(text).max(100).optional(),
        contentSid: text.optional(),
        contentVariables: text.optional(),
        after: key,
      })
      .refine(({ after, key }) => after === undefined || key !== undefined, {
        path: ['after'],
        error: 'without a key',
      }),
    async ({ core, actor, idempotency }, { conversation, key: _key, after, ...message }) => {
      const input = { service: actor.service, conversation, ...message };
      return messageResource(await core.run(sendMessage, actor, input, idempotency && { ...idempotency, after }));
    },
  ),

  'messages.list': define(
    'messages.list',
    z.object({
      conversation,
      limit: pageLimit,
      anchor: index.optional(),
      direction: z.enum(['backwards', 'forward']).optional(),
    }),
    async ({ core, actor }, params) => {
      const { row } = await loadConversation(core.db, actor, actor.service, params.conversation);
      const window = await listMessagesAround(core.db, row, {
        limit: params.limit ?? limits.defaultPageSize,
        anchor: params.anchor,
        direction: params.direction ?? 'backwards',
      });
      return { ...window, items: window.items.map(messageResource) };
    },
  ),

  'messages.get': define('messages.get', z.object({ conversation, index }), async ({ core, actor }, params) => {
    const { row } = await loadConversation(core.db, actor, actor.service, params.conversation);
    const message = await findMessage(core.db, row.sid, params.index);
    if (!message) throw refuse(50500);
    return messageResource(message);
  }),

  'messages.update': define(
    'messages.update',
    z.object({ conversation, key, index, body: text.optional(), attributes: text.optional() }),
    async ({ core, actor, idempotency }, { conversation, index, body, attributes }) => {
      const input = { service: actor.service, conversation, message: index, body, attributes };
      return messageResource(await core.run(updateMessage, actor, input, idempotency));
    },
  ),

  'messages.remove': define(
    'messages.remove',
    z.object({ conversation, key, index }),
    ({ core, actor, idempotency }, { conversation, index }) =>
      core.run(removeMessage, actor, { service: actor.service, conversation, message: index }, idempotency),
  ),

  'messages.content': define('messages.content', z.object({ conversation, index }), async ({ core, actor }, params) => {
    const { row } = await loadConversation(core.db, actor, actor.service, params.conversation);
    const message = await findMessage(core.db, row.sid, params.index);
    if (!message) throw refuse(50500);
    const rich = richContentOf(message);
    return { content: rich && shownContent(rich.type, rich.content) };
  }),

  'messages.receipts': define(
    'messages.receipts',
    z.object({ conversation, index }),
    async ({ core, actor }, params) => {
      const { row } = await loadConversation(core.db, actor, actor.service, params.conversation);
      const message = await findMessage(core.db, row.sid, params.index);
      if (!message) throw refuse(50500);
      // A message has at most as many receipts as a conversation has participants outside chat.
      const page = await listReceipts(core.db, message.sid, { limit: core.limits.nonChatParticipantsPerConversation });
      return { items: page.items.map(shownReceipt) };
    },
  ),

  'messages.recipients': define(
    'messages.recipients',
    z.object({ conversation, index }),
    async ({ core, actor }, params) => {
      const { row } = await loadConversation(core.db, actor, actor.service, params.conversation);
      const message = await findMessage(core.db, row.sid, params.index);
      if (!message) throw refuse(50500);
      return { items: await recipientsOf(core.db, row.sid, [message]) };
    },
  ),
} satisfies Partial<Record<string, Method>>;

import { z } from 'zod';
import { removeMessage, sendMessage, updateMessage } from '../../../core/messages/actions.ts';
import { mediaOf } from '../../../core/messages/media.ts';
import type { MessagesTable } from '../../../storage/schema.ts';
import { answer, type Call, done, type Handle, nameIn, readBody } from '../call.ts';
import { iso } from '../sync/data.ts';
import { links } from './links.ts';

const addition = z.object({
  body: z.string().nullish(),
  subject: z.string().nullish(),
  attributes: z.string().nullish(),
  media_sids: z.array(z.string()).max(100).nullish(),
  content_sid: z.string().nullish(),
  content_variables: z.string().nullish(),
});

/** `POST {messages}`. Files were uploaded before. */
export const addMessage: Handle = async (call) => {
  const { core, actor, idempotency } = call;
  const given = readBody(call, addition);
  const input = {
    service: actor.service,
    conversation: nameIn(call, 'conversation'),
    body: given.body ?? undefined,
    subject: given.subject ?? undefined,
    attributes: given.attributes ?? undefined,
    media: given.media_sids && given.media_sids.length > 0 ? given.media_sids : undefined,
    contentSid: given.content_sid ?? undefined,
    contentVariables: given.content_variables ?? undefined,
  };
  return answer(present(call, await core.run(sendMessage, actor, input, idempotency)), 201);
};

const change = z.object({ body: z.string().optional(), attributes: z.string().optional() });

/** `POST {messages}/{SID}`. */
export const changeMessage: Handle = async (call) => {
  const { core, actor, idempotency } = call;
  const { body, attributes } = readBody(call, change);
  const input = { ...named(call), body, attributes };
  return answer(present(call, await core.run(updateMessage, actor, input, idempotency)));
};

/** `DELETE {messages}/{SID}`. */
export const deleteMessage: Handle = async (call) => {
  const { core, actor, idempotency } = call;
  await core.run(removeMessage, actor, named(call), idempotency);
  return done;
};

function named(call: Call) {
  return {
    service: call.actor.service,
    conversation: nameIn(call, 'conversation'),
    message: nameIn(call, 'message'),
  };
}

function present({ actor }: Call, row: MessagesTable) {
  return {
    sid: row.sid,
    index: row.idx,
    account_sid: actor.account,
    chat_service_sid: actor.service,
    conversation_sid: row.conversation_sid,
    participant_sid: row.participant_sid,
    author: row.author,
    body: row.body,
    subject: row.subject,
    attributes: row.attributes,
    content_sid: row.content_sid,
    media: row.media === null ? null : mediaOf(row),
    date_created: iso(row.date_created),
    date_updated: iso(row.date_updated),
    url: `${links.messages(row.conversation_sid)}/${row.sid}`,
    links: { conversation: links.conversation(row.conversation_sid) },
  };
}

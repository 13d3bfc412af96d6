import { isSid } from '@colloquy/protocol';
import {
  findMessage,
  listMessages,
  removeMessage,
  type SendMessage,
  sendMessage,
  updateMessage,
} from '../../../core/messages/actions.ts';
import { refuse } from '../../../core/refusal.ts';
import type { MessagesTable } from '../../../storage/schema.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { ServiceCall } from '../call.ts';
import { requireConversation } from '../conversations/conversations.ts';
import { creates, type Endpoint, reads, removes, tellsWebhooks, updates } from '../endpoints.ts';
import { presentList } from '../pagination.ts';
import { presentMessage } from './message-presenter.ts';

export const messageEndpoints: Endpoint<ServiceCall>[] = [
  {
    path: '/Conversations/:conversation/Messages',
    operations: { GET: reads(list), POST: tellsWebhooks(creates(create)) },
  },
  {
    path: '/Conversations/:conversation/Messages/:message',
    operations: { GET: reads(fetch), POST: tellsWebhooks(updates(update)), DELETE: tellsWebhooks(removes(remove)) },
  },
  {
    path: '/Conversations/:conversation/Messages/:message/ChannelMetadata',
    operations: { GET: reads(fetchChannelMetadata) },
  },
];

async function create(call: ServiceCall) {
  let input: SendMessage;
  try {
    input = {
      service: call.scope.service,
      conversation: call.segment('conversation'),
      ...readMessage(call.form),
      ...readContent(call.form),
    };
  } catch (error) {
    // The path comes first in what is wrong. Asked only here: the command finds out by itself, at no cost of a read.
    await requireConversation(call);
    throw error;
  }
  return presentMessage(await call.run(sendMessage, input), call);
}

function readMessage(form: Parameters) {
  return {
    author: form.text('Author'),
    body: form.text('Body'),
    attributes: form.text('Attributes'),
    subject: form.text('Subject'),
    dateCreated: form.date('DateCreated', 50308),
    dateUpdated: form.date('DateUpdated', 50309),
  };
}

function readContent(form: Parameters) {
  return {
    media: mediaIn(form),
    contentSid: form.text('ContentSid'),
    contentVariables: form.text('ContentVariables'),
  };
}

/** One at most: the contract has no list here. */
function mediaIn(form: Parameters): string[] | undefined {
  const sid = form.text('MediaSid');
  return sid === undefined ? undefined : [sid];
}

async function list(call: ServiceCall) {
  const { sid } = await requireConversation(call);
  const { query } = call;
  const order = query.choice('Order', ['asc', 'desc']);
  return presentList(call, query, {
    key: 'messages',
    maxPageSize: 100,
    url: `${call.scope.url}/Conversations/${sid}/Messages`,
    filters: [['Order', order]],
    fetch: (request) => listMessages(call.core.db, sid, order ?? 'asc', request),
    present: (row) => presentMessage(row, call),
  });
}

/** The message that the path names, of the conversation that it names. */
export async function requireMessage(call: ServiceCall): Promise<MessagesTable> {
  const { sid } = await requireConversation(call);
  const ref = call.segment('message');
  const row = isSid(ref, 'IM') ? await findMessage(call.core.db, sid, ref) : undefined;
  if (!row) throw call.notFound();
  return row;
}

async function fetch(call: ServiceCall) {
  return presentMessage(await requireMessage(call), call);
}

async function update(call: ServiceCall) {
  const row = await requireMessage(call);
  const input = {
    service: call.scope.service,
    conversation: row.conversation_sid,
    message: row.sid,
    ...readMessage(call.form),
  };
  return presentMessage(await call.run(updateMessage, input), call);
}

async function remove(call: ServiceCall) {
  const row = await requireMessage(call);
  const input = { service: call.scope.service, conversation: row.conversation_sid, message: row.sid };
  await call.run(removeMessage, input);
}

/** No channel keeps any yet. The official SDK understands this refusal, and would ask again after another. */
async function fetchChannelMetadata(call: ServiceCall): Promise<never> {
  await requireMessage(call);
  throw refuse(50530);
}

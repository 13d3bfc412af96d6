import { createWithParticipants } from '../../../core/combined/create.ts';
import { type ListedParticipant, parseListed } from '../../../core/combined/listed.ts';
import type { ConversationsTable } from '../../../storage/schema.ts';
import type { Scope, ServiceCall } from '../call.ts';
import { type Endpoint, tellsWebhooks } from '../endpoints.ts';
import { requireOwnAddresses } from '../participants/participants.ts';
import { presentConversation } from './conversation-presenter.ts';
import { readConversation } from './conversations.ts';

export const conversationWithParticipantsEndpoints: Endpoint<ServiceCall>[] = [
  {
    path: '/ConversationWithParticipants',
    operations: {
      POST: tellsWebhooks({
        status: 201,
        statusOf: ({ state }) => (state === 'initializing' ? 202 : 201),
        run: create,
      }),
    },
  },
];

async function create(call: ServiceCall) {
  const { form } = call;
  const conversation = readConversation(form);
  const participants: ListedParticipant[] = [];
  for (const listed of (form.list('Participant') ?? []).map(parseListed)) {
    await requireOwnAddresses(call, listed);
    participants.push({ ...listed, groupTexting: call.groupTexting });
  }
  const input = { ...conversation, service: call.scope.service, participants };
  return present(await call.run(createWithParticipants, input), call.scope);
}

/** As a conversation, but in another order and without a link to its export (REST reference, section 4.5). */
function present(row: ConversationsTable, scope: Scope) {
  const { url, links, bindings, ...rest } = presentConversation(row, scope);
  const { participants, messages, webhooks } = links;
  return { ...rest, links: { participants, messages, webhooks }, bindings, url };
}

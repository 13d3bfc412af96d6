import {
  createConversation,
  deleteConversation,
  findConversation,
  listConversations,
  updateConversation,
} from '../../../core/conversations/actions.ts';
import type { ConversationInput } from '../../../core/conversations/input.ts';
import { refuse } from '../../../core/refusal.ts';
import type { ConversationsTable } from '../../../storage/schema.ts';
import { parseDate } from '../../http/dates.ts';
import { invalid, type Parameters } from '../../http/parameters.ts';
import type { ServiceCall } from '../call.ts';
import { creates, type Endpoint, reads, removes, tellsWebhooks, updates } from '../endpoints.ts';
import { presentList } from '../pagination.ts';
import { presentConversation } from './conversation-presenter.ts';

export const conversationEndpoints: Endpoint<ServiceCall>[] = [
  { path: '/Conversations', operations: { GET: reads(list), POST: tellsWebhooks(creates(create)) } },
  {
    path: '/Conversations/:conversation',
    operations: { GET: reads(fetch), POST: tellsWebhooks(updates(update)), DELETE: tellsWebhooks(removes(remove)) },
  },
];

/** The conversation that the path names by SID or unique name. */
export async function requireConversation(call: ServiceCall): Promise<ConversationsTable> {
  const row = await findConversation(call.core.db, call.scope.service, call.segment('conversation'));
  if (!row) throw call.notFound();
  return row;
}

async function create(call: ServiceCall) {
  const input = { ...readConversation(call.form), service: call.scope.service };
  return presentConversation(await call.run(createConversation, input), call.scope);
}

const fields = [
  'FriendlyName',
  'UniqueName',
  'Attributes',
  'State',
  'MessagingServiceSid',
  'Timers.Inactive',
  'Timers.Closed',
  'Bindings.Email.Address',
  'Bindings.Email.Name',
  'DateCreated',
  'DateUpdated',
];

/** Contract: an empty friendly name leaves the old one, an empty unique name or timer takes it away. */
export function readConversation(form: Parameters): ConversationInput {
  return {
    friendlyName: form.text('FriendlyName') || undefined,
    uniqueName: form.text('UniqueName'),
    attributes: form.text('Attributes'),
    state: form.text('State')?.toLowerCase(),
    messagingServiceSid: form.sid('MessagingServiceSid', 'MG', 50341),
    inactiveTimer: form.text('Timers.Inactive'),
    closedTimer: form.text('Timers.Closed'),
    emailAddress: emailField(form, 'Bindings.Email.Address'),
    emailName: emailField(form, 'Bindings.Email.Name'),
    dateCreated: form.date('DateCreated', 50308),
    dateUpdated: form.date('DateUpdated', 50309),
  };
}

function emailField(form: Parameters, name: string): string | null | undefined {
  const text = form.text(name);
  if (text !== undefined && text.length > 256) throw invalid(name, 'longer than 256 characters');
  return text === '' ? null : text;
}

async function list(call: ServiceCall) {
  const { query } = call;
  const filter = { startDate: startDate(query), endDate: endDate(query), state: state(query) };
  return presentList(call, query, {
    key: 'conversations',
    maxPageSize: 100,
    url: `${call.scope.url}/Conversations`,
    filters: ['StartDate', 'EndDate', 'State'].map((name) => [name, query.text(name)] as const),
    fetch: (request) => listConversations(call.core.db, call.scope.service, filter, request),
    present: (row) => presentConversation(row, call.scope),
  });
}

function startDate(query: Parameters): number | undefined {
  return dateFilter(query, 'StartDate')?.time;
}

/** Up to the end of what was said: of the day, or of the second, which is as exactly as dates are shown. */
function endDate(query: Parameters): number | undefined {
  const date = dateFilter(query, 'EndDate');
  if (!date) return undefined;
  const end = { day: 24 * 60 * 60 * 1000 - 1, second: 999, fraction: 0 };
  return date.time + end[date.precision];
}

function dateFilter(query: Parameters, name: string) {
  const text = query.text(name);
  if (text === undefined) return undefined;
  const date = parseDate(text);
  if (!date) throw invalid(name, 'not an ISO 8601 date');
  return date;
}

function state(query: Parameters): string | undefined {
  const text = query.text('State')?.toLowerCase();
  if (text === undefined) return undefined;
  if (text === '') throw refuse(50374);
  if (!['initializing', 'active', 'inactive', 'closed'].includes(text)) throw refuse(50378);
  return text;
}

async function fetch(call: ServiceCall) {
  return presentConversation(await requireConversation(call), call.scope);
}

async function update(call: ServiceCall) {
  const { sid: conversation } = await requireConversation(call);
  const { form } = call;
  const input = { ...readConversation(form), service: call.scope.service, conversation };
  if (!form.hasAny(fields)) throw refuse(50347);
  return presentConversation(await call.run(updateConversation, input), call.scope);
}

function remove(call: ServiceCall) {
  const input = { service: call.scope.service, conversation: call.segment('conversation') };
  return call.run(deleteConversation, input);
}

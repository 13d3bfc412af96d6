/**
 * Content templates: JSON in both directions, at the paths of the hosted service's content host, so that
 * `client.content.baseUrl` can name this server.
 */
import { isSid } from '@colloquy/protocol';
import { z } from 'zod';
import {
  createTemplate,
  findApproval,
  findTemplate,
  listTemplates,
  removeTemplate,
  requestApproval,
} from '../../../core/content/actions.ts';
import { contentTypes, shownTypeNames } from '../../../core/content/types.ts';
import type { ContentApprovalsTable, ContentTemplatesTable } from '../../../storage/schema/content.ts';
import { presentDate } from '../../http/dates.ts';
import { readAs } from '../../http/json.ts';
import type { Call } from '../call.ts';
import { creates, type Endpoint, reads, removes } from '../endpoints.ts';
import { presentList } from '../pagination.ts';

export const contentEndpoints: Endpoint<Call>[] = [
  { path: '/Content', operations: { GET: reads(list), POST: creates(create) } },
  { path: '/Content/:content', operations: { GET: reads(fetch), DELETE: removes(remove) } },
  { path: '/Content/:content/ApprovalRequests', operations: { GET: reads(fetchApprovals) } },
  { path: '/Content/:content/ApprovalRequests/whatsapp', operations: { POST: creates(submit) } },
];

const text = z.string({ error: 'not text' });

const newTemplate = z.object({
  friendly_name: text.nullish(),
  language: text.min(1, 'empty').max(64, 'longer than 64 characters'),
  variables: z.record(z.string(), z.string({ error: 'not text' }), { error: 'not an object' }).nullish(),
  types: contentTypes,
});

const newApproval = z.object({
  name: text.regex(/^[a-z0-9_]{1,512}$/, 'not 1 to 512 of a to z, 0 to 9 and _'),
  category: z.enum(['UTILITY', 'MARKETING', 'AUTHENTICATION'], {
    error: 'not one of UTILITY, MARKETING, AUTHENTICATION',
  }),
  allow_category_change: z.boolean({ error: 'neither true nor false' }).nullish(),
  send_ttl_seconds: z
    .int({ error: 'not a whole number' })
    .min(0, 'below 0')
    .max(2 ** 31 - 1, 'too large')
    .nullish(),
});

async function create(call: Call) {
  const { friendly_name, language, variables, types } = readAs(newTemplate, call.json);
  const input = { friendlyName: friendly_name ?? undefined, language, variables: variables ?? {}, types };
  return presentTemplate(await call.run(createTemplate, input), call);
}

function list(call: Call) {
  return presentList(call, call.query, {
    key: 'contents',
    maxPageSize: 100,
    url: `${call.versionUrl}/Content`,
    fetch: (request) => listTemplates(call.core.db, call.actor.account, request),
    present: (row) => presentTemplate(row, call),
  });
}

async function requireTemplate(call: Call): Promise<ContentTemplatesTable> {
  const sid = call.segment('content');
  const row = isSid(sid, 'HX') ? await findTemplate(call.core.db, call.actor.account, sid) : undefined;
  if (!row) throw call.notFound();
  return row;
}

async function fetch(call: Call) {
  return presentTemplate(await requireTemplate(call), call);
}

async function remove(call: Call) {
  const { sid: template } = await requireTemplate(call);
  await call.run(removeTemplate, { template });
}

function presentTemplate(row: ContentTemplatesTable, { versionUrl }: Call) {
  const url = `${versionUrl}/Content/${row.sid}`;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    friendly_name: row.friendly_name,
    language: row.language,
    variables: JSON.parse(row.variables) as object,
    types: JSON.parse(row.types) as object,
    url,
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    links: {
      approval_create: `${url}/ApprovalRequests/whatsapp`,
      approval_fetch: `${url}/ApprovalRequests`,
    },
  };
}

async function submit(call: Call) {
  const template = await requireTemplate(call);
  const { name, category, allow_category_change, send_ttl_seconds } = readAs(newApproval, call.json);
  const row = await call.run(requestApproval, {
    template: template.sid,
    channel: 'whatsapp' as const,
    name,
    category,
    allowCategoryChange: allow_category_change ?? true,
    sendTtlSeconds: send_ttl_seconds ?? null,
  });
  return { ...presentApproval(row, template), send_ttl_seconds: row.send_ttl_seconds };
}

async function fetchApprovals(call: Call) {
  const template = await requireTemplate(call);
  const row = await findApproval(call.core.db, template.sid, 'whatsapp');
  return {
    sid: template.sid,
    account_sid: template.account_sid,
    whatsapp: { type: 'whatsapp', ...presentApproval(row, template) },
    url: `${call.versionUrl}/Content/${template.sid}/ApprovalRequests`,
  };
}

/** Nothing here takes a template to a provider: one that was handed in stays `received`. */
function presentApproval(row: ContentApprovalsTable | undefined, template: ContentTemplatesTable) {
  return {
    name: row?.name ?? '',
    category: row?.category ?? '',
    content_type: typeOf(template),
    status: row ? 'received' : 'unsubmitted',
    rejection_reason: '',
    allow_category_change: row ? row.allow_category_change === 1 : true,
  };
}

/** The type that a message of the template would show itself as, or the first one. */
function typeOf(template: ContentTemplatesTable): string {
  const names = Object.keys(JSON.parse(template.types) as object);
  return shownTypeNames.find((name) => names.includes(name)) ?? names[0] ?? '';
}

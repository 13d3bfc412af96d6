import type { Db } from '../../storage/db.ts';
import type { ContentApprovalsTable, ContentTemplatesTable } from '../../storage/schema/content.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { checkFriendlyName } from '../checks.ts';
import { defineCommand } from '../command.ts';
import type { Page, PageRequest } from '../paging.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import {
  deleteTemplate,
  insertApproval,
  insertTemplate,
  selectApproval,
  selectTemplate,
  selectTemplates,
} from './store.ts';
import type { ContentTypes } from './types.ts';
import { checkVariables } from './variables.ts';

export interface CreateTemplate {
  friendlyName?: string | undefined;
  language: string;
  /** Values for the placeholders that a message does not fill. */
  variables: Record<string, string>;
  /** As `contentTypes` lets pass. */
  types: ContentTypes;
}

/** A template that messages of all services of the account can be made from. It never changes. */
export const createTemplate = defineCommand({
  name: 'content.create',
  orderKey: () => 'content',
  run: async (tx, actor, input: CreateTemplate): Promise<ContentTemplatesTable> => {
    requireBackEnd(actor);
    checkVariables(Object.entries(input.variables), tx.limits);
    const row: ContentTemplatesTable = {
      sid: tx.newSid('HX'),
      account_sid: actor.account,
      friendly_name: checkFriendlyName(input.friendlyName, tx.limits),
      language: input.language,
      variables: JSON.stringify(input.variables),
      types: JSON.stringify(input.types),
      date_created: tx.now,
      date_updated: tx.now,
    };
    await insertTemplate(tx, row);
    return row;
  },
});

/** Messages that were made from it stay as they are. */
export const removeTemplate = defineCommand({
  name: 'content.remove',
  orderKey: () => 'content',
  run: async (tx, actor, input: { template: string }) => {
    requireBackEnd(actor);
    const { sid } = await requireTemplate(tx, actor.account, input.template);
    await deleteTemplate(tx, sid);
    return {};
  },
});

export interface RequestApproval {
  template: string;
  channel: 'whatsapp';
  name: string;
  category: string;
  allowCategoryChange: boolean;
  sendTtlSeconds: number | null;
}

/** Notes that a template was handed in. Nobody decides on it here: it stays as it was received. */
export const requestApproval = defineCommand({
  name: 'content.request-approval',
  orderKey: () => 'content',
  run: async (tx, actor, input: RequestApproval): Promise<ContentApprovalsTable> => {
    requireBackEnd(actor);
    const { sid } = await requireTemplate(tx, actor.account, input.template);
    if (await selectApproval(tx, sid, input.channel)) {
      throw refuse(20409, { reason: 'the template was handed in for approval already' });
    }
    const row: ContentApprovalsTable = {
      content_sid: sid,
      channel: input.channel,
      name: input.name,
      category: input.category,
      allow_category_change: Number(input.allowCategoryChange),
      send_ttl_seconds: input.sendTtlSeconds,
      date_created: tx.now,
    };
    await insertApproval(tx, row);
    return row;
  },
});

async function requireTemplate(tx: Transaction, account: string, sid: string): Promise<ContentTemplatesTable> {
  const row = await selectTemplate(tx, account, sid);
  // Only paths name templates that have to be there: the API says which.
  if (!row) throw refuse(20404, { path: `/Content/${sid}` });
  return row;
}

export function findTemplate(db: Db, account: string, sid: string): Promise<ContentTemplatesTable | undefined> {
  return selectTemplate(db, account, sid);
}

export function listTemplates(db: Db, account: string, request: PageRequest): Promise<Page<ContentTemplatesTable>> {
  return selectTemplates(db, account, request);
}

export function findApproval(db: Db, sid: string, channel: 'whatsapp'): Promise<ContentApprovalsTable | undefined> {
  return selectApproval(db, sid, channel);
}

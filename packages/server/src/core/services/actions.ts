import type { Db } from '../../storage/db.ts';
import type { ServicesTable } from '../../storage/schema.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { requireRole, requireService } from '../access/standing.ts';
import { serviceBySid } from '../access/store.ts';
import { checkFriendlyName } from '../checks.ts';
import { defineCommand } from '../command.ts';
import type { Page, PageRequest } from '../paging.ts';
import { refuse } from '../refusal.ts';
import { addService } from './add.ts';
import { selectServices, updateServiceRow } from './store.ts';

export { removeService } from './remove.ts';

export const createService = defineCommand({
  name: 'services.create',
  orderKey: (input: { friendlyName: string }) => input.friendlyName,
  run: async (tx, actor, input: { friendlyName: string }): Promise<ServicesTable> => {
    requireBackEnd(actor);
    if (input.friendlyName === '') throw refuse(20002);
    checkFriendlyName(input.friendlyName, tx.limits);
    return addService(tx, actor.account, input.friendlyName);
  },
});

/** `Commit.woken` has it when a service has turned reachability on. */
export const reachabilityWoken = 'reachability';

/** What is left out stays as it is. */
export interface UpdateServiceConfiguration {
  service: string;
  /** For who creates a conversation; of type conversation. */
  conversationCreatorRole?: string | undefined;
  /** For who is added to one; of type conversation. */
  conversationRole?: string | undefined;
  /** For new users; of type service. */
  chatServiceRole?: string | undefined;
  reachabilityEnabled?: boolean | undefined;
}

/** Which roles the service gives from now on. Those who have one already keep theirs. */
export const updateServiceConfiguration = defineCommand({
  name: 'services.configure',
  orderKey: (input: UpdateServiceConfiguration) => input.service,
  run: async (tx, actor, input: UpdateServiceConfiguration): Promise<ServicesTable> => {
    requireBackEnd(actor);
    const row = await requireService(tx, actor, input.service);
    const { conversationCreatorRole, conversationRole, chatServiceRole } = input;
    for (const role of [conversationCreatorRole, conversationRole]) {
      if (role !== undefined) await requireRole(tx, row.sid, role, 'conversation');
    }
    if (chatServiceRole !== undefined) await requireRole(tx, row.sid, chatServiceRole, 'service');
    const updated: ServicesTable = {
      ...row,
      default_conversation_creator_role_sid: conversationCreatorRole ?? row.default_conversation_creator_role_sid,
      default_conversation_role_sid: conversationRole ?? row.default_conversation_role_sid,
      default_chat_service_role_sid: chatServiceRole ?? row.default_chat_service_role_sid,
      reachability_enabled:
        input.reachabilityEnabled === undefined ? row.reachability_enabled : Number(input.reachabilityEnabled),
      date_updated: tx.now,
    };
    await updateServiceRow(tx, updated);
    if (updated.reachability_enabled > row.reachability_enabled) tx.woken.add(reachabilityWoken);
    return updated;
  },
});

/** The service and its configuration, which is in the same row. */
export function findService(db: Db, account: string, service: string): Promise<ServicesTable | undefined> {
  return db.first(serviceBySid, { account, service });
}

export function listServices(db: Db, account: string, request: PageRequest): Promise<Page<ServicesTable>> {
  return selectServices(db, account, request);
}

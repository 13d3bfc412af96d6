import type { Check } from './check.ts';
import { bindings, groups } from './checks/bindings.ts';
import { conversations } from './checks/conversations.ts';
import { events } from './checks/events.ts';
import { logs } from './checks/logs.ts';
import { messages } from './checks/messages.ts';
import { orphans } from './checks/orphans.ts';
import { outboxLanes, outboxWork } from './checks/outbox.ts';
import { participants } from './checks/participants.ts';
import { presences } from './checks/presences.ts';
import { receipts } from './checks/receipts.ts';
import { schema } from './checks/schema.ts';
import { users } from './checks/users.ts';
import { webhookDeliveries } from './checks/webhooks.ts';

/** All checks, in the order they are made. */
export const checks: readonly Check[] = [
  schema,
  conversations,
  users,
  presences,
  participants,
  bindings,
  groups,
  logs,
  messages,
  receipts,
  events,
  outboxLanes,
  outboxWork,
  webhookDeliveries,
  ...orphans,
];

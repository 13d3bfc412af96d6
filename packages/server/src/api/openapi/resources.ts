import type { ResourceDescription } from './describe.ts';
import { addressConfigurations } from './resources/address-configurations.ts';
import { configuration } from './resources/configuration.ts';
import { content } from './resources/content.ts';
import { conversations } from './resources/conversations.ts';
import { credentials } from './resources/credentials.ts';
import { media } from './resources/media.ts';
import { messages } from './resources/messages.ts';
import { outbox } from './resources/outbox.ts';
import { participants } from './resources/participants.ts';
import { push } from './resources/push.ts';
import { roles } from './resources/roles.ts';
import { sandbox } from './resources/sandbox.ts';
import { senders } from './resources/senders.ts';
import { services } from './resources/services.ts';
import { thisServer } from './resources/this-server.ts';
import { users } from './resources/users.ts';
import { webhookDeliveries } from './resources/webhook-deliveries.ts';
import { webhooks } from './resources/webhooks.ts';

/** All that is described, in the order in which it is shown. */
export const resources: readonly ResourceDescription[] = [
  conversations,
  participants,
  messages,
  media,
  content,
  users,
  roles,
  services,
  configuration,
  addressConfigurations,
  webhooks,
  push,
  credentials,
  sandbox,
  senders,
  outbox,
  webhookDeliveries,
  thisServer,
];

import type { DescribedOperation } from '../api/openapi/operations.ts';
import type { World } from './world.ts';

/** Values that an operation accepts together, by the names of its parameters; `{name}` stands for a part of the world. */
export type Sample = Readonly<Record<string, string>>;

const date = '2024-02-29T12:00:00Z';

/** What a parameter of a name is given where nothing else is said. Names that are not here are left out. */
const usual: Sample = {
  FriendlyName: 'x',
  UniqueName: '{new}',
  Identity: '{new}',
  Attributes: '{"a":[1]}',
  State: 'active',
  'Timers.Inactive': 'PT1M',
  'Timers.Closed': 'PT10M',
  'Bindings.Email.Address': 'x@example.com',
  'Bindings.Email.Name': 'x',
  MessagingServiceSid: `MG${'0'.repeat(32)}`,
  DateCreated: date,
  DateUpdated: date,
  Author: 'x',
  Body: 'x',
  Subject: 'x',
  Order: 'desc',
  StartDate: date,
  EndDate: '2024-03-01',
  PageSize: '1',
  Page: '0',
  LastReadMessageIndex: '0',
  LastReadTimestamp: date,
  NotificationLevel: 'muted',
  ReachabilityEnabled: 'true',
  Permission: 'sendMessage',
  DefaultInactiveTimer: 'PT1M',
  DefaultClosedTimer: 'PT10M',
  DefaultMessagingServiceSid: `MG${'0'.repeat(32)}`,
  Method: 'POST',
  Filters: 'onMessageAdded',
  PreWebhookUrl: 'https://hooks.example.com/before',
  PostWebhookUrl: 'https://hooks.example.com/after',
  LogEnabled: 'true',
  'NewMessage.Enabled': 'true',
  'NewMessage.Template': 'x',
  'NewMessage.Sound': 'default',
  'NewMessage.BadgeCountEnabled': 'true',
  'NewMessage.WithMedia.Enabled': 'true',
  'NewMessage.WithMedia.Template': 'x',
  'AddedToConversation.Enabled': 'true',
  'AddedToConversation.Template': 'x',
  'AddedToConversation.Sound': 'default',
  'RemovedFromConversation.Enabled': 'true',
  'RemovedFromConversation.Template': 'x',
  'RemovedFromConversation.Sound': 'default',
  'Configuration.Url': 'https://hooks.example.com/',
  'Configuration.Method': 'post',
  'Configuration.Filters': 'onMessageAdded',
  'AutoCreation.Enabled': 'true',
  'AutoCreation.Type': 'default',
  BindingType: 'fcm',
  Participant: '{"identity":"{new}"}',
  kind: 'push',
  limit: '1',
  wait: '0',
  Filename: 'x.txt',
  Category: 'media',
};

/** Where a name means something else, or does not go together with the others (an empty text: left out). */
const special: Readonly<Record<string, Sample>> = {
  'GET /ParticipantConversations': { Identity: '{Users}' },
  'POST /Conversations/{}/Participants/{}': { Identity: '' },
  'POST /Roles': { Type: 'conversation' },
  'POST /Credentials': { Type: 'gcm', ApiKey: 'x' },
  'POST /Credentials/{}': { ApiKey: 'y' },
  'POST /Configuration/Addresses': { Type: 'sms', Address: '{number}', FriendlyName: 'x' },
  'POST /Configuration/Webhooks': { Target: 'webhook' },
  'POST /Conversations/{}/Webhooks': { Target: 'webhook' },
};

/** What the operation is, whatever service it is asked of. */
export function nameOf({ method, path }: DescribedOperation): string {
  const below = path.replace(/^\/v1(?:\/Services\/\{ChatServiceSid\})?(?=\/|$)/, '');
  return `${method} ${below.replace(/\{\w+\}/g, '{}')}`;
}

/** A good form or query for an operation. */
export function sampleFor(operation: DescribedOperation, world: World): Record<string, string> {
  const { form, query } = operation.description;
  const chosen = { ...usual, ...special[nameOf(operation)] };
  const names = Object.keys(operation.method === 'POST' && form ? form : query);
  const given = names.flatMap((name): [string, string][] => {
    const value = chosen[name];
    return value === undefined || value === '' ? [] : [[name, fill(value, world)]];
  });
  return Object.fromEntries(given);
}

/** Puts parts of the world in place of `{names}`; what is none of it stays, as in JSON. */
export function fill(text: string, world: World): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => world[name] ?? hole);
}

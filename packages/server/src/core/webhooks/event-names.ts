/** The events that webhooks are told of. Contract: "Conversations Webhooks"; behaviour reference, section 11.1. */

/** Sent before a change is made; the answer may alter or refuse it. */
export const beforeEvents = [
  'onConversationAdd',
  'onConversationUpdate',
  'onConversationRemove',
  'onMessageAdd',
  'onMessageUpdate',
  'onMessageRemove',
  'onParticipantAdd',
  'onParticipantUpdate',
  'onParticipantRemove',
  'onUserUpdate',
] as const;

/** Sent after a change was stored. */
export const afterEvents = [
  'onConversationAdded',
  'onConversationUpdated',
  'onConversationRemoved',
  'onConversationStateUpdated',
  'onMessageAdded',
  'onMessageUpdated',
  'onMessageRemoved',
  'onParticipantAdded',
  'onParticipantUpdated',
  'onParticipantRemoved',
  'onDeliveryUpdated',
  'onUserAdded',
  'onUserUpdated',
] as const;

export type BeforeEvent = (typeof beforeEvents)[number];
export type AfterEvent = (typeof afterEvents)[number];
export type WebhookEvent = BeforeEvent | AfterEvent;

/** Events of users: they belong to the account's webhook alone, also where a service has one of its own. */
export function isUserEvent(event: string): boolean {
  return event.startsWith('onUser');
}

const webhookEvents: ReadonlySet<string> = new Set([...beforeEvents, ...afterEvents]);

/** What the events were called in Chat. Filters may name them, and nothing comes of it: published examples do. */
const chatEvents: ReadonlySet<string> = new Set([
  ...['Add', 'Added', 'Update', 'Updated', 'Destroy', 'Destroyed'].map((verb) => `onChannel${verb}`),
  ...['Add', 'Added', 'Update', 'Updated', 'Remove', 'Removed'].map((verb) => `onMember${verb}`),
  ...['Destroy', 'Destroyed'].map((verb) => `onConversation${verb}`),
  ...['onMessageSend', 'onMessageSent', 'onMediaMessageSend', 'onMediaMessageSent'],
]);

/** May the filters of an account's webhook name it? */
export function isAccountFilter(name: string): boolean {
  return webhookEvents.has(name) || chatEvents.has(name);
}

/** May the filters of a service's webhook name it? */
export function isServiceFilter(name: string): boolean {
  return isAccountFilter(name) && !isUserEvent(name);
}

const scopedEvents: ReadonlySet<string> = new Set(
  afterEvents.filter((event) => !isUserEvent(event) && event !== 'onConversationAdded'),
);
const chatAfterEvents = [...chatEvents].filter((name) => name.endsWith('ed') || name.endsWith('Sent'));

/** May the filters of a conversation's own webhook name it? Only what comes after a change. */
export function isScopedFilter(name: string): boolean {
  return scopedEvents.has(name) || chatAfterEvents.includes(name);
}

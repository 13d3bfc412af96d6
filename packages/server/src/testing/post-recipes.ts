/** A request that succeeds for each POST operation of the server, for tests that try all of them. */

import { unreachableSender } from './world.ts';

/** What an operation is asked: `{name}` stands for what the world has under that name. */
export interface Recipe {
  path?: string;
  form?: Record<string, string | string[]>;
  json?: object;
  raw?: { type: string; body: string };
  /** Other content, for which the same key must not be used. */
  other?: Partial<Recipe>;
}

const room = '/Conversations/:conversation';
const recipes: Record<string, Recipe> = {
  '/Services': { form: { FriendlyName: 'new' }, other: { form: { FriendlyName: 'other' } } },
  '/Configuration': { form: { DefaultInactiveTimer: 'PT5M' } },
  '/Configuration/Webhooks': { form: { PostWebhookUrl: 'https://example.com/a' } },
  '/Conversations/Webhooks': { form: { PostWebhookUrl: 'https://example.com/e' } },
  '/Services/:service/Configuration/Webhooks': { form: { PostWebhookUrl: 'https://example.com/b' } },
  '/Services/:service/Configuration': { form: { ReachabilityEnabled: 'true' } },
  '/Services/:service/Configuration/Notifications': { form: { 'NewMessage.Enabled': 'true' } },
  '/Configuration/Addresses': { form: { Type: 'sms', Address: '+12025550111' } },
  '/Configuration/Addresses/:address': { form: { FriendlyName: 'desk' } },
  '/Credentials': { form: { Type: 'fcm', Secret: '{fcm}', FriendlyName: 'push' } },
  '/Credentials/:credential': { form: { FriendlyName: 'renamed' } },
  '/Content': { json: { language: 'en', types: { 'twilio/text': { body: 'Hi {{1}}' } } } },
  '/Content/:content/ApprovalRequests/whatsapp': { json: { name: 'a_b', category: 'UTILITY' } },
  '/Conversations': { form: { FriendlyName: 'new' } },
  [room]: { form: { FriendlyName: 'renamed' } },
  '/ConversationWithParticipants': { form: { FriendlyName: 'both', Participant: ['{"identity":"new"}'] } },
  [`${room}/Participants`]: { form: { Identity: 'newcomer' } },
  [`${room}/Participants/:participant`]: { form: { Attributes: '{"a":1}' } },
  [`${room}/Messages`]: { form: { Body: 'hello' } },
  [`${room}/Messages/:message`]: { form: { Body: 'changed' } },
  [`${room}/Webhooks`]: {
    form: {
      Target: 'webhook',
      'Configuration.Url': 'https://example.com/c',
      'Configuration.Filters': 'onMessageAdded',
    },
  },
  [`${room}/Webhooks/:webhook`]: { form: { 'Configuration.Url': 'https://example.com/d' } },
  '/Users': { form: { Identity: 'new user' } },
  '/Users/:user': { form: { FriendlyName: 'Ann' } },
  '/Users/:user/Conversations/:conversation': { form: { NotificationLevel: 'muted' } },
  '/Roles': { form: { FriendlyName: 'r', Type: 'conversation', Permission: ['sendMessage'] } },
  '/Roles/:role': { form: { Permission: ['sendMessage'] } },
  '/Services/:service/Media': {
    path: '/Services/{service}/Media?Filename=a.txt',
    raw: { type: 'text/plain', body: 'some text' },
    other: { raw: { type: 'text/plain', body: 'some other text' } },
  },
  '/Services/:service/MediaSet': {
    raw: { type: 'application/json', body: '{"command":"get","list":[]}' },
    other: { raw: { type: 'application/json', body: '{"command":"get", "list":[]}' } },
  },
  '/x/sandbox/phones/:number/messages': { json: { to: '+12025550100', body: 'from the phone' } },
  '/x/sandbox/phones/:number/read': { path: '/x/sandbox/phones/whatsapp:%2B12025550177/read', json: { upTo: 0 } },
  '/x/sandbox/phones/:number/faults': { json: { kind: 'fail' } },
  '/x/outbox/:id/retry': { path: '/x/outbox/{dead}/retry', other: { path: '/x/outbox/{alsoDead}/retry' } },
  '/x/senders': {
    json: { ...unreachableSender, addresses: ['+12025550150'] },
    other: { json: { ...unreachableSender, addresses: ['+12025550151'] } },
  },
  '/x/senders/:sid': {
    path: '/x/senders/{sender}',
    json: { friendlyName: 'a', check: false },
    other: { json: { friendlyName: 'b', check: false } },
  },
  '/x/senders/:sid/pause': {
    path: '/x/senders/{sender}/pause',
    json: { reason: 'a' },
    other: { json: { reason: 'b' } },
  },
  '/x/senders/:sid/resume': {
    path: '/x/senders/{sender}/resume',
    other: { path: '/x/senders/{sender}/resume?again' },
  },
  '/x/senders/:sid/check': {
    path: '/x/senders/{sender}/check',
    other: { path: '/x/senders/{sender}/check?again' },
  },
  '/x/senders/:sid/links': {
    path: '/x/senders/{bot}/links',
    json: { conversation: '{conversation}' },
    other: { path: '/x/senders/{bot}/links?again' },
  },
  '/x/webhook-deliveries/:id/retry': {
    path: '/x/webhook-deliveries/{delivered}/retry',
    other: { path: '/x/webhook-deliveries/{alsoDelivered}/retry' },
  },
};

/** What is not one command, or none: their answers are stored beside what they do, not in one transaction with it. */
export const beside = [
  '/x/senders/:sid/check',
  '/x/senders/:sid/links',
  '/Services/:service/Media',
  '/Services/:service/MediaSet',
  '/x/sandbox/phones/:number/messages',
  '/x/sandbox/phones/:number/read',
  '/x/sandbox/phones/:number/faults',
];

/** The names of parameters are each route's own business. */
const formOf = (path: string) => path.replace(/:\w+/g, ':');
/** `/Services/:service` goes before most paths, or not: `scoped` says which. */
export function recipeOf(route: string): { recipe: Recipe; path: string; scoped: boolean } | undefined {
  const path = route.replace(/^\/v1/, '');
  const within = path.replace(/^\/Services\/:\w+(?=\/)/, '');
  for (const [candidate, scoped] of [
    [path, false],
    [within, true],
  ] as const) {
    const found = Object.entries(recipes).find(([name]) => formOf(name) === formOf(candidate));
    if (found) return { recipe: found[1], path: found[0], scoped };
  }
  return undefined;
}

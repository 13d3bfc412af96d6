/** What the states of a conversation forbid, through both doors (behaviour reference, section 8). */
import type { RealtimeMethod, RealtimeMethods, Sid } from '@colloquy/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeDatabase } from '../testing/change-database.ts';
import { type Form, type Method, type OpenRest, openRest } from '../testing/open-rest.ts';
import { RawClient } from '../testing/raw-client.ts';
import { makeToken } from './tokens.ts';

/** A conversation with everything that an operation may be about. */
interface Room {
  conversation: string;
  ben: string;
  message: string;
  webhook: string;
  /** A number that is in no conversation yet. */
  phone: string;
}

let at: OpenRest;
let ann: RawClient;
let eve: RawClient;
let rooms = 0;

beforeAll(async () => {
  at = await openRest({ publicUrl: null });
  const address = (await at.server.listen()).url.replace('http', 'ws');
  const service: Sid<'IS'> = (await at.get('/v1/Configuration')).default_chat_service_sid;
  const { roles } = await at.get('/v1/Roles');
  const admin = roles.find((role: { friendly_name: string }) => role.friendly_name === 'service admin');
  const connect = async (identity: string) => {
    await at.post('/v1/Users', { Identity: identity, RoleSid: admin.sid });
    const client = await RawClient.open(address);
    await client.call('connect', {
      token: await makeToken(at.config.credentials, { identity, service }, at.clock.now()),
    });
    return client;
  };
  [ann, eve] = [await connect('ann'), await connect('eve')];
});
afterAll(async () => {
  ann.cut();
  eve.cut();
  await at.discard();
});

async function openRoom(state: string): Promise<Room> {
  rooms += 1;
  const { sid: conversation } = await at.post('/v1/Conversations');
  const path = `/v1/Conversations/${conversation}`;
  const everything = await at.post('/v1/Roles', {
    FriendlyName: 'everything',
    Type: 'conversation',
    Permission: [
      'sendMessage',
      'leaveConversation',
      'editNotificationLevel',
      'addNonChatParticipant',
      'editAnyParticipantAttributes',
    ],
  });
  await at.post(`${path}/Participants`, { Identity: 'ann', RoleSid: everything.sid });
  const ben = await at.post(`${path}/Participants`, { Identity: 'ben' });
  const message = await at.post(`${path}/Messages`, { Author: 'ann', Body: 'one' });
  const webhook = await at.post(`${path}/Webhooks`, {
    Target: 'webhook',
    'Configuration.Url': 'https://example.com/hook',
    'Configuration.Filters': 'onMessageAdded',
  });
  if (state === 'initializing') {
    // Only the server brings conversations into that state, and never for long.
    await changeDatabase(at.config.dataDir, 'UPDATE conversations SET state = ? WHERE sid = ?', state, conversation);
  } else if (state !== 'active') await at.post(path, { State: state });
  const phone = `+1202555${String(1000 + rooms)}`;
  return { conversation, ben: ben.sid, message: message.sid, webhook: webhook.sid, phone };
}

/** `changes` is refused unless the conversation is open; `reads` and `removes` never are. */
type Kind = 'changes' | 'reads' | 'removes';

const rest: [Kind, ask: `${Method} /${string}`, form?: Form][] = [
  ['changes', 'POST /Conversations/{conversation}', { FriendlyName: 'x' }],
  ['changes', 'POST /Conversations/{conversation}', { State: 'active' }],
  ['changes', 'POST /Conversations/{conversation}', { 'Timers.Closed': 'PT1H' }],
  ['changes', 'POST /Conversations/{conversation}/Participants', { Identity: 'cat' }],
  [
    'changes',
    'POST /Conversations/{conversation}/Participants',
    { 'MessagingBinding.Address': '{phone}', 'MessagingBinding.ProxyAddress': '+12025550100' },
  ],
  ['changes', 'POST /Conversations/{conversation}/Participants/{ben}', { Attributes: '{"a":1}' }],
  ['changes', 'POST /Conversations/{conversation}/Participants/{ben}', { LastReadMessageIndex: '0' }],
  ['changes', 'DELETE /Conversations/{conversation}/Participants/{ben}'],
  ['changes', 'POST /Conversations/{conversation}/Messages', { Body: 'x' }],
  ['changes', 'POST /Conversations/{conversation}/Messages/{message}', { Body: 'x' }],
  ['changes', 'DELETE /Conversations/{conversation}/Messages/{message}'],
  ['changes', 'POST /Users/ben/Conversations/{conversation}', { NotificationLevel: 'muted' }],
  ['changes', 'POST /Users/ben/Conversations/{conversation}', { LastReadMessageIndex: '0' }],
  ['changes', 'DELETE /Users/ben/Conversations/{conversation}'],
  [
    'changes',
    'POST /Conversations/{conversation}/Webhooks',
    { Target: 'trigger', 'Configuration.Url': 'https://example.com/2', 'Configuration.Triggers': 'help' },
  ],
  [
    'changes',
    'POST /Conversations/{conversation}/Webhooks/{webhook}',
    { 'Configuration.Url': 'https://example.com/3' },
  ],
  ['removes', 'DELETE /Conversations/{conversation}/Webhooks/{webhook}'],
  ['removes', 'DELETE /Conversations/{conversation}'],
  ['reads', 'GET /Conversations/{conversation}'],
  ['reads', 'GET /Conversations/{conversation}/Participants'],
  ['reads', 'GET /Conversations/{conversation}/Participants/{ben}'],
  ['reads', 'GET /Conversations/{conversation}/Messages'],
  ['reads', 'GET /Conversations/{conversation}/Messages/{message}'],
  ['reads', 'GET /Conversations/{conversation}/Messages/{message}/Receipts'],
  ['reads', 'GET /Conversations/{conversation}/Webhooks'],
  ['reads', 'GET /Conversations/{conversation}/Webhooks/{webhook}'],
  ['reads', 'GET /Users/ben/Conversations'],
  ['reads', 'GET /Users/ben/Conversations/{conversation}'],
  ['reads', 'GET /ParticipantConversations?Identity=ben'],
];

type Call = {
  [M in RealtimeMethod]: [Kind, M, (room: Room) => RealtimeMethods[M]['params'], who?: 'eve'];
}[RealtimeMethod];
const realtime: Call[] = [
  ['changes', 'conversations.update', ({ conversation }) => ({ conversation, friendlyName: 'x' })],
  ['changes', 'conversations.update', ({ conversation }) => ({ conversation, attributes: '{"a":1}' })],
  ['changes', 'conversations.join', ({ conversation }) => ({ conversation }), 'eve'],
  ['changes', 'conversations.leave', ({ conversation }) => ({ conversation })],
  ['changes', 'membership.update', ({ conversation }) => ({ conversation, notificationLevel: 'muted' as const })],
  ['changes', 'membership.update', ({ conversation }) => ({ conversation, read: { mode: 'all' as const } })],
  ['changes', 'participants.add', ({ conversation }) => ({ conversation, identity: 'cat' })],
  [
    'changes',
    'participants.addNonChat',
    ({ conversation, phone }) => ({ conversation, address: phone, proxyAddress: '+12025550100' }),
  ],
  ['changes', 'participants.update', ({ conversation, ben }) => ({ conversation, participant: ben, attributes: '1' })],
  ['changes', 'participants.remove', ({ conversation, ben }) => ({ conversation, participant: ben })],
  ['changes', 'messages.send', ({ conversation }) => ({ conversation, body: 'x' })],
  ['changes', 'messages.update', ({ conversation }) => ({ conversation, index: 0, body: 'x' })],
  ['changes', 'messages.remove', ({ conversation }) => ({ conversation, index: 0 })],
  ['removes', 'conversations.delete', ({ conversation }) => ({ conversation })],
  ['reads', 'conversations.get', ({ conversation }) => ({ conversation })],
  ['reads', 'conversations.list', () => ({})],
  ['reads', 'conversations.counts', ({ conversation }) => ({ conversation })],
  ['reads', 'participants.list', ({ conversation }) => ({ conversation })],
  ['reads', 'participants.get', ({ conversation, ben }) => ({ conversation, participant: ben })],
  ['reads', 'messages.list', ({ conversation }) => ({ conversation })],
  ['reads', 'messages.get', ({ conversation }) => ({ conversation, index: 0 })],
  ['reads', 'messages.receipts', ({ conversation }) => ({ conversation, index: 0 })],
  ['reads', 'events.list', ({ conversation }) => ({ stream: conversation, after: 0 })],
  ['reads', 'typing', ({ conversation }) => ({ conversation })],
];

const codes = { active: undefined, inactive: undefined, closed: 50377, initializing: 50386 } as const;

describe.each(Object.keys(codes) as (keyof typeof codes)[])('When a conversation is %s', (state) => {
  const expected = (kind: Kind) => (kind === 'changes' ? codes[state] : undefined);

  test.each(rest)('what %s it by REST: %s %j', async (kind, ask, form) => {
    const room = await openRoom(state);
    const fill = (text: string) => text.replace(/\{(\w+)\}/g, (hole, name: keyof Room) => room[name] ?? hole);
    const [method, path] = fill(ask).split(' ', 2) as [Method, string];
    const filled = form && (JSON.parse(fill(JSON.stringify(form))) as Form);
    let answer = { status: 0, body: {} as { code?: number } };
    const events = await at.eventsOf(async () => {
      answer = await at.ask(method, `/v1${path}`, filled === undefined ? {} : { form: filled });
    });
    expect(answer.body.code).toBe(expected(kind));
    expect(answer.status === 400).toBe(expected(kind) !== undefined);
    if (expected(kind) !== undefined) expect(events).toEqual([]);
  });

  test.each(realtime as [Kind, RealtimeMethod, (room: Room) => object, 'eve'?][])(
    'what %s it in realtime: %s',
    async (kind, method, params, who) => {
      const room = await openRoom(state);
      const client = who === 'eve' ? eve : ann;
      const code = await client.call(method, params(room) as never).then(
        () => undefined,
        (error: { code: number }) => error.code,
      );
      expect(code).toBe(expected(kind));
    },
  );
});

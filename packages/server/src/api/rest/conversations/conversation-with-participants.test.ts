import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

const path = '/v1/ConversationWithParticipants';
const own = '+12025550100';
const listed = (...participants: object[]) => participants.map((one) => JSON.stringify(one));
const pair = (address: string, proxy_address = own) => ({ messaging_binding: { address, proxy_address } });

let at: OpenRest;
const world: Record<string, string> = {};
beforeAll(async () => {
  at = await openRest();
  const { roles } = await at.get('/v1/Roles');
  const roleNamed = (name: string) => roles.find((one: { friendly_name: string }) => one.friendly_name === name).sid;
  world['conversationRole'] = roleNamed('channel admin');
  world['serviceRole'] = roleNamed('service user');
  await at.post('/v1/Conversations', { UniqueName: 'taken' });
  await at.post('/v1/Conversations/taken/Participants', {
    'MessagingBinding.Address': '+12025550150',
    'MessagingBinding.ProxyAddress': own,
  });
  await at.post('/v1/Conversations', { UniqueName: 'group' });
  for (const form of [{ Address: '+12025550160' }, { ProjectedAddress: own }]) {
    const [name, value] = Object.entries(form)[0] as [string, string];
    await at.post('/v1/Conversations/group/Participants', { [`MessagingBinding.${name}`]: value });
  }
});
afterAll(() => at.discard());

/** Waits until it is no longer initializing. */
async function settled(sid: string) {
  for (;;) {
    const conversation = await at.get(`/v1/Conversations/${sid}`);
    if (conversation.state !== 'initializing') return conversation;
    // Reading alone would never let the writer's answers in.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const refused: [form: Record<string, string | string[]>, status: number, code: number][] = [
  [{ Participant: 'ann' }, 400, 20422],
  [{ Participant: '"ann"' }, 400, 20422],
  [{ Participant: 'null' }, 400, 20422],
  [{ Participant: '[{"identity":"ann"}]' }, 400, 20422],
  [{ Participant: '{"identity":1}' }, 400, 20422],
  [{ Participant: '{"identity":"ann\\u0000"}' }, 400, 20422],
  [{ Participant: '{"messaging_binding":"+12025550151"}' }, 400, 20422],
  [{ Participant: '{"identity":"ann","attributes":{}}' }, 400, 20422],
  [{ Participant: '{}' }, 400, 50407],
  [{ Participant: listed({ identity: '' }) }, 400, 50204],
  [{ Participant: listed({ identity: 'system' }) }, 400, 50203],
  [{ Participant: listed({ identity: 'ann', attributes: '{' }) }, 400, 50304],
  [{ Participant: listed({ identity: 'ann', role_sid: 'RL' }) }, 400, 20423],
  [{ Participant: listed({ identity: 'ann', role_sid: `RL${'0'.repeat(32)}` }) }, 404, 50100],
  [{ Participant: listed({ identity: 'ann', role_sid: '{serviceRole}' }) }, 400, 50105],
  [{ Participant: listed({ identity: 'ann' }, { identity: 'ann' }) }, 409, 50433],
  [{ Participant: listed(pair('+12025550151'), pair('+1 202 555 0151')) }, 409, 50433],
  [{ Participant: listed(pair('+12025550150')) }, 409, 50416],
  [{ Participant: listed(pair('+12025550151', '+12025550177')) }, 403, 50413],
  [{ Participant: listed(pair('+12025550151', 'whatsapp:+12025550100')) }, 400, 50414],
  [{ Participant: listed({ identity: 'ann', ...pair('+12025550151') }) }, 400, 50211],
  [{ Participant: listed({ messaging_binding: { projected_address: '+12025550177' } }) }, 403, 50439],
  [
    {
      Participant: listed(
        { messaging_binding: { address: '+12025550160' } },
        { identity: 'ann', messaging_binding: { projected_address: own } },
      ),
    },
    409,
    50438,
  ],
  [{ Participant: listed({ identity: 'ann' }, { messaging_binding: { projected_address: own } }) }, 400, 50434],
  [{ Participant: listed(pair('+12025550151'), { messaging_binding: { projected_address: own } }) }, 400, 50435],
  [{ Participant: Array.from({ length: 11 }, (_, n) => `{"identity":"user${n}"}`) }, 400, 50426],
  [{ UniqueName: 'taken' }, 409, 50353],
  [{ UniqueName: 'taken', Participant: listed({ identity: 'ann' }) }, 409, 50353],
  [{ State: 'closed', Participant: listed({ identity: 'ann' }) }, 400, 50384],
  [{ State: 'initializing', Participant: listed({ identity: 'ann' }) }, 400, 50378],
  [{ Attributes: '{', Participant: listed({ identity: 'ann' }) }, 400, 50304],
  [{ 'Timers.Inactive': 'PT1S', Participant: listed({ identity: 'ann' }) }, 400, 50375],
  [{ MessagingServiceSid: 'x' }, 400, 50341],
  [{ FriendlyName: ['a', 'b'] }, 400, 20422],
];

const scenarios: Scenario[] = [
  { when: 'without participants', ask: `POST ${path}`, status: 201, events: ['conversation.added'] },
  {
    when: 'of an unknown service',
    ask: `POST /v1/Services/IS${'0'.repeat(32)}/ConversationWithParticipants`,
    status: 404,
    code: 20404,
  },
  { when: 'asked for', ask: `GET ${path}`, status: 405, code: 20004 },
  ...refused.map(
    ([form, status, code]): Scenario => ({
      when: `with ${JSON.stringify(form).slice(0, 110)}`,
      ask: `POST ${path}`,
      form,
      status,
      code,
    }),
  ),
];

test.each(scenarios)('A conversation, $when: $status', (scenario) => playScenario(at, scenario, world));

test('Nobody may create one: 401', async () => {
  const { status, body } = await at.ask('POST', path, { headers: { authorization: '' } });
  expect([status, body.code]).toEqual([401, 20003]);
});

/** On PostgreSQL it may be done with before the last of some requests is read. */
const onSqlite = process.env['COLLOQUY_TEST_POSTGRES'] === undefined;

/** What a conversation refuses that is not ready yet. */
const changes: [of: string, form: Record<string, string>][] = [
  ['', { FriendlyName: 'x' }],
  ['/Messages', { Body: 'x' }],
  ['/Participants', { Identity: 'bob' }],
];

describe('A conversation with participants', () => {
  test('is accepted, initializes, takes nothing meanwhile, and is active with all of them in the end.', async () => {
    const form = {
      FriendlyName: 'Parcel',
      UniqueName: 'parcel',
      Participant: listed(
        { identity: 'ann', attributes: '{"a":1}', role_sid: world['conversationRole'] },
        pair('+12025550152'),
        { messaging_binding: { address: 'mail@example.com', name: 'Mail' }, attributes: null, color: 'red' },
      ),
    };
    // Handed over together: what comes after the creation comes before its end, where there is one writer.
    const [created, ...meanwhile] = await Promise.all([
      at.ask('POST', path, { form }),
      ...(onSqlite ? changes : []).map(([of, change]) =>
        at.ask('POST', `/v1/Conversations/parcel${of}`, { form: change }),
      ),
    ]);
    expect(created.status).toBe(202);
    expect(created.body).toMatchObject({ friendly_name: 'Parcel', state: 'initializing' });
    // Whether it was there already is a matter of which request was read first.
    for (const { status, body } of meanwhile) expect([50386, 20404]).toContain(body.code ?? status);
    expect(await settled(created.body.sid)).toMatchObject({ sid: created.body.sid, state: 'active' });

    const { participants } = await at.get('/v1/Conversations/parcel/Participants');
    expect(participants).toMatchObject([
      { identity: 'ann', attributes: '{"a":1}', role_sid: world['conversationRole'], messaging_binding: null },
      { messaging_binding: { type: 'sms', address: '+12025550152', proxy_address: own } },
      { messaging_binding: { type: 'email', address: 'mail@example.com', level: 'to', name: 'Mail' } },
    ]);
    const mail = await at.get('/v1/ParticipantConversations?Address=mail@example.com');
    expect(mail.conversations).toMatchObject([{ participant_messaging_binding: { address: 'mail@example.com' } }]);
    const written = await at.post('/v1/Conversations/parcel/Messages', { Body: 'Here.', Author: 'mail@example.com' });
    expect(written.participant_sid).toBe(mail.conversations[0].participant_sid);
    await at.post('/v1/Conversations/parcel/Messages', { Body: 'Here it is.' });
  });

  test('is shown with every field, in the order of the reference.', async () => {
    const { default_chat_service_sid: service } = await at.get('/v1/Configuration');
    const form = { State: 'inactive', DateCreated: '2020-01-01', Participant: listed({ identity: 'ann' }) };
    for (const base of ['', `/Services/${service}`]) {
      const shown = await at.post(`/v1${base}/ConversationWithParticipants`, form);
      const url = `https://chat.example.com/v1${base}/Conversations/${shown.sid}`;
      expect(JSON.stringify(shown)).toBe(
        JSON.stringify({
          account_sid: at.config.credentials.accountSid,
          chat_service_sid: service,
          messaging_service_sid: shown.messaging_service_sid,
          sid: shown.sid,
          friendly_name: null,
          unique_name: null,
          attributes: '{}',
          state: 'initializing',
          date_created: '2020-01-01T00:00:00Z',
          date_updated: '2020-01-01T00:00:00Z',
          timers: {},
          links: { participants: `${url}/Participants`, messages: `${url}/Messages`, webhooks: `${url}/Webhooks` },
          bindings: {},
          url,
        }),
      );
      expect(await settled(shown.sid)).toMatchObject({ state: 'inactive' });
    }
  });

  test('is a group text at once, though a part of it is another one already.', async () => {
    const { sid } = await at.post(path, {
      Participant: listed(
        { messaging_binding: { address: '+12025550160' } },
        { messaging_binding: { projected_address: own } },
        { messaging_binding: { address: '+12025550161' } },
      ),
    });
    expect(await settled(sid)).toMatchObject({ state: 'active' });
    expect((await at.get(`/v1/Conversations/${sid}/Participants`)).participants).toHaveLength(3);
  });

  test('is closed when somebody else was quicker to take a pair of addresses.', async () => {
    const taken = { Participant: listed({ identity: 'ann' }, pair('+12025550170')) };
    const [first, second] = await Promise.all([at.post(path, taken), at.post(path, taken)]);
    const states = [(await settled(first.sid)).state, (await settled(second.sid)).state];
    expect(states.sort()).toEqual(['active', 'closed']);
  });
});

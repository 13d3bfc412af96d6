import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

const sidOf = (prefix: string) => `${prefix}${'0'.repeat(32)}`;

let at: OpenRest;
const world: Record<string, string> = {};
beforeAll(async () => {
  at = await openRest();
  const roles = (await at.get('/v1/Roles')).roles as { sid: string; friendly_name: string }[];
  const roleNamed = (name: string) => roles.find((role) => role.friendly_name === name)?.sid ?? '';
  world['serviceRole'] = roleNamed('service admin');
  world['conversationRole'] = roleNamed('channel user');
  world['ann'] = (await at.post('/v1/Users', { Identity: 'ann' })).sid;
  world['team'] = (await at.post('/v1/Conversations', { UniqueName: 'team' })).sid;
  world['closed'] = (await at.post('/v1/Conversations', { UniqueName: 'closed' })).sid;
  world['without'] = (await at.post('/v1/Conversations', { UniqueName: 'without' })).sid;
  for (const name of ['team', 'closed']) {
    await at.post(`/v1/Conversations/${name}/Participants`, { Identity: 'ann' });
  }
  for (const body of ['a', 'b', 'c']) await at.post('/v1/Conversations/team/Messages', { Body: body });
  await at.post('/v1/Conversations/closed', { State: 'closed' });
  world['service'] = (await at.post('/v1/Services', { FriendlyName: 'other' })).sid;
});
afterAll(() => at.discard());

const scenarios: Scenario[] = [
  { when: 'created', ask: 'POST /v1/Users', form: { Identity: 'ben' }, status: 201, events: ['user.added'] },
  {
    when: 'created with an identity that is known in another service',
    ask: 'POST /v1/Services/{service}/Users',
    form: { Identity: 'ann' },
    status: 201,
    events: ['user.added'],
  },
  {
    when: 'created with everything',
    ask: 'POST /v1/Users',
    form: { Identity: 'é'.repeat(256), FriendlyName: 'é'.repeat(256), Attributes: 'null', RoleSid: '{serviceRole}' },
    status: 201,
    events: ['user.added'],
  },
  { when: 'created again', ask: 'POST /v1/Users', form: { Identity: 'ann' }, status: 409, code: 50201 },
  ...(
    [
      [{}, 400, 20001],
      [{ identity: 'x' }, 400, 20001],
      [{ Identity: '' }, 400, 50204],
      [{ Identity: 'system' }, 400, 50203],
      [{ Identity: sidOf('US') }, 400, 50206],
      [{ Identity: 'x'.repeat(257) }, 400, 50207],
      [{ Identity: ['x', 'y'] }, 400, 20422],
      [{ Identity: 'x', FriendlyName: 'x'.repeat(257) }, 400, 50003],
      [{ Identity: 'x', Attributes: '{' }, 400, 50304],
      [{ Identity: 'x', Attributes: `"${'x'.repeat(4095)}"` }, 400, 50303],
      [{ Identity: 'x', RoleSid: sidOf('US') }, 400, 20423],
      [{ Identity: 'x', RoleSid: sidOf('RL') }, 404, 50100],
      [{ Identity: 'x', RoleSid: '{conversationRole}' }, 400, 50105],
    ] as [Record<string, string | string[]>, number, number][]
  ).map(
    ([form, status, code]): Scenario => ({
      when: `created as ${JSON.stringify(form).slice(0, 60)}`,
      ask: 'POST /v1/Users',
      form,
      status,
      code,
    }),
  ),
  { when: 'fetched by SID', ask: 'GET /v1/Users/{ann}', status: 200 },
  { when: 'fetched by identity', ask: 'GET /v1/Users/ann', status: 200 },
  { when: 'fetched by another identity', ask: 'GET /v1/Users/Ann', status: 404, code: 20404 },
  { when: 'fetched from another service', ask: 'GET /v1/Services/{service}/Users/{ann}', status: 404, code: 20404 },
  {
    when: 'updated',
    ask: 'POST /v1/Users/ann',
    form: { FriendlyName: 'Ann', RoleSid: '{serviceRole}' },
    status: 200,
    events: ['user.updated'],
  },
  { when: 'updated wrongly', ask: 'POST /v1/Users/ann', form: { Attributes: '{' }, status: 400, code: 50304 },
  {
    when: 'updated to a role of the other type',
    ask: 'POST /v1/Users/ann',
    form: { RoleSid: '{conversationRole}' },
    status: 400,
    code: 50105,
  },
  {
    when: 'updated though not there',
    ask: 'POST /v1/Users/nobody',
    form: { Attributes: '{' },
    status: 404,
    code: 20404,
  },

  { when: 'his conversations', ask: 'GET /v1/Users/ann/Conversations', status: 200 },
  { when: "nobody's conversations", ask: 'GET /v1/Users/nobody/Conversations', status: 404, code: 20404 },
  { when: 'one of his conversations', ask: 'GET /v1/Users/ann/Conversations/team', status: 200 },
  { when: 'one that he is not in', ask: 'GET /v1/Users/ann/Conversations/without', status: 404, code: 20404 },
  { when: 'one that is not there', ask: 'GET /v1/Users/ann/Conversations/nowhere', status: 404, code: 20404 },
  {
    when: 'muting one',
    ask: 'POST /v1/Users/ann/Conversations/team',
    form: { NotificationLevel: 'muted' },
    status: 200,
    events: ['participant.updated', 'membership.updated'],
  },
  {
    when: 'muting it again',
    ask: 'POST /v1/Users/ann/Conversations/team',
    form: { NotificationLevel: 'muted' },
    status: 200,
  },
  {
    when: 'muting it in other letters, and no time of reading',
    ask: 'POST /v1/Users/ann/Conversations/team',
    form: { NotificationLevel: 'Muted', LastReadTimestamp: '' },
    status: 200,
  },
  ...(
    [
      [{ NotificationLevel: 'loud' }, 50210],
      [{ LastReadMessageIndex: 'x' }, 50421],
      [{ LastReadMessageIndex: '-1' }, 50421],
      [{ LastReadTimestamp: 'x' }, 50405],
    ] as [Record<string, string>, number][]
  ).map(
    ([form, code]): Scenario => ({
      when: `setting ${JSON.stringify(form)}`,
      ask: 'POST /v1/Users/ann/Conversations/team',
      form,
      status: 400,
      code,
    }),
  ),
  {
    when: 'reading in a closed one',
    ask: 'POST /v1/Users/ann/Conversations/closed',
    form: { LastReadMessageIndex: '0' },
    status: 400,
    code: 50377,
  },
  {
    when: 'setting what he is not in',
    ask: 'POST /v1/Users/ann/Conversations/without',
    form: { NotificationLevel: 'loud' },
    status: 404,
    code: 20404,
  },
  {
    when: 'leaving one',
    ask: 'DELETE /v1/Users/{ann}/Conversations/{team}',
    status: 204,
    events: ['participant.removed', 'membership.removed'],
  },
  { when: 'leaving it again', ask: 'DELETE /v1/Users/ann/Conversations/team', status: 404, code: 20404 },

  { when: 'where an identity takes part', ask: 'GET /v1/ParticipantConversations?Identity=ann', status: 200 },
  { when: 'where nobody takes part', ask: 'GET /v1/ParticipantConversations?Identity=', status: 200 },
  { when: 'where an address takes part', ask: 'GET /v1/ParticipantConversations?Address=nonsense', status: 200 },
  { when: 'where, without who', ask: 'GET /v1/ParticipantConversations', status: 400, code: 20001 },
  {
    when: 'where, by both',
    ask: 'GET /v1/ParticipantConversations?Identity=ann&Address=%2B12025550150',
    status: 400,
    code: 50451,
  },

  {
    when: 'removed',
    ask: 'DELETE /v1/Users/ann',
    status: 204,
    events: ['participant.removed', 'membership.removed', 'user.removed'],
  },
  { when: 'removed again', ask: 'DELETE /v1/Users/{ann}', status: 404, code: 20404 },
];

test.each(scenarios)('A user, $when: $status', (scenario) => playScenario(at, scenario, world));

describe('A user', () => {
  test('is shown with every field, in the order of the reference.', async () => {
    const shown = await at.post('/v1/Users', { Identity: 'cat', FriendlyName: 'Cat' });
    const url = `https://chat.example.com/v1/Users/${shown.sid}`;
    const { default_chat_service_sid: service } = await at.get('/v1/Configuration');
    const configuration = await at.get(`/v1/Services/${service}/Configuration`);
    const expected = {
      sid: shown.sid,
      account_sid: at.config.credentials.accountSid,
      chat_service_sid: service,
      role_sid: configuration.default_chat_service_role_sid,
      identity: 'cat',
      friendly_name: 'Cat',
      attributes: '{}',
      is_online: null,
      is_notifiable: null,
      date_created: '2030-01-01T00:00:00Z',
      date_updated: '2030-01-01T00:00:00Z',
      url,
      links: { user_conversations: `${url}/Conversations` },
    };
    expect(JSON.stringify(shown)).toBe(JSON.stringify(expected));
  });

  test("has conversations that are shown with every field, and count what he has not read up to the contract's limit.", async () => {
    const { sid: conversation } = await at.post('/v1/Conversations', { FriendlyName: 'Long', 'Timers.Closed': 'PT1H' });
    const { sid: participant } = await at.post(`/v1/Conversations/${conversation}/Participants`, { Identity: 'dan' });
    const { sid: user } = await at.get('/v1/Users/dan');
    const { default_chat_service_sid: service } = await at.get('/v1/Configuration');
    const path = `/v1/Users/dan/Conversations/${conversation}`;
    const url = `https://chat.example.com/v1/Conversations/${conversation}`;
    const expected = (unread: number | null, read: number | null) =>
      JSON.stringify({
        account_sid: at.config.credentials.accountSid,
        chat_service_sid: service,
        conversation_sid: conversation,
        unread_messages_count: unread,
        last_read_message_index: read,
        participant_sid: participant,
        user_sid: user,
        friendly_name: 'Long',
        conversation_state: 'active',
        timers: { date_closed: '2030-01-01T01:00:00Z' },
        attributes: '{}',
        date_created: '2030-01-01T00:00:00Z',
        date_updated: '2030-01-01T00:00:00Z',
        created_by: 'system',
        notification_level: 'default',
        unique_name: null,
        url: `https://chat.example.com/v1/Users/${user}/Conversations/${conversation}`,
        links: { participant: `${url}/Participants/${participant}`, conversation: url },
      });
    expect(JSON.stringify(await at.get(path))).toBe(expected(null, null));
    const send = () => at.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'x' });
    await Promise.all(Array.from({ length: 1003 }, send));
    expect(JSON.stringify(await at.post(path, { LastReadMessageIndex: '3' }))).toBe(expected(999, 3));
    expect(JSON.stringify(await at.post(path, { LastReadMessageIndex: '0' }))).toBe(expected(1000, 0));
    const { conversations } = await at.get('/v1/Users/dan/Conversations');
    expect(JSON.stringify(conversations[0])).toBe(expected(1000, 0));
    expect(await at.get(`/v1/Conversations/${conversation}/Participants/dan`)).toMatchObject({
      last_read_message_index: 0,
    });
  });

  test('has what is left of his messages unread, whichever were removed: alone, in the list and in the answer to a change.', async () => {
    const { sid: conversation } = await at.post('/v1/Conversations');
    const inside = `/v1/Conversations/${conversation}`;
    await at.post(`${inside}/Participants`, { Identity: 'eva' });
    const sids: string[] = [];
    for (let n = 0; n < 6; n += 1) sids.push((await at.post(`${inside}/Messages`, { Body: 'x' })).sid);
    const path = `/v1/Users/eva/Conversations/${conversation}`;
    await at.post(path, { LastReadMessageIndex: '1' });
    const counts = async () => [
      (await at.get(path)).unread_messages_count,
      (await at.get('/v1/Users/eva/Conversations')).conversations[0].unread_messages_count,
      (await at.post(path, { LastReadMessageIndex: '1' })).unread_messages_count,
    ];
    expect(await counts()).toEqual([4, 4, 4]);
    for (const [index, left] of [
      [0, 4],
      [3, 3],
      [5, 2],
    ] as const) {
      await at.remove(`${inside}/Messages/${sids[index]}`);
      expect(await counts(), `without ${index}`).toEqual([left, left, left]);
    }
  });

  test('and a phone are found in the conversations they take part in, in any spelling of the number.', async () => {
    const { sid } = await at.post('/v1/Conversations');
    await at.post(`/v1/Conversations/${sid}/Participants`, {
      'MessagingBinding.Address': '+12025550150',
      'MessagingBinding.ProxyAddress': '+12025550100',
    });
    for (const spelling of ['%2B12025550150', '%2B1%20(202)%20555-0150']) {
      const { conversations } = await at.get(`/v1/ParticipantConversations?Address=${spelling}`);
      expect(conversations).toHaveLength(1);
      expect(Object.keys(conversations[0].participant_messaging_binding)).toEqual([
        'address',
        'proxy_address',
        'type',
        'level',
        'name',
        'projected_address',
      ]);
      expect(conversations[0]).toMatchObject({ conversation_sid: sid, participant_identity: null });
    }
  });
});

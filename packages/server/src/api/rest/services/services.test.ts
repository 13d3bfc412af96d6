import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario, stateOf } from '../../../testing/scenarios.ts';

const sidOf = (prefix: string) => `${prefix}${'0'.repeat(32)}`;

let at: OpenRest;
const world: Record<string, string> = {};
beforeAll(async () => {
  at = await openRest();
  world['default'] = (await at.get('/v1/Configuration')).default_chat_service_sid;
  world['service'] = (await at.post('/v1/Services', { FriendlyName: 'service' })).sid;
  world['spare'] = (await at.post('/v1/Services', { FriendlyName: 'spare' })).sid;
  const path = `/v1/Services/${world['service']}`;
  const { roles } = await at.get(`${path}/Roles`);
  for (const role of roles) world[role.friendly_name.replace(' ', '_')] = role.sid;
  const role = { FriendlyName: 'held', Type: 'conversation', Permission: 'sendMessage' };
  world['held'] = (await at.post(`${path}/Roles`, role)).sid;
  world['free'] = (await at.post(`${path}/Roles`, { ...role, FriendlyName: 'free' })).sid;
  await at.post(`${path}/Conversations`, { UniqueName: 'talk' });
  await at.post(`${path}/Conversations/talk/Participants`, { Identity: 'ann', RoleSid: world['held'] ?? '' });
});
afterAll(() => at.discard());

const configuration = '/v1/Services/{service}/Configuration' as const;
const roles = '/v1/Services/{service}/Roles' as const;
const role = { FriendlyName: 'r', Type: 'service', Permission: 'joinConversation' };

const scenarios: Scenario[] = [
  { when: 'a service is created', ask: 'POST /v1/Services', form: { FriendlyName: 'new' }, status: 201 },
  { when: 'a service without a name', ask: 'POST /v1/Services', status: 400, code: 20001 },
  { when: 'a service of no name', ask: 'POST /v1/Services', form: { FriendlyName: '' }, status: 400, code: 20002 },
  {
    when: 'a service of too long a name',
    ask: 'POST /v1/Services',
    form: { FriendlyName: 'x'.repeat(257) },
    status: 400,
    code: 50003,
  },
  {
    when: 'a service of two names',
    ask: 'POST /v1/Services',
    form: 'FriendlyName=a&FriendlyName=b',
    status: 400,
    code: 20422,
  },
  { when: 'a service is fetched', ask: 'GET /v1/Services/{service}', status: 200 },
  { when: 'a service that is not there', ask: `GET /v1/Services/${sidOf('IS')}`, status: 404, code: 20404 },
  { when: 'a service by its name', ask: 'GET /v1/Services/service', status: 404, code: 20404 },
  { when: 'a service cannot be updated', ask: 'POST /v1/Services/{service}', status: 405, code: 20004 },
  { when: 'the default service is removed', ask: 'DELETE /v1/Services/{default}', status: 409, code: 20409 },
  {
    when: 'a service that is not there is removed',
    ask: `DELETE /v1/Services/${sidOf('IS')}`,
    status: 404,
    code: 20404,
  },

  { when: 'the account is configured', ask: 'GET /v1/Configuration', status: 200 },
  { when: 'a service is configured', ask: `GET ${configuration}`, status: 200 },
  {
    when: 'its roles are set',
    ask: `POST ${configuration}`,
    form: {
      DefaultConversationCreatorRoleSid: '{channel_admin}',
      DefaultConversationRoleSid: '{channel_user}',
      DefaultChatServiceRoleSid: '{service_user}',
      ReachabilityEnabled: 'false',
    },
    status: 200,
  },
  { when: 'nothing is set', ask: `POST ${configuration}`, status: 200 },
  ...(
    [
      [{ DefaultConversationRoleSid: 'x' }, 400, 20423],
      [{ DefaultConversationRoleSid: sidOf('RL') }, 404, 50100],
      [{ DefaultConversationRoleSid: '{service_user}' }, 400, 50105],
      [{ DefaultConversationCreatorRoleSid: '{service_user}' }, 400, 50105],
      [{ DefaultChatServiceRoleSid: '{channel_user}' }, 400, 50105],
      [{ ReachabilityEnabled: 'perhaps' }, 400, 20422],
      [{ DefaultChatServiceRoleSid: '{service_admin}', DefaultConversationRoleSid: '{service_user}' }, 400, 50105],
    ] as [Record<string, string>, number, number][]
  ).map(
    ([form, status, code]): Scenario => ({
      when: `set to ${JSON.stringify(form)}`,
      ask: `POST ${configuration}`,
      form,
      status,
      code,
    }),
  ),
  {
    when: 'a service that is not there is configured',
    ask: `POST /v1/Services/${sidOf('IS')}/Configuration`,
    form: { ReachabilityEnabled: 'perhaps' },
    status: 404,
    code: 20404,
  },

  { when: 'a role is created', ask: `POST ${roles}`, form: role, status: 201 },
  { when: 'a role of a type in other letters', ask: `POST ${roles}`, form: { ...role, Type: 'Service' }, status: 201 },
  { when: 'a role of a name that is taken', ask: `POST ${roles}`, form: role, status: 201 },
  ...(
    [
      [{ Type: 'service', Permission: 'joinConversation' }, 20001],
      [{ FriendlyName: 'r', Permission: 'joinConversation' }, 20001],
      [{ FriendlyName: 'r', Type: 'service' }, 20001],
      [{ ...role, FriendlyName: '' }, 20002],
      [{ ...role, FriendlyName: 'x'.repeat(257) }, 50003],
      [{ ...role, Type: 'deployment' }, 50105],
      [{ ...role, Type: '' }, 50105],
      [{ ...role, Permission: 'fly' }, 50104],
      [{ ...role, Permission: '' }, 50104],
      [{ ...role, Permission: 'leaveConversation' }, 50104],
      [{ ...role, Type: 'conversation' }, 50104],
      [{ ...role, Permission: ['joinConversation', 'fly'] }, 50104],
    ] as [Record<string, string | string[]>, number][]
  ).map(
    ([form, code]): Scenario => ({
      when: `a role as ${JSON.stringify(form).slice(0, 90)}`,
      ask: `POST ${roles}`,
      form,
      status: 400,
      code,
    }),
  ),
  { when: 'a role is fetched', ask: `GET ${roles}/{held}`, status: 200 },
  { when: 'a role from another service', ask: 'GET /v1/Services/{spare}/Roles/{held}', status: 404, code: 20404 },
  { when: 'a role from the default service', ask: 'GET /v1/Roles/{held}', status: 404, code: 20404 },
  { when: 'a role is updated', ask: `POST ${roles}/{free}`, form: { Permission: 'leaveConversation' }, status: 200 },
  { when: 'a role is updated to nothing', ask: `POST ${roles}/{free}`, status: 400, code: 20001 },
  {
    when: 'a role is updated across its type',
    ask: `POST ${roles}/{free}`,
    form: { Permission: 'joinConversation' },
    status: 400,
    code: 50104,
  },
  {
    when: 'a role of elsewhere is updated',
    ask: 'POST /v1/Roles/{free}',
    form: { Permission: 'x' },
    status: 404,
    code: 20404,
  },
  { when: 'a role that somebody has is removed', ask: `DELETE ${roles}/{held}`, status: 409, code: 20409 },
  {
    when: 'a role that is given to creators is removed',
    ask: `DELETE ${roles}/{channel_admin}`,
    status: 409,
    code: 20409,
  },
  { when: 'a role that is given to users is removed', ask: `DELETE ${roles}/{service_user}`, status: 409, code: 20409 },
  { when: 'a role is removed', ask: `DELETE ${roles}/{free}`, status: 204 },
  { when: 'a role is removed again', ask: `DELETE ${roles}/{free}`, status: 404, code: 20404 },
];

test.each(scenarios)('Services and roles, $when: $status', (scenario) => playScenario(at, scenario, world));

describe('A role', () => {
  test('is shown with every field, in the order of the reference, each permission once.', async () => {
    const shown = await at.post('/v1/Roles', {
      FriendlyName: 'moderator',
      Type: 'conversation',
      Permission: ['sendMessage', 'deleteAnyMessage', 'sendMessage'],
    });
    const expected = {
      sid: shown.sid,
      account_sid: at.config.credentials.accountSid,
      chat_service_sid: world['default'],
      friendly_name: 'moderator',
      type: 'conversation',
      permissions: ['sendMessage', 'deleteAnyMessage'],
      date_created: '2030-01-01T00:00:00Z',
      date_updated: '2030-01-01T00:00:00Z',
      url: `https://chat.example.com/v1/Roles/${shown.sid}`,
    };
    expect(JSON.stringify(shown)).toBe(JSON.stringify(expected));
  });
});

describe('A service that is removed', () => {
  test('takes everything in it along and nothing else, however much it is.', async () => {
    const before = await stateOf(at);
    const { sid } = await at.post('/v1/Services', { FriendlyName: 'large' });
    const path = `/v1/Services/${sid}`;
    const each = (count: number, make: (n: number) => Promise<unknown>) =>
      Promise.all(Array.from({ length: count }, (_, n) => make(n)));
    await each(130, (n) => at.post(`${path}/Users`, { Identity: `user ${n}` }));
    await each(120, (n) => at.post(`${path}/Conversations`, { UniqueName: `talk ${n}` }));
    await each(20, (n) => at.post(`${path}/Conversations/talk%20${n}/Messages`, { Body: 'x' }));
    await each(60, (n) => at.post(`${path}/Conversations/talk%200/Participants`, { Identity: `user ${n}` }));

    const events = await at.eventsOf(() => at.remove(path));
    const kinds = (type: string) => events.filter((event) => event === type).length;
    expect(kinds('conversation.removed')).toBe(120);
    // The newest event of all stays until there is a newer one.
    const { sid: newer } = await at.post('/v1/Conversations', {});
    await at.remove(`/v1/Conversations/${newer}`);

    const after = await stateOf(at);
    // Of a removed conversation one event stays: whoever comes back later learns by it that it is gone.
    const tombstones = after['events']?.splice(before['events']?.length ?? 0) as { type: string; stream: string }[];
    expect(new Set(tombstones.map((event) => `${event.type} ${event.stream.slice(0, 2)}`))).toEqual(
      new Set(['conversation.removed CH']),
    );
    expect(after).toEqual(before);
    for (const gone of [path, `${path}/Users`, `${path}/Conversations/talk%200`, `${path}/Configuration`]) {
      expect(await at.ask('GET', gone), gone).toMatchObject({ status: 404, body: { code: 20404 } });
    }
  });
});

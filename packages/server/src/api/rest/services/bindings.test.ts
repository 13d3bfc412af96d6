import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserActor } from '../../../core/actor.ts';
import { registerDevice } from '../../../core/push/bindings.ts';
import { connectUser } from '../../../core/users/actions.ts';
import { testAccount } from '../../../testing/open-core.ts';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

const sidOf = (prefix: string) => `${prefix}${'0'.repeat(32)}`;
const account = { kind: 'account', account: testAccount } as const;

let at: OpenRest;
const world: Record<string, string> = {};
const register = async (identity: string, type: 'gcm' | 'fcm', token: string) => {
  const { core } = at.server;
  const service = world['service'] as `IS${string}`;
  const { sid } = await core.run(connectUser, account, { service, identity });
  const user: UserActor = { kind: 'user', account: testAccount, service, user: sid as `US${string}`, identity };
  return (await core.run(registerDevice, user, { type, token, credential: world['credential'] })).sid;
};
beforeAll(async () => {
  at = await openRest();
  world['service'] = (await at.post('/v1/Services', { FriendlyName: 'service' })).sid;
  world['other'] = (await at.post('/v1/Services', { FriendlyName: 'other' })).sid;
  world['credential'] = (await at.post('/v1/Credentials', { Type: 'gcm', ApiKey: 'x' })).sid;
  world['ann'] = await register('ann', 'gcm', 'ann-1');
  world['spare'] = await register('ann', 'gcm', 'ann-2');
  world['bob'] = await register('bob', 'gcm', 'bob-1');
});
afterAll(() => at.discard());

const bindings = '/v1/Services/{service}/Bindings' as const;
const notifications = '/v1/Services/{service}/Configuration/Notifications' as const;
const configured = (form: Record<string, string> | string, status: number, code?: number): Scenario => ({
  when: `notifications are ${JSON.stringify(form).slice(0, 80)}`,
  ask: `POST ${notifications}`,
  form,
  status,
  ...(code !== undefined && { code }),
});

const scenarios: Scenario[] = [
  { when: 'devices are listed', ask: `GET ${bindings}`, status: 200 },
  { when: 'devices of a type', ask: `GET ${bindings}?BindingType=GCM&BindingType=twilsock`, status: 200 },
  { when: 'devices of no type', ask: `GET ${bindings}?BindingType=pager`, status: 400, code: 20422 },
  {
    when: 'devices of a service that is not there',
    ask: `GET /v1/Services/${sidOf('IS')}/Bindings`,
    status: 404,
    code: 20404,
  },
  { when: 'devices of no service', ask: 'GET /v1/Bindings', status: 404, code: 20404 },
  {
    when: 'devices are made by clients alone',
    ask: `POST ${bindings}`,
    form: { Identity: 'x' },
    status: 405,
    code: 20004,
  },
  { when: 'a device is fetched', ask: `GET ${bindings}/{ann}`, status: 200 },
  { when: 'a device of another service', ask: 'GET /v1/Services/{other}/Bindings/{ann}', status: 404, code: 20404 },
  { when: 'a device that is not there', ask: `GET ${bindings}/${sidOf('BS')}`, status: 404, code: 20404 },
  { when: 'a device by its token', ask: `GET ${bindings}/ann-1`, status: 404, code: 20404 },
  {
    when: 'a device of another service is removed',
    ask: 'DELETE /v1/Services/{other}/Bindings/{ann}',
    status: 404,
    code: 20404,
  },
  { when: 'a device is removed', ask: `DELETE ${bindings}/{spare}`, status: 204 },
  { when: 'a device is removed again', ask: `DELETE ${bindings}/{spare}`, status: 404, code: 20404 },

  { when: 'notifications are read', ask: `GET ${notifications}`, status: 200 },
  {
    when: 'notifications of a service that is not there',
    ask: `POST /v1/Services/${sidOf('IS')}/Configuration/Notifications`,
    form: { LogEnabled: 'perhaps' },
    status: 404,
    code: 20404,
  },
  { when: 'notifications of no service', ask: 'GET /v1/Configuration/Notifications', status: 404, code: 20404 },
  configured({}, 200),
  configured({ 'NewMessage.Enabled': 'TRUE', 'NewMessage.Template': 'x'.repeat(512) }, 200),
  configured({ 'NewMessage.Sound': 'x'.repeat(256), LogEnabled: 'true' }, 200),
  ...[
    'LogEnabled',
    'NewMessage.Enabled',
    'NewMessage.BadgeCountEnabled',
    'NewMessage.WithMedia.Enabled',
    'AddedToConversation.Enabled',
    'RemovedFromConversation.Enabled',
  ].map((name) => configured({ [name]: 'perhaps', 'NewMessage.Sound': 'y' }, 400, 20422)),
  ...['NewMessage', 'NewMessage.WithMedia', 'AddedToConversation', 'RemovedFromConversation'].map((kind) =>
    configured({ [`${kind}.Template`]: 'x'.repeat(513) }, 400, 50058),
  ),
  ...['NewMessage', 'AddedToConversation', 'RemovedFromConversation'].map((kind) =>
    configured({ [`${kind}.Sound`]: 'x'.repeat(257) }, 400, 50059),
  ),
  configured('LogEnabled=true&LogEnabled=true', 400, 20422),
  { when: 'notifications cannot be removed', ask: `DELETE ${notifications}`, status: 405, code: 20004 },
];

describe('Devices and what is notified of', () => {
  test.each(scenarios)('$when: $status $code', (scenario) => playScenario(at, scenario, world));

  test('are nobody’s business without the account’s password.', async () => {
    const service = `/v1/Services/${world['service']}`;
    for (const [method, path] of [
      ['GET', `${service}/Bindings`],
      ['GET', `${service}/Bindings/${world['ann']}`],
      ['DELETE', `${service}/Bindings/${world['ann']}`],
      ['GET', `${service}/Configuration/Notifications`],
      ['POST', `${service}/Configuration/Notifications`],
    ] as const) {
      expect((await at.ask(method, path, { headers: { authorization: 'Basic eDp5' } })).status).toBe(401);
    }
  });
});

describe('The list of devices', () => {
  test('has what the contract has, and is narrowed by identities and types.', async () => {
    const path = `/v1/Services/${world['service']}/Bindings`;
    const sids = async (query: string) =>
      (await at.get(path + query)).bindings.map((binding: { sid: string }) => binding.sid);
    expect(await sids('')).toEqual([world['ann'], world['bob']]);
    expect(await sids('?Identity=bob')).toEqual([world['bob']]);
    expect(await sids('?Identity=bob&Identity=ann&Identity=eve')).toEqual([world['ann'], world['bob']]);
    expect(await sids('?BindingType=fcm&BindingType=apn')).toEqual([]);
    expect(await sids('?BindingType=gcm&Identity=ann')).toEqual([world['ann']]);
    expect(Object.entries(await at.get(`${path}/${world['ann']}`))).toEqual([
      ['sid', world['ann']],
      ['account_sid', testAccount],
      ['chat_service_sid', world['service']],
      ['credential_sid', world['credential']],
      ['date_created', '2030-01-01T00:00:00Z'],
      ['date_updated', '2030-01-01T00:00:00Z'],
      ['endpoint', 'ann-1'],
      ['identity', 'ann'],
      ['binding_type', 'gcm'],
      ['message_types', ['new_message', 'added_to_conversation', 'removed_from_conversation']],
      ['url', `https://chat.example.com${path}/${world['ann']}`],
    ]);
  });

  test('keeps its filters from page to page.', async () => {
    const path = `/v1/Services/${world['service']}/Bindings`;
    const first = await at.get(`${path}?BindingType=gcm&Identity=ann&Identity=bob&PageSize=1`);
    expect(first.meta.next_page_url).toContain(
      '?BindingType=gcm&Identity=ann&Identity=bob&PageSize=1&Page=1&PageToken=',
    );
    const second = await at.get(first.meta.next_page_url.replace('https://chat.example.com', ''));
    expect([...first.bindings, ...second.bindings].map(({ identity }) => identity)).toEqual(['ann', 'bob']);
  });
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: variables of the contract
describe('What a service notifies of', () => {
  test('is nothing at first; a kind that is on shows its built-in template until it has another one.', async () => {
    const path = `/v1/Services/${world['other']}/Configuration/Notifications`;
    const off = { enabled: false, template: '', sound: '' };
    const nothing = {
      account_sid: testAccount,
      chat_service_sid: world['other'],
      new_message: { ...off, badge_count_enabled: false, with_media: { enabled: false, template: '' } },
      added_to_conversation: off,
      removed_from_conversation: off,
      log_enabled: false,
      url: `https://chat.example.com${path}`,
    };
    expect(await at.get(path)).toEqual(nothing);
    expect(
      await at.post(path, {
        'NewMessage.Enabled': 'true',
        'NewMessage.WithMedia.Enabled': 'true',
        'AddedToConversation.Enabled': 'true',
        'RemovedFromConversation.Enabled': 'true',
      }),
    ).toMatchObject({
      new_message: {
        template: '${CONVERSATION}:${PARTICIPANT}: ${MESSAGE}',
        with_media: { template: 'You have a new message in ${CONVERSATION} with ${MEDIA_COUNT} media files: ${MEDIA}' },
      },
      added_to_conversation: {
        template: 'You have been added to the conversation ${CONVERSATION} by ${PARTICIPANT}',
      },
      removed_from_conversation: { template: '${PARTICIPANT} has removed you from the conversation ${CONVERSATION}' },
    });
    const own = await at.post(path, {
      'NewMessage.Template': 'own',
      'NewMessage.Sound': 'ding',
      'NewMessage.BadgeCountEnabled': 'true',
      'NewMessage.Enabled': 'false',
      LogEnabled: 'true',
    });
    expect(own).toMatchObject({
      new_message: { enabled: false, template: 'own', sound: 'ding', badge_count_enabled: true },
      log_enabled: true,
    });
    expect(await at.get(path)).toEqual(own);
    const cleared = await at.post(path, { 'NewMessage.Template': '', 'NewMessage.Sound': '' });
    expect(cleared.new_message).toMatchObject({ template: '', sound: '' });
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: see above

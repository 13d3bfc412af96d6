import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { testAccount } from '../../../testing/open-core.ts';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

let at: OpenRest;
const world: Record<string, string> = {};
beforeAll(async () => {
  at = await openRest();
  world['service'] = (await at.post('/v1/Services', { FriendlyName: 'service' })).sid;
});
afterAll(() => at.discard());

const ofAccount = '/v1/Configuration/Webhooks';
const ofService = '/v1/Services/{service}/Configuration/Webhooks' as const;
const url = 'https://hooks.example.com/a?b=c#rc=2';

const both = (path: `/${string}`): Scenario[] => [
  { when: 'nothing', ask: `POST ${path}`, status: 200 },
  { when: 'two URLs', ask: `POST ${path}`, form: { PreWebhookUrl: url, PostWebhookUrl: url }, status: 200 },
  { when: 'no URL any more', ask: `POST ${path}`, form: { PostWebhookUrl: '' }, status: 200 },
  { when: 'a relative URL', ask: `POST ${path}`, form: { PreWebhookUrl: '/hook' }, status: 400, code: 50054 },
  { when: 'another scheme', ask: `POST ${path}`, form: { PostWebhookUrl: 'ftp://a.b/' }, status: 400, code: 50054 },
  {
    when: 'too long a URL',
    ask: `POST ${path}`,
    form: { PostWebhookUrl: `https://example.com/${'x'.repeat(2048)}` },
    status: 400,
    code: 50054,
  },
  { when: 'two URLs of a name', ask: `POST ${path}`, form: { PostWebhookUrl: [url, url] }, status: 400, code: 20422 },
  { when: 'a method in small letters', ask: `POST ${path}`, form: { Method: 'get' }, status: 200 },
  { when: 'a method that is none', ask: `POST ${path}`, form: { Method: 'PUT' }, status: 400, code: 50055 },
  { when: 'an empty method', ask: `POST ${path}`, form: { Method: '' }, status: 400, code: 50055 },
  { when: 'filters', ask: `POST ${path}`, form: { Filters: ['onMessageAdd', 'onDeliveryUpdated'] }, status: 200 },
  { when: 'names of Chat', ask: `POST ${path}`, form: { Filters: ['onMessageSend', 'onMemberAdded'] }, status: 200 },
  { when: 'no filters any more', ask: `POST ${path}`, form: { Filters: '' }, status: 200 },
  {
    when: 'an event that is none',
    ask: `POST ${path}`,
    form: { Filters: ['onMessageAdd', 'onMessageRead'] },
    status: 400,
    code: 50054,
  },
  {
    when: 'an event in small letters',
    ask: `POST ${path}`,
    form: { Filters: 'onmessageadd' },
    status: 400,
    code: 50054,
  },
  { when: 'removing it', ask: `DELETE ${path}`, status: 405, code: 20004 },
];

const scenarios: [string, Scenario[]][] = [
  [
    'the account',
    [
      ...both(ofAccount),
      {
        when: 'events of users',
        ask: `POST ${ofAccount}`,
        form: { Filters: ['onUserAdded', 'onUserUpdate'] },
        status: 200,
      },
      { when: 'Flex', ask: `POST ${ofAccount}`, form: { Target: 'FLEX' }, status: 200 },
      { when: 'another target', ask: `POST ${ofAccount}`, form: { Target: 'studio' }, status: 400, code: 20422 },
    ],
  ],
  [
    'a service',
    [
      ...both(ofService),
      { when: 'events of users', ask: `POST ${ofService}`, form: { Filters: 'onUserAdded' }, status: 400, code: 50054 },
      {
        when: 'a service that is not there',
        ask: `GET /v1/Services/IS${'0'.repeat(32)}/Configuration/Webhooks`,
        status: 404,
        code: 20404,
      },
    ],
  ],
];

describe.each(scenarios)('The webhook of %s', (_name, list) => {
  test.each(list)('$when: $status', (scenario) => playScenario(at, scenario, world));
});

it('is for those with credentials', async () => {
  for (const path of [ofAccount, `/v1/Services/${world['service']}/Configuration/Webhooks`]) {
    for (const method of ['GET', 'POST'] as const) {
      expect(await at.ask(method, path, { headers: { authorization: '' } })).toMatchObject({ status: 401 });
    }
  }
});

it('of the account is also where it used to be, whatever a conversation is called', async () => {
  const former = '/v1/Conversations/Webhooks';
  const { sid } = await at.post('/v1/Conversations', { UniqueName: 'Webhooks' });
  const changed = await at.post(former, { PostWebhookUrl: url });
  expect(changed).toEqual(await at.get(ofAccount));
  expect(await at.get(former)).toEqual(changed);
  expect((await at.get(`/v1/Conversations/${sid}`)).unique_name).toBe('Webhooks');
});

it('is empty until it is configured, and has its fields in order', async () => {
  const fresh = await openRest();
  const { sid } = await fresh.post('/v1/Services', { FriendlyName: 'service' });
  const root = 'https://chat.example.com/v1';
  expect(JSON.stringify(await fresh.get(ofAccount))).toBe(
    JSON.stringify({
      account_sid: testAccount,
      method: null,
      filters: null,
      pre_webhook_url: null,
      post_webhook_url: null,
      target: 'webhook',
      url: `${root}/Configuration/Webhooks`,
    }),
  );
  const path = `/v1/Services/${sid}/Configuration/Webhooks`;
  const empty = {
    account_sid: testAccount,
    chat_service_sid: sid,
    pre_webhook_url: null,
    post_webhook_url: null,
    filters: null,
    method: null,
    url: `${root}/Services/${sid}/Configuration/Webhooks`,
  };
  expect(JSON.stringify(await fresh.get(path))).toBe(JSON.stringify(empty));
  const form = { PostWebhookUrl: url, Method: 'get', Filters: ['onMessageAdded', 'onMessageAdded', 'onMessageAdd'] };
  const changed = { ...empty, post_webhook_url: url, method: 'GET', filters: ['onMessageAdded', 'onMessageAdd'] };
  expect(await fresh.post(path, form)).toEqual(changed);
  expect(await fresh.post(path, { PreWebhookUrl: url })).toEqual({ ...changed, pre_webhook_url: url });
  expect((await fresh.get(ofAccount)).filters).toBeNull();
  await fresh.remove(`/v1/Services/${sid}`);
  expect(await fresh.server.core.db.sql.selectFrom('webhook_configurations').selectAll().execute()).toEqual([]);
  await fresh.discard();
});

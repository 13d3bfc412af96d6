import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { testAccount } from '../../../testing/open-core.ts';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

let at: OpenRest;
const world: Record<string, string> = {};
const url = 'https://hooks.example.com/a';
const flow = `FW${'0'.repeat(32)}`;
const webhook = { Target: 'webhook', 'Configuration.Url': url, 'Configuration.Filters': 'onMessageAdded' };
const trigger = { Target: 'trigger', 'Configuration.Url': url, 'Configuration.Triggers': 'help' };

beforeAll(async () => {
  at = await openRest();
  const make = async (name: string) => {
    world[name] = (await at.post('/v1/Conversations', { UniqueName: name })).sid;
    world[`${name}_webhook`] = (await at.post(`/v1/Conversations/${name}/Webhooks`, webhook)).sid;
  };
  for (const name of ['talk', 'other', 'full', 'closed']) await make(name);
  for (let count = 1; count < 5; count += 1) await at.post('/v1/Conversations/full/Webhooks', webhook);
  await at.post('/v1/Conversations/closed', { State: 'closed' });
  world['trigger'] = (await at.post('/v1/Conversations/other/Webhooks', trigger)).sid;
  const studio = { Target: 'studio', 'Configuration.FlowSid': flow };
  world['studio'] = (await at.post('/v1/Conversations/other/Webhooks', studio)).sid;
});
afterAll(() => at.discard());

const webhooks = '/v1/Conversations/talk/Webhooks';
const made = `${webhooks}/{talk_webhook}` as const;

/** A refused creation. */
function refused(when: string, form: Record<string, string | string[]>, code: number): Scenario {
  return { when, ask: `POST ${webhooks}`, form, status: 400, code };
}

const creations: Scenario[] = [
  { when: 'a webhook', ask: `POST ${webhooks}`, form: webhook, status: 201 },
  { when: 'a webhook by the SID', ask: 'POST /v1/Conversations/{talk}/Webhooks', form: webhook, status: 201 },
  {
    when: 'a trigger in other letters',
    ask: `POST ${webhooks}`,
    form: { ...trigger, Target: 'Trigger', 'Configuration.Method': 'Get' },
    status: 201,
  },
  {
    when: 'names of Chat',
    ask: `POST ${webhooks}`,
    form: { ...webhook, 'Configuration.Filters': ['onMessageAdded', 'onMessageSent', 'onConversationDestroyed'] },
    status: 201,
  },
  refused('no target', { 'Configuration.Url': url }, 50368),
  refused('an empty target', { ...webhook, Target: '' }, 50368),
  refused('another target', { ...webhook, Target: 'flex' }, 50364),
  refused('two targets', { ...webhook, Target: ['webhook', 'studio'] }, 20422),
  refused('no URL', { Target: 'webhook', 'Configuration.Filters': 'onMessageAdded' }, 50369),
  refused('an empty URL', { ...trigger, 'Configuration.Url': '' }, 50369),
  refused('a URL that is none', { ...webhook, 'Configuration.Url': 'example.com' }, 20422),
  refused('too long a URL', { ...webhook, 'Configuration.Url': `${url}/${'x'.repeat(2048)}` }, 50372),
  refused('another method', { ...webhook, 'Configuration.Method': 'PUT' }, 20422),
  refused('no filters', { Target: 'webhook', 'Configuration.Url': url }, 50370),
  refused('empty filters', { ...webhook, 'Configuration.Filters': '' }, 50370),
  refused('an event that is none', { ...webhook, 'Configuration.Filters': ['onMessageAdded', 'x'] }, 50365),
  refused('an event before a change', { ...webhook, 'Configuration.Filters': 'onMessageAdd' }, 50365),
  refused('an event that conversations do not have', { ...webhook, 'Configuration.Filters': 'onUserAdded' }, 50365),
  refused('no triggers', { Target: 'trigger', 'Configuration.Url': url }, 50371),
  refused('an empty trigger', { ...trigger, 'Configuration.Triggers': ['help', ' '] }, 50366),
  refused('too long a trigger', { ...trigger, 'Configuration.Triggers': 'x'.repeat(257) }, 50366),
  refused('too many triggers', { ...trigger, 'Configuration.Triggers': [...'abcdef'] }, 50362),
  refused('no flow', { Target: 'studio' }, 50367),
  refused('a flow that is none', { Target: 'studio', 'Configuration.FlowSid': 'FW1' }, 50367),
  refused('a replay from nowhere', { ...webhook, 'Configuration.ReplayAfter': '-1' }, 20422),
  refused('a replay from a half', { ...webhook, 'Configuration.ReplayAfter': '0.5' }, 20422),
  { when: 'a sixth', ask: 'POST /v1/Conversations/full/Webhooks', form: webhook, status: 400, code: 50361 },
  { when: 'a closed one', ask: 'POST /v1/Conversations/closed/Webhooks', form: webhook, status: 400, code: 50377 },
  { when: 'no conversation', ask: 'POST /v1/Conversations/none/Webhooks', form: webhook, status: 404, code: 20404 },
];

const changes: Scenario[] = [
  { when: 'nothing', ask: `POST ${made}`, status: 200 },
  { when: 'a method', ask: `POST ${made}`, form: { 'Configuration.Method': 'get' }, status: 200 },
  { when: 'filters', ask: `POST ${made}`, form: { 'Configuration.Filters': 'onDeliveryUpdated' }, status: 200 },
  { when: 'no URL', ask: `POST ${made}`, form: { 'Configuration.Url': '' }, status: 400, code: 50369 },
  { when: 'no filters', ask: `POST ${made}`, form: { 'Configuration.Filters': '' }, status: 400, code: 50370 },
  { when: 'wrong filters', ask: `POST ${made}`, form: { 'Configuration.Filters': 'x' }, status: 400, code: 50365 },
  {
    when: 'too many triggers',
    ask: 'POST /v1/Conversations/other/Webhooks/{trigger}',
    form: { 'Configuration.Triggers': [...'abcdef'] },
    status: 400,
    code: 50362,
  },
  {
    when: 'a flow that is none',
    ask: 'POST /v1/Conversations/other/Webhooks/{studio}',
    form: { 'Configuration.FlowSid': 'x' },
    status: 400,
    code: 50367,
  },
  {
    when: 'one of a closed conversation',
    ask: 'POST /v1/Conversations/closed/Webhooks/{closed_webhook}',
    form: { 'Configuration.Method': 'get' },
    status: 400,
    code: 50377,
  },
  { when: 'one of another conversation', ask: `POST ${webhooks}/{other_webhook}`, status: 404, code: 20404 },
];

const others: Scenario[] = [
  { when: 'it is fetched', ask: `GET ${made}`, status: 200 },
  { when: 'it is not there', ask: `GET ${webhooks}/WH${'0'.repeat(32)}`, status: 404, code: 20404 },
  { when: 'its SID is none', ask: `GET ${webhooks}/WH1`, status: 404, code: 20404 },
  { when: 'it is of another conversation', ask: `GET ${webhooks}/{other_webhook}`, status: 404, code: 20404 },
  { when: 'they are listed', ask: `GET ${webhooks}`, status: 200 },
  { when: 'those of no conversation are listed', ask: 'GET /v1/Conversations/none/Webhooks', status: 404, code: 20404 },
  {
    when: 'one of another conversation is removed',
    ask: `DELETE ${webhooks}/{other_webhook}`,
    status: 404,
    code: 20404,
  },
  { when: 'it is removed', ask: `DELETE ${made}`, status: 204 },
  { when: 'it is removed again', ask: `DELETE ${made}`, status: 404, code: 20404 },
  {
    when: 'one of a closed conversation is removed',
    ask: 'DELETE /v1/Conversations/closed/Webhooks/{closed_webhook}',
    status: 204,
  },
];

describe('Creating a webhook', () => {
  test.each(creations)('$when: $status', (scenario) => playScenario(at, scenario, world));
});
describe('Changing a webhook', () => {
  test.each(changes)('$when: $status', (scenario) => playScenario(at, scenario, world));
});
describe('A webhook', () => {
  test.each(others)('$when: $status', (scenario) => playScenario(at, scenario, world));
});

it('is for those with credentials', async () => {
  const path = '/v1/Conversations/other/Webhooks';
  const one = `${path}/${world['other_webhook']}`;
  const asks = [
    ['GET', path],
    ['POST', path],
    ['GET', one],
    ['POST', one],
    ['DELETE', one],
  ] as const;
  for (const [method, target] of asks) {
    expect(await at.ask(method, target, { headers: { authorization: '' } })).toMatchObject({ status: 401 });
  }
});

it('has what belongs to its target, in order, in both forms of path', async () => {
  const { default_chat_service_sid: service } = await at.get('/v1/Configuration');
  const { sid: conversation } = await at.post('/v1/Conversations', {});
  const below = `/Conversations/${conversation}/Webhooks`;
  const form = { ...webhook, 'Configuration.ReplayAfter': '3' };
  const { sid } = await at.post(`/v1${below}`, form);
  const expected = (prefix: string, more: object) =>
    JSON.stringify({
      sid,
      account_sid: testAccount,
      ...more,
      conversation_sid: conversation,
      target: 'webhook',
      url: `https://chat.example.com/v1${prefix}${below}/${sid}`,
      configuration: { url, method: 'post', filters: ['onMessageAdded'], replay_after: 3 },
      date_created: '2030-01-01T00:00:00Z',
      date_updated: '2030-01-01T00:00:00Z',
    });
  expect(JSON.stringify(await at.get(`/v1${below}/${sid}`))).toBe(expected('', {}));
  const named = await at.get(`/v1/Services/${service}${below}/${sid}`);
  expect(JSON.stringify(named)).toBe(expected(`/Services/${service}`, { chat_service_sid: service }));
  const configurationOf = async (settings: Record<string, string | string[]>) =>
    (await at.post(`/v1${below}`, settings)).configuration;
  const words = { ...trigger, 'Configuration.Triggers': ['a', 'b'], 'Configuration.Method': 'GET' };
  expect(await configurationOf(words)).toEqual({ url, method: 'get', triggers: ['a', 'b'] });
  expect(await configurationOf({ Target: 'studio', 'Configuration.FlowSid': flow })).toEqual({ flow_sid: flow });
});

it('is listed five to a page, which is all there can be', async () => {
  const { webhooks: page, meta } = await at.get('/v1/Conversations/full/Webhooks?PageSize=50');
  expect(page).toHaveLength(5);
  expect(meta).toMatchObject({ key: 'webhooks', page_size: 5, next_page_url: null });
  const two = await at.get('/v1/Conversations/full/Webhooks?PageSize=2');
  expect(two.meta.next_page_url).toMatch(/PageSize=2&Page=1&PageToken=/);
});

it('stays what it was where an update does not say otherwise', async () => {
  const path = `/v1/Conversations/other/Webhooks/${world['other_webhook']}`;
  const before = await at.get(path);
  at.clock.advance(5000);
  const after = await at.post(path, { 'Configuration.Url': `${url}/new` });
  expect(after).toEqual({
    ...before,
    configuration: { ...before.configuration, url: `${url}/new` },
    date_updated: '2030-01-01T00:00:05Z',
  });
});

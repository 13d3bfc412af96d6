import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

let at: OpenRest;
const world: Record<string, string> = {};
beforeAll(async () => {
  at = await openRest();
  const conversation = async (form: Record<string, string>) => (await at.post('/v1/Conversations', form)).sid;
  world['open'] = await conversation({ UniqueName: 'open' });
  world['inactive'] = await conversation({ State: 'inactive' });
  world['closed'] = await conversation({ UniqueName: 'closed' });
  await at.post('/v1/Conversations/closed', { State: 'closed' });
  world['service'] = (await at.post('/v1/Services', { FriendlyName: 'other' })).sid;
  const other = await at.post(`/v1/Services/${world['service']}/Conversations`, { UniqueName: 'elsewhere' });
  world['elsewhere'] = other.sid;
});
afterAll(() => at.discard());

const sidOf = (prefix: string) => `${prefix}${'0'.repeat(32)}`;
const long = 'x'.repeat(257);

const scenarios: Scenario[] = [
  { when: 'created', ask: 'POST /v1/Conversations', status: 201, events: ['conversation.added'] },
  {
    when: 'created inactive',
    ask: 'POST /v1/Conversations',
    form: { State: 'inactive' },
    status: 201,
    events: ['conversation.added'],
  },
  {
    when: 'created with the longest names',
    ask: 'POST /v1/Conversations',
    form: { FriendlyName: 'é'.repeat(256), UniqueName: 'é'.repeat(256) },
    status: 201,
    events: ['conversation.added'],
  },
  {
    when: 'created with the longest attributes',
    ask: 'POST /v1/Conversations',
    form: { Attributes: `"${'x'.repeat(16 * 1024 - 2)}"` },
    status: 201,
    events: ['conversation.added'],
  },
  {
    when: 'created with a name that another service has',
    ask: 'POST /v1/Conversations',
    form: { UniqueName: 'elsewhere' },
    status: 201,
    events: ['conversation.added'],
  },
  {
    when: 'created in a state that is written in other letters',
    ask: 'POST /v1/Conversations',
    form: { State: 'Inactive' },
    status: 201,
    events: ['conversation.added'],
  },
  {
    when: 'a unique name that is taken',
    ask: 'POST /v1/Conversations',
    form: { UniqueName: 'open' },
    status: 409,
    code: 50353,
  },
  {
    when: 'a unique name that a closed one has',
    ask: 'POST /v1/Conversations',
    form: { UniqueName: 'closed' },
    status: 409,
    code: 50353,
  },
  ...(
    [
      ['FriendlyName', long, 50003],
      ['UniqueName', long, 50004],
      ['UniqueName', sidOf('CH'), 50390],
      ['Attributes', '{', 50304],
      ['Attributes', 'undefined', 50304],
      ['Attributes', `"${'x'.repeat(16 * 1024 - 1)}"`, 50303],
      ['State', 'closed', 50384],
      ['State', 'initializing', 50378],
      ['State', 'asleep', 50378],
      ['State', '', 50374],
      ['Timers.Inactive', 'PT59S', 50375],
      ['Timers.Inactive', 'soon', 50379],
      ['Timers.Closed', 'PT9M59S', 50376],
      ['Timers.Closed', '10', 50380],
      ['MessagingServiceSid', sidOf('IS'), 50341],
      ['DateCreated', 'today', 50308],
      ['DateUpdated', '2024-13-01', 50309],
      ['Bindings.Email.Address', long, 20422],
      ['Bindings.Email.Name', long, 20422],
    ] as const
  ).map(
    ([name, value, code]): Scenario => ({
      when: `${name} ${value.slice(0, 20)}`,
      ask: 'POST /v1/Conversations',
      form: { [name]: value },
      status: 400,
      code,
    }),
  ),
  {
    when: 'sent twice',
    ask: 'POST /v1/Conversations',
    form: { State: ['active', 'active'] },
    status: 400,
    code: 20422,
  },

  { when: 'fetched by SID', ask: 'GET /v1/Conversations/{open}', status: 200 },
  { when: 'fetched by name', ask: 'GET /v1/Conversations/open', status: 200 },
  { when: 'fetched by a name in other letters', ask: 'GET /v1/Conversations/Open', status: 404, code: 20404 },
  { when: 'fetched though it is closed', ask: 'GET /v1/Conversations/{closed}', status: 200 },
  { when: 'one of another service', ask: 'GET /v1/Conversations/{elsewhere}', status: 404, code: 20404 },
  { when: 'in its service', ask: 'GET /v1/Services/{service}/Conversations/{elsewhere}', status: 200 },
  {
    when: 'one of the default service, asked for in another',
    ask: 'GET /v1/Services/{service}/Conversations/{open}',
    status: 404,
    code: 20404,
  },
  { when: 'a SID of another kind', ask: `GET /v1/Conversations/${sidOf('US')}`, status: 404, code: 20404 },

  {
    when: 'updated',
    ask: 'POST /v1/Conversations/{open}',
    form: { FriendlyName: 'new', 'Timers.Closed': 'PT10M' },
    status: 200,
    events: ['conversation.updated'],
  },
  {
    when: 'updated by name, keeping the name',
    ask: 'POST /v1/Conversations/open',
    form: { UniqueName: 'open' },
    status: 200,
    events: ['conversation.updated'],
  },
  {
    when: 'made active',
    ask: 'POST /v1/Conversations/{inactive}',
    form: { State: 'active' },
    status: 200,
    events: ['conversation.updated'],
  },
  {
    when: 'updated to a name that is taken',
    ask: 'POST /v1/Conversations/{open}',
    form: { UniqueName: 'closed' },
    status: 409,
    code: 50353,
  },
  { when: 'updated with nothing', ask: 'POST /v1/Conversations/{open}', status: 400, code: 50347 },
  {
    when: 'updated with fields of others',
    ask: 'POST /v1/Conversations/open',
    form: { Body: 'x' },
    status: 400,
    code: 50347,
  },
  { when: 'updated to no state', ask: 'POST /v1/Conversations/open', form: { State: '' }, status: 400, code: 50374 },
  {
    when: 'updated though closed',
    ask: 'POST /v1/Conversations/{closed}',
    form: { State: 'active' },
    status: 400,
    code: 50377,
  },
  {
    when: 'updated though it is not there',
    ask: 'POST /v1/Conversations/nowhere',
    form: { FriendlyName: 'x' },
    status: 404,
    code: 20404,
  },

  { when: 'removed though not there', ask: 'DELETE /v1/Conversations/nowhere', status: 404, code: 20404 },
  {
    when: 'removed though of another service',
    ask: 'DELETE /v1/Conversations/{elsewhere}',
    status: 404,
    code: 20404,
  },
  {
    when: 'removed though closed',
    ask: 'DELETE /v1/Conversations/{closed}',
    status: 204,
    events: ['conversation.removed'],
  },
  { when: 'removed again', ask: 'DELETE /v1/Conversations/{closed}', status: 404, code: 20404 },

  { when: 'listed by a state in other letters', ask: 'GET /v1/Conversations?State=Closed', status: 200 },
  { when: 'listed by a state that there is not', ask: 'GET /v1/Conversations?State=asleep', status: 400, code: 50378 },
  { when: 'listed by no state', ask: 'GET /v1/Conversations?State=', status: 400, code: 50374 },
  { when: 'listed from no date', ask: 'GET /v1/Conversations?StartDate=x', status: 400, code: 20422 },
  { when: 'listed to no date', ask: 'GET /v1/Conversations?EndDate=2024-02-30', status: 400, code: 20422 },
  { when: 'listed by an unreadable query', ask: 'GET /v1/Conversations?State=%', status: 400, code: 20422 },
];

test.each(scenarios)('A conversation, $when: $status', (scenario) => playScenario(at, scenario, world));

describe('A conversation', () => {
  test('is shown with every field, in the order of the reference.', async () => {
    const { sid, ...shown } = await at.post('/v1/Conversations', {
      FriendlyName: 'Support',
      Attributes: '{ "a" : 1 }',
      'Timers.Inactive': 'PT1M',
      'Timers.Closed': 'PT10M',
      'Bindings.Email.Address': 'support@example.com',
    });
    const url = `https://chat.example.com/v1/Conversations/${sid}`;
    const { default_chat_service_sid, default_messaging_service_sid } = await at.get('/v1/Configuration');
    const expected = {
      account_sid: at.config.credentials.accountSid,
      chat_service_sid: default_chat_service_sid,
      messaging_service_sid: default_messaging_service_sid,
      friendly_name: 'Support',
      unique_name: null,
      attributes: '{ "a" : 1 }',
      state: 'active',
      date_created: '2030-01-01T00:00:00Z',
      date_updated: '2030-01-01T00:00:00Z',
      timers: { date_inactive: '2030-01-01T00:01:00Z', date_closed: '2030-01-01T00:10:00Z' },
      url,
      links: {
        participants: `${url}/Participants`,
        messages: `${url}/Messages`,
        webhooks: `${url}/Webhooks`,
        export: `${url}/Export`,
      },
      bindings: { email: { projected_address: 'support@example.com', name: null } },
    };
    expect(JSON.stringify(shown)).toBe(JSON.stringify(expected));
  });

  test('loses by an empty value its unique name, timers and e-mail sender, but not its friendly name.', async () => {
    const { sid } = await at.post('/v1/Conversations', {
      FriendlyName: 'kept',
      UniqueName: 'lost',
      'Timers.Closed': 'PT1H',
      'Bindings.Email.Address': 'x@example.com',
    });
    const emptied = {
      FriendlyName: '',
      UniqueName: '',
      'Timers.Closed': '',
      'Bindings.Email.Address': '',
      Attributes: '',
    };
    expect(await at.post(`/v1/Conversations/${sid}`, emptied)).toMatchObject({
      friendly_name: 'kept',
      unique_name: null,
      timers: {},
      bindings: {},
      attributes: '{}',
    });
    expect(await at.ask('GET', '/v1/Conversations/lost')).toMatchObject({ status: 404 });
  });

  test('is listed by most recent activity, and by date of creation once dates are asked for.', async () => {
    const { sid: service } = await at.post('/v1/Services', { FriendlyName: 'lists' });
    const list = `/v1/Services/${service}/Conversations`;
    for (const [name, date] of Object.entries({ a: '2001-01-01', b: '2001-01-03', c: '2001-01-02' })) {
      at.clock.advance(1000);
      await at.post(list, { UniqueName: name, DateCreated: date });
    }
    at.clock.advance(1000);
    await at.post(`${list}/a/Messages`, { Body: 'x' });
    const names = async (query: string) =>
      (await at.get(`${list}${query}`)).conversations.map((one: { unique_name: string }) => one.unique_name).join('');
    expect(await names('')).toBe('acb');
    expect(await names('?StartDate=2001-01-02')).toBe('bc');
    expect(await names('?EndDate=2001-01-02')).toBe('ca');
    expect(await names('?StartDate=2001-01-02&EndDate=2001-01-02')).toBe('c');
    expect(await names('?StartDate=2001-01-02T00:00:01Z&EndDate=2001-01-03T00:00:00Z')).toBe('b');
    expect(await names('?State=closed')).toBe('');
  });
});

describe('A list', () => {
  test.each([
    ['0', 1],
    ['-5', 1],
    ['1', 1],
    ['100', 100],
    ['101', 100],
    ['9'.repeat(30), 100],
  ])('of %s is one of %i.', async (size, actual) => {
    const { conversations, meta } = await at.get(`/v1/Conversations?PageSize=${size}`);
    expect(meta.page_size).toBe(actual);
    expect(conversations.length).toBeLessThanOrEqual(actual);
  });

  test.each([
    'PageSize=',
    'PageSize=x',
    'PageSize=1.5',
    'PageSize=1&PageSize=2',
    'Page=-1',
    'Page=x',
    'PageToken=',
    'PageToken=x',
    'PageToken=AAAAAAAAAAAAAAAAWzAsIm5leHQiXQ',
  ])('by %s is refused.', async (query) => {
    const answer = await at.ask('GET', `/v1/Conversations?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 20422 } });
  });

  test('does not take the token of another list.', async () => {
    const { meta } = await at.get('/v1/Conversations?PageSize=1');
    const token = new URL(meta.next_page_url).searchParams.get('PageToken');
    expect(await at.ask('GET', `/v1/Conversations?PageSize=9&PageToken=${token}`)).toMatchObject({ status: 200 });
    for (const path of [
      '/v1/Conversations?State=active&',
      '/v1/Users?',
      `/v1/Services/${world['service']}/Conversations?`,
    ]) {
      expect(await at.ask('GET', `${path}PageToken=${token}`), path).toMatchObject({ status: 400 });
    }
  });

  test('without a token is the first page, whatever number is asked for.', async () => {
    const { meta } = await at.get('/v1/Conversations?PageSize=1&Page=7');
    expect(meta).toMatchObject({ page: 0, previous_page_url: null });
  });

  test('that is empty says so.', async () => {
    const { sid } = await at.post('/v1/Services', { FriendlyName: 'empty' });
    const url = `https://chat.example.com/v1/Services/${sid}/Users?PageSize=50&Page=0`;
    const expected = {
      users: [],
      meta: {
        page: 0,
        page_size: 50,
        first_page_url: url,
        previous_page_url: null,
        url,
        next_page_url: null,
        key: 'users',
      },
    };
    expect(JSON.stringify(await at.get(`/v1/Services/${sid}/Users`))).toBe(JSON.stringify(expected));
  });
});

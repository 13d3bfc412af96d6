import { limits } from '@colloquy/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

let at: OpenRest;
const world: Record<string, string> = { nowhere: `HX${'0'.repeat(32)}` };

const create = (body: unknown) =>
  at.ask('POST', '/v1/Content', { form: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
const made = async (types: object, variables?: object) => {
  const { status, body } = await create({ language: 'en', types, variables });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
};
const text = { 'twilio/text': { body: 'Hi {{1}}, see {{ place }}.' } };

beforeAll(async () => {
  at = await openRest();
  world['template'] = (await made(text, { 1: 'you', place: 'the door' })).sid;
  world['handedIn'] = (await made(text)).sid;
  world['catalog'] = (await made({ 'twilio/catalog': { body: 'x' } })).sid;
  world['large'] = (await made({ 'twilio/text': { body: '{{1}}'.repeat(200) } })).sid;
  await at.ask('POST', `/v1/Content/${world['handedIn']}/ApprovalRequests/whatsapp`, {
    form: JSON.stringify({ name: 'first', category: 'UTILITY' }),
    headers: { 'content-type': 'application/json' },
  });
  world['room'] = (await at.post('/v1/Conversations')).sid;
});
afterAll(() => at.discard());

describe('A template', () => {
  test('is answered as the contract has it, and listed, fetched and removed', async () => {
    const types = { ...text, 'whatsapp/card': { body: 'for one channel', anything: [1] } };
    const { status, body } = await create({
      friendly_name: 'greeting',
      language: 'en',
      variables: { 1: 'you' },
      types,
    });
    const url = `https://chat.example.com/v1/Content/${body.sid}`;
    expect([status, body]).toEqual([
      201,
      {
        sid: expect.stringMatching(/^HX[0-9a-f]{32}$/),
        account_sid: at.config.credentials.accountSid,
        friendly_name: 'greeting',
        language: 'en',
        variables: { 1: 'you' },
        types,
        url,
        date_created: '2030-01-01T00:00:00Z',
        date_updated: '2030-01-01T00:00:00Z',
        links: { approval_create: `${url}/ApprovalRequests/whatsapp`, approval_fetch: `${url}/ApprovalRequests` },
      },
    ]);
    expect(await at.get(`/v1/Content/${body.sid}`)).toEqual(body);
    const page = await at.get('/v1/Content?PageSize=2');
    expect(page.meta).toMatchObject({ key: 'contents', page_size: 2, next_page_url: expect.any(String) });
    expect((await at.get('/v1/Content')).contents.at(-1)).toEqual(body);
    await at.remove(`/v1/Content/${body.sid}`);
    expect((await at.ask('GET', `/v1/Content/${body.sid}`)).status).toBe(404);
  });

  test('keeps null for a name that was not given', async () => {
    expect(await made(text)).toMatchObject({ friendly_name: null, variables: {} });
  });

  test('is not handed in until somebody does so, and then stays received', async () => {
    const { sid } = await made({ 'twilio/quick-reply': { body: 'x', actions: [{ title: 'Yes', id: 'y' }] }, ...text });
    const path = `/v1/Content/${sid}/ApprovalRequests`;
    const before = {
      name: '',
      category: '',
      content_type: 'twilio/quick-reply',
      status: 'unsubmitted',
      rejection_reason: '',
      allow_category_change: true,
    };
    expect(await at.get(path)).toEqual({
      sid,
      account_sid: at.config.credentials.accountSid,
      whatsapp: { type: 'whatsapp', ...before },
      url: `https://chat.example.com${path}`,
    });
    const asked = { name: 'yes_or_no', category: 'MARKETING', allow_category_change: false };
    const { status, body } = await at.ask('POST', `${path}/whatsapp`, {
      form: JSON.stringify({ ...asked, send_ttl_seconds: 90 }),
      headers: { 'content-type': 'application/json' },
    });
    const after = { ...before, ...asked, status: 'received' };
    expect([status, body]).toEqual([201, { ...after, send_ttl_seconds: 90 }]);
    expect((await at.get(path)).whatsapp).toEqual({ type: 'whatsapp', ...after });
  });
});

const good = { language: 'en', types: text };
const deep = JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`);

const badTemplates: [when: string, body: unknown, code: number][] = [
  ['nothing', {}, 20001],
  ['no language', { types: text }, 20001],
  ['an empty language', { ...good, language: '' }, 20422],
  ['a language that is a number', { ...good, language: 5 }, 20422],
  ['no types', { language: 'en' }, 20001],
  ['types without any', { language: 'en', types: {} }, 20422],
  ['types that are a list', { language: 'en', types: [] }, 20422],
  ['a type that is a text', { language: 'en', types: { 'twilio/text': 'x' } }, 20422],
  ['a name that is an object', { ...good, friendly_name: {} }, 20422],
  ['a name that is too long', { ...good, friendly_name: 'x'.repeat(257) }, 50003],
  ['variables that are a list', { ...good, variables: ['x'] }, 20422],
  ['a variable that is a number', { ...good, variables: { 1: 1 } }, 20422],
  ['a variable of too long a name', { ...good, variables: { ['x'.repeat(17)]: 'x' } }, 50540],
  ['a variable of too long a value', { ...good, variables: { 1: 'x'.repeat(257) } }, 50541],
  ['a text without a body', { ...good, types: { 'twilio/text': {} } }, 20422],
  ['media without files', { ...good, types: { 'twilio/media': { body: 'x', media: [] } } }, 20422],
  ['a location without a place', { ...good, types: { 'twilio/location': { label: 'x' } } }, 20422],
  ['quick replies without any', { ...good, types: { 'twilio/quick-reply': { body: 'x', actions: [] } } }, 20422],
  [
    'calls to action without a type',
    { ...good, types: { 'twilio/call-to-action': { body: 'x', actions: [{}] } } },
    20422,
  ],
  ['a list without a button', { ...good, types: { 'twilio/list-picker': { body: 'x', items: [] } } }, 20422],
  ['a card without a title', { ...good, types: { 'twilio/card': { subtitle: 'x' } } }, 20422],
  ['half a surrogate pair', { ...good, friendly_name: '\ud800' }, 20422],
  ['U+0000', { ...good, types: { 'twilio/text': { body: 'a\0b' } } }, 20422],
  ['what is nested 40 times', { ...good, types: { 'x/y': { deep } } }, 20422],
  ['a list', [], 20422],
];

const scenarios: Scenario[] = [
  ...badTemplates.map(
    ([when, json, code]): Scenario => ({
      when: `a template with ${when}`,
      ask: 'POST /v1/Content',
      json,
      status: 400,
      code,
    }),
  ),
  { when: 'a template that is not JSON', ask: 'POST /v1/Content', json: '{"language"', status: 400, code: 20422 },
  { when: 'a template as a form', ask: 'POST /v1/Content', form: { language: 'en' }, status: 415, code: 20415 },
  { when: 'a list with a bad size', ask: 'GET /v1/Content?PageSize=x', status: 400, code: 20422 },
  { when: 'an unknown template', ask: 'GET /v1/Content/{nowhere}', status: 404, code: 20404 },
  { when: 'a template by another name', ask: 'GET /v1/Content/greeting', status: 404, code: 20404 },
  { when: 'the removal of an unknown one', ask: 'DELETE /v1/Content/{nowhere}', status: 404, code: 20404 },
  { when: 'a change, which templates do not know', ask: 'POST /v1/Content/{template}', status: 405, code: 20004 },
  {
    when: 'the approval of an unknown one',
    ask: 'GET /v1/Content/{nowhere}/ApprovalRequests',
    status: 404,
    code: 20404,
  },
  ...(
    [
      ['an unknown template', '{nowhere}', { name: 'a', category: 'UTILITY' }, 404, 20404],
      ['no name', '{template}', { category: 'UTILITY' }, 400, 20001],
      ['a name with capitals', '{template}', { name: 'A', category: 'UTILITY' }, 400, 20422],
      ['no category', '{template}', { name: 'a' }, 400, 20001],
      ['an unknown category', '{template}', { name: 'a', category: 'utility' }, 400, 20422],
      [
        'a switch that is none',
        '{template}',
        { name: 'a', category: 'UTILITY', allow_category_change: 'x' },
        400,
        20422,
      ],
      ['a time that is none', '{template}', { name: 'a', category: 'UTILITY', send_ttl_seconds: 1.5 }, 400, 20422],
      ['one that was handed in', '{handedIn}', { name: 'a', category: 'UTILITY' }, 409, 20409],
    ] as const
  ).map(
    ([when, sid, json, status, code]): Scenario => ({
      when: `handing in ${when}`,
      ask: `POST /v1/Content/${sid}/ApprovalRequests/whatsapp`,
      json,
      status,
      code,
    }),
  ),
];

const variables = (value: unknown) => JSON.stringify(value);
const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [n, '']));

const messages: [when: string, form: Record<string, string>, code: number | undefined][] = [
  ['a template', { ContentSid: '{template}' }, undefined],
  ['a template and empty variables', { ContentSid: '{template}', ContentVariables: '' }, undefined],
  ['empty template and variables beside a body', { Body: 'x', ContentSid: '', ContentVariables: '' }, undefined],
  ['a template, a body and media', { ContentSid: '{template}', Body: 'x', MediaSid: `ME${'0'.repeat(32)}` }, undefined],
  ['an empty template', { ContentSid: '' }, 50503],
  ['a malformed SID', { ContentSid: 'HX1' }, 50526],
  ['a SID of another kind', { ContentSid: `ME${'0'.repeat(32)}` }, 50526],
  ['an unknown template', { ContentSid: '{nowhere}' }, 20422],
  ['variables without a template', { Body: 'x', ContentVariables: '{}' }, 50528],
  ['variables that are not JSON', { ContentSid: '{template}', ContentVariables: '{1:2}' }, 50527],
  ['variables that are a list', { ContentSid: '{template}', ContentVariables: '["x"]' }, 50527],
  ['variables that are null', { ContentSid: '{template}', ContentVariables: 'null' }, 50527],
  ['a variable that is null', { ContentSid: '{template}', ContentVariables: variables({ 1: null }) }, 50527],
  ['a variable that is an object', { ContentSid: '{template}', ContentVariables: variables({ 1: {} }) }, 50527],
  ['a variable with U+0000', { ContentSid: '{template}', ContentVariables: variables({ 1: 'a\0b' }) }, 50527],
  ['100 variables', { ContentSid: '{template}', ContentVariables: variables({ ...many, 100: undefined }) }, undefined],
  ['101 variables', { ContentSid: '{template}', ContentVariables: variables(many) }, 20422],
  ['a name of 16', { ContentSid: '{template}', ContentVariables: variables({ ['x'.repeat(16)]: '' }) }, undefined],
  ['a name of 17', { ContentSid: '{template}', ContentVariables: variables({ ['x'.repeat(17)]: '' }) }, 50540],
  ['a value of 256', { ContentSid: '{template}', ContentVariables: variables({ 1: 'x'.repeat(256) }) }, undefined],
  ['a value of 257', { ContentSid: '{template}', ContentVariables: variables({ 1: 'x'.repeat(257) }) }, 50541],
  ['27,801 characters', { ContentSid: '{template}', ContentVariables: `{}${' '.repeat(27_799)}` }, undefined],
  ['27,802 characters', { ContentSid: '{template}', ContentVariables: `{}${' '.repeat(27_800)}` }, 50529],
  ['a type that messages do not have', { ContentSid: '{catalog}' }, 50542],
  ['a text that gets too long', { ContentSid: '{large}', ContentVariables: variables({ 1: 'x'.repeat(200) }) }, 50504],
];

test.each([
  ...scenarios,
  ...messages.map(
    ([when, form, code]): Scenario => ({
      when: `a message of ${when}`,
      ask: 'POST /v1/Conversations/{room}/Messages',
      form,
      ...(code === undefined ? { status: 201, events: ['message.added'] } : { status: 400, code }),
    }),
  ),
])('$when: $status $code', (scenario) => playScenario(at, scenario, world));

test.each([
  ['GET', '/v1/Content'],
  ['POST', '/v1/Content'],
  ['GET', '/v1/Content/HX1'],
  ['DELETE', '/v1/Content/HX1'],
  ['GET', '/v1/Content/HX1/ApprovalRequests'],
  ['POST', '/v1/Content/HX1/ApprovalRequests/whatsapp'],
  ['GET', '/v1/x/conversations/CH1/messages/IM1/content'],
] as const)('strangers are not let in: %s %s', async (method, path) => {
  const { status, body } = await at.ask(method, path, { headers: { authorization: 'Basic wrong' } });
  expect([status, body.code]).toEqual([401, 20003]);
});

describe('A message made from a template', () => {
  const send = async (form: Record<string, string>) => at.post(`/v1/Conversations/${world['room']}/Messages`, form);
  const contentOf = (message: { sid: string }) =>
    at.ask('GET', `/v1/x/conversations/${world['room']}/messages/${message.sid}/content`);

  test('has its text as the body, filled from its variables first, then from those of the template', async () => {
    const ContentSid = world['template'] as string;
    expect(await send({ ContentSid })).toMatchObject({
      body: 'Hi you, see the door.',
      content_sid: ContentSid,
      media: null,
    });
    const ContentVariables = '{"1":"Ann $& {{place}}","other":"x"}';
    expect((await send({ ContentSid, ContentVariables })).body).toBe('Hi Ann $& {{place}}, see the door.');
    expect((await send({ ContentSid, ContentVariables: '{"1":7,"place":true}' })).body).toBe('Hi 7, see true.');
  });

  test('leaves a placeholder that nothing fills, whatever objects have by nature', async () => {
    const { sid } = await made({ 'twilio/text': { body: '{{a}} {{constructor}} {{__proto__}} {{}} {{b c}}' } });
    const { body } = await send({ ContentSid: sid, ContentVariables: '{"__proto__":"p"}' });
    expect(body).toBe('{{a}} {{constructor}} p {{}} {{b c}}');
  });

  test.each([
    ['twilio/card', { title: 'T {{1}}', subtitle: 'S', media: ['https://a/{{1}}'] }, 'T x\nS'],
    ['twilio/list-picker', { body: 'B {{1}}', button: 'pick', items: [{ id: '1', item: '{{1}}' }] }, 'B x'],
    ['twilio/quick-reply', { body: 'B {{1}}', actions: [{ title: '{{1}}', id: 'y' }] }, 'B x'],
    ['twilio/call-to-action', { body: 'B', actions: [{ type: 'URL', title: 'go', url: 'https://a/{{1}}' }] }, 'B'],
    ['twilio/media', { body: 'B {{1}}', media: ['https://a/{{1}}.png'] }, 'B x'],
    ['twilio/media', { media: ['https://a/{{1}}.png', 'https://b/'] }, 'https://a/x.png\nhttps://b/'],
    ['twilio/location', { latitude: 59.4, longitude: 24.7, label: 'L {{1}}' }, 'L x'],
    ['twilio/location', { latitude: 59.4, longitude: 24.7 }, '59.4, 24.7'],
    ['twilio/text', { body: 'B {{1}}' }, 'B x'],
  ])('of the type %s shows %j, in text %j', async (type, content, body) => {
    const { sid } = await made({ [type]: content });
    const message = await send({ ContentSid: sid, ContentVariables: '{"1":"x"}' });
    expect(message.body).toBe(body);
    const filled = JSON.parse(JSON.stringify(content).replaceAll('{{1}}', 'x'));
    expect((await contentOf(message)).body).toEqual({ contentSid: sid, type, content: filled });
  });

  test('shows the richest of several types, and takes its text from the plain one', async () => {
    const { sid } = await made({
      'twilio/text': { body: 'plain' },
      'twilio/flows': { body: 'unknown' },
      'twilio/quick-reply': { body: 'rich', actions: [{ title: 'Yes' }] },
    });
    const message = await send({ ContentSid: sid });
    expect(message.body).toBe('plain');
    expect((await contentOf(message)).body).toMatchObject({ type: 'twilio/quick-reply', content: { body: 'rich' } });
  });

  test('stays as it is when the template is removed', async () => {
    const { sid } = await made({ 'twilio/text': { body: 'kept' } });
    const message = await send({ ContentSid: sid });
    await at.remove(`/v1/Content/${sid}`);
    expect(await at.get(`/v1/Conversations/${world['room']}/Messages/${message.sid}`)).toEqual(message);
    expect((await contentOf(message)).body.content).toEqual({ body: 'kept' });
    const again = await at.ask('POST', `/v1/Conversations/${world['room']}/Messages`, { form: { ContentSid: sid } });
    expect(again.body.code).toBe(20422);
  });

  test('is the only kind that has content', async () => {
    expect((await contentOf(await send({ Body: 'x' }))).status).toBe(404);
    expect((await contentOf({ sid: `IM${'0'.repeat(32)}` })).status).toBe(404);
    const path = `/v1/x/conversations/${`CH${'0'.repeat(32)}`}/messages/${`IM${'0'.repeat(32)}`}/content`;
    expect((await at.ask('GET', path)).status).toBe(404);
  });
});

test('an operator can set how long variables may be, and how many', async () => {
  const own = {
    ...limits,
    contentVariables: 40,
    contentVariableCount: 2,
    contentVariableKey: 3,
    contentVariableValue: 4,
  };
  const low = await openRest({ limits: own });
  const template = await low.ask('POST', '/v1/Content', {
    form: JSON.stringify(good),
    headers: { 'content-type': 'application/json' },
  });
  const room = await low.post('/v1/Conversations');
  const send = async (ContentVariables: string) => {
    const form = { ContentSid: template.body.sid, ContentVariables };
    const { body } = await low.ask('POST', `/v1/Conversations/${room.sid}/Messages`, { form });
    return [body.code, body.code && Number(/(\d+)( characters)?$/.exec(body.message)?.[1])];
  };
  expect(await send(`{"abc":"abcd","2":""}${' '.repeat(19)}`)).toEqual([undefined, undefined]);
  expect(await send(`{"abc":"abcd","2":""}${' '.repeat(20)}`)).toEqual([50529, 40]);
  expect(await send('{"1":"","2":"","3":""}')).toEqual([20422, 2]);
  expect(await send('{"abcd":""}')).toEqual([50540, 3]);
  expect(await send('{"abc":"abcde"}')).toEqual([50541, 4]);
  await low.discard();
});

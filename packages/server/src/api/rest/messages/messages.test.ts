import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

let at: OpenRest;
const world: Record<string, string> = {};
beforeAll(async () => {
  at = await openRest();
  world['open'] = (await at.post('/v1/Conversations', { UniqueName: 'open' })).sid;
  world['inactive'] = (await at.post('/v1/Conversations', { State: 'inactive' })).sid;
  world['other'] = (await at.post('/v1/Conversations', { UniqueName: 'other' })).sid;
  world['closed'] = (await at.post('/v1/Conversations')).sid;
  world['message'] = (await at.post('/v1/Conversations/open/Messages', { Body: 'a' })).sid;
  world['last'] = (await at.post('/v1/Conversations/open/Messages', { Body: 'z' })).sid;
  world['sealed'] = (await at.post(`/v1/Conversations/${world['closed']}/Messages`, { Body: 'x' })).sid;
  await at.post(`/v1/Conversations/${world['closed']}`, { State: 'closed' });
});
afterAll(() => at.discard());

const sidOf = (prefix: string) => `${prefix}${'0'.repeat(32)}`;
const messages = '/v1/Conversations/{open}/Messages' as const;

const scenarios: Scenario[] = [
  { when: 'sent', ask: `POST ${messages}`, form: { Body: 'x' }, status: 201, events: ['message.added'] },
  {
    when: 'sent by unique name',
    ask: 'POST /v1/Conversations/open/Messages',
    form: { Body: '  ' },
    status: 201,
    events: ['message.added'],
  },
  {
    when: 'sent as large as can be',
    ask: `POST ${messages}`,
    form: { Body: '漢'.repeat(10922), Attributes: `"${'x'.repeat(4094)}"`, Author: 'é'.repeat(256) },
    status: 201,
    events: ['message.added'],
  },
  {
    when: 'sent to an inactive conversation, which it wakes',
    ask: 'POST /v1/Conversations/{inactive}/Messages',
    form: { Body: 'x' },
    status: 201,
    events: ['conversation.updated', 'message.added'],
  },
  ...(
    [
      [{}, 50503],
      [{ Body: '' }, 50503],
      [{ Body: '漢'.repeat(10923) }, 50504],
      [{ Body: 'x', Author: 'x'.repeat(257) }, 50310],
      [{ Body: 'x', Attributes: '[1,' }, 50304],
      [{ Body: 'x', Attributes: `"${'x'.repeat(4095)}"` }, 50303],
      [{ Body: 'x', Subject: 'x'.repeat(257) }, 20422],
      [{ Body: 'x', DateCreated: 'now' }, 50308],
      [{ Body: 'x', DateUpdated: '1' }, 50309],
      [{ Body: 'x', ContentVariables: '{}' }, 50528],
      [{ ContentSid: 'x' }, 50526],
      [{ ContentSid: sidOf('HX') }, 20422],
      [{ Body: ['x', 'y'] }, 20422],
    ] as [Record<string, string | string[]>, number][]
  ).map(
    ([form, code]): Scenario => ({
      when: `sent with ${JSON.stringify(form).slice(0, 50)}`,
      ask: `POST ${messages}`,
      form,
      status: 400,
      code,
    }),
  ),
  {
    when: 'sent with media that is not there',
    ask: `POST ${messages}`,
    form: { MediaSid: sidOf('ME') },
    status: 404,
    code: 50507,
  },
  {
    when: 'sent to a closed conversation',
    ask: 'POST /v1/Conversations/{closed}/Messages',
    form: { Body: 'x' },
    status: 400,
    code: 50377,
  },
  {
    when: 'sent nowhere',
    ask: 'POST /v1/Conversations/nowhere/Messages',
    form: { Body: 'x' },
    status: 404,
    code: 20404,
  },
  {
    when: 'sent nowhere, and wrong too',
    ask: 'POST /v1/Conversations/nowhere/Messages',
    form: { DateCreated: 'x' },
    status: 404,
    code: 20404,
  },

  { when: 'fetched', ask: `GET ${messages}/{message}`, status: 200 },
  { when: 'fetched by index', ask: `GET ${messages}/0`, status: 404, code: 20404 },
  {
    when: 'fetched from another conversation',
    ask: 'GET /v1/Conversations/other/Messages/{message}',
    status: 404,
    code: 20404,
  },
  { when: 'not there', ask: `GET ${messages}/${sidOf('IM')}`, status: 404, code: 20404 },
  { when: 'its receipts', ask: `GET ${messages}/{message}/Receipts`, status: 200 },
  {
    when: 'a receipt that is not there',
    ask: `GET ${messages}/{message}/Receipts/${sidOf('DY')}`,
    status: 404,
    code: 20404,
  },
  {
    when: 'receipts of one that is not there',
    ask: `GET ${messages}/${sidOf('IM')}/Receipts`,
    status: 404,
    code: 20404,
  },
  { when: 'its channel metadata', ask: `GET ${messages}/{message}/ChannelMetadata`, status: 404, code: 50530 },
  {
    when: 'channel metadata of one that is not there',
    ask: `GET ${messages}/${sidOf('IM')}/ChannelMetadata`,
    status: 404,
    code: 20404,
  },
  { when: 'listed in no order', ask: `GET ${messages}?Order=sideways`, status: 400, code: 20422 },
  { when: 'listed nowhere', ask: 'GET /v1/Conversations/nowhere/Messages', status: 404, code: 20404 },

  {
    when: 'updated',
    ask: `POST ${messages}/{message}`,
    form: { Body: 'b', Attributes: '{"a":1}' },
    status: 200,
    events: ['message.updated'],
  },
  { when: 'updated to nothing', ask: `POST ${messages}/{message}`, form: { Body: '' }, status: 400, code: 50503 },
  {
    when: 'updated too large',
    ask: `POST ${messages}/{message}`,
    form: { Body: 'x'.repeat(32769) },
    status: 400,
    code: 50504,
  },
  { when: 'updated wrongly', ask: `POST ${messages}/{message}`, form: { Attributes: '{' }, status: 400, code: 50304 },
  {
    when: 'updated though not there',
    ask: `POST ${messages}/${sidOf('IM')}`,
    form: { Body: 'x' },
    status: 404,
    code: 20404,
  },
  {
    when: 'updated though its conversation is closed',
    ask: 'POST /v1/Conversations/{closed}/Messages/{sealed}',
    form: { Body: 'x' },
    status: 400,
    code: 50377,
  },

  {
    when: 'removed though its conversation is closed',
    ask: 'DELETE /v1/Conversations/{closed}/Messages/{sealed}',
    status: 400,
    code: 50377,
  },
  {
    when: 'removed from another conversation',
    ask: 'DELETE /v1/Conversations/other/Messages/{message}',
    status: 404,
    code: 20404,
  },
  { when: 'removed', ask: `DELETE ${messages}/{message}`, status: 204, events: ['message.removed'] },
  { when: 'removed again', ask: `DELETE ${messages}/{message}`, status: 404, code: 20404 },
];

test.each(scenarios)('A message, $when: $status', (scenario) => playScenario(at, scenario, world));

describe('A message', () => {
  test('is shown with every field, in the order of the reference; with its service where that is named.', async () => {
    const { default_chat_service_sid: service } = await at.get('/v1/Configuration');
    const conversation = (await at.post('/v1/Conversations')).sid;
    const participant = (await at.post(`/v1/Conversations/${conversation}/Participants`, { Identity: 'ann' })).sid;
    const form = { Author: 'ann', Body: 'Hi', DateCreated: '2020-01-02T03:04:05.999+01:00' };
    const shown = await at.post(`/v1/Conversations/${conversation}/Messages`, form);
    const expected = (base: string, extra: object) => {
      const url = `https://chat.example.com/v1${base}/Conversations/${conversation}/Messages/${shown.sid}`;
      return JSON.stringify({
        account_sid: at.config.credentials.accountSid,
        ...extra,
        conversation_sid: conversation,
        sid: shown.sid,
        index: 0,
        author: 'ann',
        body: 'Hi',
        media: null,
        attributes: '{}',
        participant_sid: participant,
        date_created: '2020-01-02T02:04:05Z',
        date_updated: '2020-01-02T02:04:05Z',
        ...('chat_service_sid' in extra ? { delivery: null, url } : { url, delivery: null }),
        links: { delivery_receipts: `${url}/Receipts`, channel_metadata: `${url}/ChannelMetadata` },
        content_sid: null,
      });
    };
    expect(JSON.stringify(shown)).toBe(expected('', {}));
    const named = await at.get(`/v1/Services/${service}/Conversations/${conversation}/Messages/${shown.sid}`);
    expect(JSON.stringify(named)).toBe(expected(`/Services/${service}`, { chat_service_sid: service }));
  });

  test('keeps its text to the byte.', async () => {
    const body = 'a+b&c=d%20 \r\n\t"\\\u{1F600}é\u0301\u2028 <b>';
    const attributes = '{ "x" : "\\ud83d" , "n":1.0 }';
    const sent = await at.post('/v1/Conversations/other/Messages', { Body: body, Attributes: attributes });
    const fetched = await at.get(`/v1/Conversations/other/Messages/${sent.sid}`);
    expect(fetched).toMatchObject({ body, attributes });
  });

  test('to a phone has a receipt, which the list and its own path show, and which goes with the message.', async () => {
    const { sid: conversation } = await at.post('/v1/Conversations');
    const { sid: participant } = await at.post(`/v1/Conversations/${conversation}/Participants`, {
      'MessagingBinding.Address': '+12025550155',
      'MessagingBinding.ProxyAddress': '+12025550100',
    });
    const path = `/v1/Conversations/${conversation}/Messages`;
    const message = await at.post(path, { Body: 'x' });
    expect(message.delivery).toMatchObject({ total: 1 });
    const { delivery_receipts: receipts } = await at.get(`${path}/${message.sid}/Receipts`);
    expect(receipts).toHaveLength(1);
    expect(Object.keys(receipts[0])).toEqual([
      'account_sid',
      'conversation_sid',
      'sid',
      'message_sid',
      'channel_message_sid',
      'participant_sid',
      'status',
      'error_code',
      'date_created',
      'date_updated',
      'url',
    ]);
    expect(receipts[0]).toMatchObject({
      conversation_sid: conversation,
      message_sid: message.sid,
      participant_sid: participant,
      error_code: 0,
      url: `${message.url}/Receipts/${receipts[0].sid}`,
    });
    expect(await at.get(`${path}/${message.sid}/Receipts/${receipts[0].sid}`)).toMatchObject({ sid: receipts[0].sid });
    const { sid: second } = await at.post(path, { Body: 'y' });
    const astray = await at.ask('GET', `${path}/${second}/Receipts/${receipts[0].sid}`);
    expect(astray).toMatchObject({ status: 404, body: { code: 20404 } });
    await at.remove(`${path}/${message.sid}`);
    expect(await at.ask('GET', `${path}/${message.sid}/Receipts`)).toMatchObject({ status: 404 });
  });
});

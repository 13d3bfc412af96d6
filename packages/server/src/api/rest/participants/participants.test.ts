import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

const sidOf = (prefix: string) => `${prefix}${'0'.repeat(32)}`;
const own = '+12025550100';
const phone = { 'MessagingBinding.Address': '+12025550150', 'MessagingBinding.ProxyAddress': own };
const pair = (address: string, proxy: string) => ({
  'MessagingBinding.Address': address,
  'MessagingBinding.ProxyAddress': proxy,
});

let at: OpenRest;
const world: Record<string, string> = {};
beforeAll(async () => {
  at = await openRest({ groupTexting: false });
  const roles = (await at.get('/v1/Roles')).roles as { sid: string; friendly_name: string }[];
  const roleNamed = (name: string) => roles.find((role) => role.friendly_name === name)?.sid ?? '';
  world['conversationRole'] = roleNamed('channel admin');
  world['serviceRole'] = roleNamed('service user');
  world['open'] = (await at.post('/v1/Conversations', { UniqueName: 'open' })).sid;
  world['other'] = (await at.post('/v1/Conversations', { UniqueName: 'other' })).sid;
  world['closed'] = (await at.post('/v1/Conversations', { UniqueName: 'closed' })).sid;
  world['ann'] = (await at.post('/v1/Conversations/open/Participants', { Identity: 'ann' })).sid;
  world['phone'] = (await at.post('/v1/Conversations/open/Participants', phone)).sid;
  await at.post('/v1/Conversations/closed/Participants', { Identity: 'ann' });
  await at.post('/v1/Conversations/closed', { State: 'closed' });
  const { sid } = await at.post('/v1/Services', { FriendlyName: 'other' });
  world['foreignRole'] = (await at.get(`/v1/Services/${sid}/Roles`)).roles[3].sid;
});
afterAll(() => at.discard());

const participants = '/v1/Conversations/{open}/Participants' as const;
const addedFirst = ['user.added', 'participant.added', 'membership.added'];
const added = ['participant.added', 'membership.added'];

const scenarios: Scenario[] = [
  { when: 'a new user', ask: `POST ${participants}`, form: { Identity: 'ben' }, status: 201, events: addedFirst },
  {
    when: 'a user that is known',
    ask: 'POST /v1/Conversations/other/Participants',
    form: { Identity: 'ann', RoleSid: '{conversationRole}', Attributes: '[]' },
    status: 201,
    events: added,
  },
  {
    when: 'a phone',
    ask: `POST ${participants}`,
    form: pair('+12025550151', own),
    status: 201,
    events: ['participant.added'],
  },
  {
    when: 'the same phone behind another number',
    ask: `POST ${participants}`,
    form: pair('+12025550151', '+12025550101'),
    status: 201,
    events: ['participant.added'],
  },
  {
    when: 'a WhatsApp phone',
    ask: `POST ${participants}`,
    form: pair('whatsapp:+12025550151', 'whatsapp:+12025550100'),
    status: 201,
    events: ['participant.added'],
  },
  {
    when: 'a mail address',
    ask: `POST ${participants}`,
    form: { 'MessagingBinding.Address': 'Ann@Example.com', 'MessagingBinding.Level': 'CC' },
    status: 201,
    events: ['participant.added'],
  },
  {
    when: 'a mail address that is in it',
    ask: `POST ${participants}`,
    form: { 'MessagingBinding.Address': 'mailto:Ann@example.com' },
    status: 409,
    code: 50433,
  },
  { when: 'nobody', ask: `POST ${participants}`, status: 400, code: 50407 },
  { when: 'a user who is in it', ask: `POST ${participants}`, form: { Identity: 'ann' }, status: 409, code: 50433 },
  {
    when: 'a pair that is taken',
    ask: 'POST /v1/Conversations/other/Participants',
    form: phone,
    status: 409,
    code: 50416,
  },
  { when: 'a pair that is in it', ask: `POST ${participants}`, form: phone, status: 409, code: 50416 },
  ...(
    [
      [{ Identity: '' }, 400, 50204],
      [{ Identity: 'system' }, 400, 50203],
      [{ Identity: sidOf('US') }, 400, 50206],
      [{ Identity: 'x'.repeat(257) }, 400, 50207],
      [{ Identity: 'ann2', ...phone }, 400, 50211],
      [{ Identity: 'ann2', 'MessagingBinding.ProxyAddress': '+12025550177' }, 400, 50211],
      [{ 'MessagingBinding.Address': '+12025550152' }, 400, 50412],
      [{ 'MessagingBinding.ProxyAddress': own }, 400, 50411],
      [pair('', own), 400, 50411],
      [pair('+12025550152', ''), 400, 50412],
      [pair('nonsense', own), 400, 50407],
      [pair('+12025550152', 'nonsense'), 400, 50408],
      [pair('+12025550152', '+12025550177'), 403, 50413],
      [pair('whatsapp:+12025550152', own), 400, 50414],
      [pair(own, own), 400, 50409],
      [{ Identity: 'ann2', 'MessagingBinding.ProjectedAddress': own }, 403, 50452],
      [{ 'MessagingBinding.ProjectedAddress': own }, 403, 50452],
      [pair('ann@example.com', 'shop@example.com'), 400, 50453],
      [{ 'MessagingBinding.Address': 'ann@example.com', 'MessagingBinding.Level': 'bcc' }, 400, 20422],
      [{ 'MessagingBinding.Address': 'ann@example.com', 'MessagingBinding.Name': 'x'.repeat(257) }, 400, 20422],
      [{ ...pair('+12025550152', own), 'MessagingBinding.Name': 'Ann' }, 400, 50420],
      [{ Identity: 'ann2', 'MessagingBinding.Level': 'to' }, 400, 50420],
      [pair('messenger:4711', 'messenger:page'), 403, 50413],
      [{ Identity: 'ann2', Attributes: '{' }, 400, 50304],
      [{ Identity: 'ann2', Attributes: `"${'x'.repeat(4095)}"` }, 400, 50303],
      [{ Identity: 'ann2', RoleSid: 'x' }, 400, 20423],
      [{ Identity: 'ann2', RoleSid: sidOf('RL') }, 404, 50100],
      [{ Identity: 'ann2', RoleSid: '{foreignRole}' }, 404, 50100],
      [{ Identity: 'ann2', RoleSid: '{serviceRole}' }, 400, 50105],
      [{ Identity: 'ann2', DateCreated: 'x' }, 400, 50308],
      [{ Identity: 'ann2', DateUpdated: 'x' }, 400, 50309],
      [{ Identity: ['ann2', 'ann3'] }, 400, 20422],
    ] as [Record<string, string | string[]>, number, number][]
  ).map(
    ([form, status, code]): Scenario => ({
      when: `added as ${JSON.stringify(form).slice(0, 90)}`,
      ask: `POST ${participants}`,
      form,
      status,
      code,
    }),
  ),
  {
    when: 'added to a closed conversation',
    ask: 'POST /v1/Conversations/closed/Participants',
    form: { Identity: 'ben' },
    status: 400,
    code: 50377,
  },
  {
    when: 'added nowhere',
    ask: 'POST /v1/Conversations/nowhere/Participants',
    form: { Identity: 'ben' },
    status: 404,
    code: 20404,
  },

  { when: 'fetched by SID', ask: `GET ${participants}/{phone}`, status: 200 },
  { when: 'fetched by identity', ask: `GET ${participants}/ann`, status: 200 },
  { when: 'fetched by another identity', ask: `GET ${participants}/Ann`, status: 404, code: 20404 },
  { when: 'fetched from elsewhere', ask: 'GET /v1/Conversations/other/Participants/{phone}', status: 404, code: 20404 },
  { when: 'listed nowhere', ask: 'GET /v1/Conversations/nowhere/Participants', status: 404, code: 20404 },

  {
    when: 'updated',
    ask: `POST ${participants}/ann`,
    form: { Attributes: '{"a":1}', RoleSid: '{conversationRole}' },
    status: 200,
    events: ['participant.updated'],
  },
  {
    when: 'read up to the first message',
    ask: `POST ${participants}/ann`,
    form: { LastReadMessageIndex: '0' },
    status: 200,
    events: ['participant.updated', 'membership.updated'],
  },
  {
    when: 'its proxy address taken away',
    ask: `POST ${participants}/{phone}`,
    form: { 'MessagingBinding.ProxyAddress': 'null' },
    status: 200,
    events: ['participant.updated'],
  },
  {
    when: 'ann never having read, as a null of the official library says it',
    ask: `POST ${participants}/ann`,
    form: { LastReadMessageIndex: '', LastReadTimestamp: '' },
    status: 200,
    events: ['participant.updated', 'membership.updated'],
  },
  {
    when: 'its proxy address given back',
    ask: `POST ${participants}/{phone}`,
    form: { 'MessagingBinding.ProxyAddress': own },
    status: 200,
    events: ['participant.updated'],
  },
  ...(
    [
      ['ann', { LastReadMessageIndex: '-1' }, 400, 50421],
      ['ann', { LastReadMessageIndex: '1.5' }, 400, 50421],
      ['ann', { LastReadMessageIndex: '9'.repeat(20) }, 400, 50421],
      ['ann', { LastReadTimestamp: 'x' }, 400, 50405],
      ['ann', { Attributes: '{' }, 400, 50304],
      ['ann', { RoleSid: '{serviceRole}' }, 400, 50105],
      ['ann', { Identity: 'anna' }, 400, 50444],
      ['ann', { 'MessagingBinding.ProxyAddress': own }, 400, 50441],
      ['ann', { 'MessagingBinding.ProxyAddress': 'null' }, 400, 50440],
      ['ann', { 'MessagingBinding.ProjectedAddress': own }, 403, 50452],
      ['ann', { 'MessagingBinding.ProjectedAddress': 'null' }, 400, 50442],
      ['{phone}', { 'MessagingBinding.ProxyAddress': '+12025550177' }, 403, 50413],
      ['{phone}', { 'MessagingBinding.ProxyAddress': 'nonsense' }, 400, 50408],
      ['{phone}', { 'MessagingBinding.ProxyAddress': 'whatsapp:+12025550100' }, 400, 50414],
      ['nobody', { Attributes: '{}' }, 404, 20404],
    ] as [string, Record<string, string>, number, number][]
  ).map(
    ([who, form, status, code]): Scenario => ({
      when: `${who} updated with ${JSON.stringify(form).slice(0, 60)}`,
      ask: `POST ${participants}/${who}`,
      form,
      status,
      code,
    }),
  ),
  {
    when: 'updated in a closed conversation',
    ask: 'POST /v1/Conversations/closed/Participants/ann',
    form: { Attributes: '{}' },
    status: 400,
    code: 50377,
  },

  {
    when: 'removed from a closed conversation',
    ask: 'DELETE /v1/Conversations/closed/Participants/ann',
    status: 400,
    code: 50377,
  },
  {
    when: 'removed by identity',
    ask: `DELETE ${participants}/ann`,
    status: 204,
    events: ['participant.removed', 'membership.removed'],
  },
  { when: 'removed again', ask: `DELETE ${participants}/{ann}`, status: 404, code: 20404 },
  { when: 'a phone removed', ask: `DELETE ${participants}/{phone}`, status: 204, events: ['participant.removed'] },
  {
    when: 'its pair taken by another',
    ask: 'POST /v1/Conversations/other/Participants',
    form: phone,
    status: 201,
    events: ['participant.added'],
  },
];

test.each(scenarios)('A participant, $when: $status', (scenario) => playScenario(at, scenario, world));

describe('A participant', () => {
  test('is shown with every field, in the order of the reference; with its service where that is named.', async () => {
    const { default_chat_service_sid: service } = await at.get('/v1/Configuration');
    const { sid: conversation } = await at.post('/v1/Conversations');
    const path = `Conversations/${conversation}/Participants`;
    const form = { ...pair('+1 (202) 555-0160', own), Attributes: '{"a":1}', DateCreated: '2020-01-01' };
    const shown = await at.post(`/v1/${path}`, form);
    const expected = (base: string, extra: object) =>
      JSON.stringify({
        account_sid: at.config.credentials.accountSid,
        ...extra,
        conversation_sid: conversation,
        sid: shown.sid,
        identity: null,
        attributes: '{"a":1}',
        messaging_binding: { type: 'sms', address: '+12025550160', proxy_address: own },
        role_sid: null,
        date_created: '2020-01-01T00:00:00Z',
        date_updated: '2020-01-01T00:00:00Z',
        url: `https://chat.example.com/v1${base}/${path}/${shown.sid}`,
        last_read_message_index: null,
        last_read_timestamp: null,
      });
    expect(JSON.stringify(shown)).toBe(expected('', {}));
    const named = await at.get(`/v1/Services/${service}/${path}/${shown.sid}`);
    expect(JSON.stringify(named)).toBe(expected(`/Services/${service}`, { chat_service_sid: service }));
  });

  test('has a read horizon that goes back and forth, stamped when no time is given, and cleared by nothing.', async () => {
    const { sid: conversation } = await at.post('/v1/Conversations');
    const path = `/v1/Conversations/${conversation}/Participants`;
    await at.post(path, { Identity: 'cat' });
    const read = async (form: Record<string, string>) => {
      const { last_read_message_index: index, last_read_timestamp: time } = await at.post(`${path}/cat`, form);
      return [index, time];
    };
    expect(await read({ LastReadMessageIndex: '5' })).toEqual([5, '2030-01-01T00:00:00Z']);
    at.clock.advance(1000);
    expect(await read({ LastReadMessageIndex: '2' })).toEqual([2, '2030-01-01T00:00:01Z']);
    expect(await read({ LastReadTimestamp: '2029-01-01T00:00:00Z' })).toEqual([2, '2029-01-01T00:00:00Z']);
    expect(await read({ LastReadMessageIndex: '' })).toEqual([null, null]);
    await read({ LastReadMessageIndex: '1' });
    expect(await read({ LastReadMessageIndex: 'null' })).toEqual([null, null]);
  });
});

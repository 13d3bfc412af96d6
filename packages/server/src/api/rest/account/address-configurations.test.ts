import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

const addresses = '/v1/Configuration/Addresses';
const flow = `FW${'1'.repeat(32)}`;
const webhook = { 'AutoCreation.Type': 'webhook', 'AutoCreation.WebhookUrl': 'https://example.com/hook' };
const sms = (address: string, more: object = {}) => ({ Type: 'sms', Address: address, ...more });

let at: OpenRest;
const world: Record<string, string> = {};
beforeAll(async () => {
  at = await openRest();
  world['service'] = (await at.post('/v1/Services', { FriendlyName: 'Leads' })).sid;
  world['known'] = (await at.post(addresses, sms('+12025550100', webhook))).sid;
});
afterAll(() => at.discard());

const refused: [form: Record<string, string | string[]>, status: number, code: number][] = [
  [{ Address: '+12025550102' }, 400, 20001],
  [{ Type: 'sms' }, 400, 20001],
  [{ Type: 'fax', Address: '+12025550102' }, 400, 20422],
  [{ Type: ['sms', 'sms'], Address: '+12025550102' }, 400, 20422],
  [{ Type: 'sms', Address: ['+12025550102', '+12025550103'] }, 400, 20422],
  [sms(''), 400, 20422],
  [sms('nonsense'), 400, 20422],
  [sms('whatsapp:+12025550102'), 400, 20422],
  [{ Type: 'whatsapp', Address: '+12025550102' }, 400, 20422],
  [{ Type: 'email', Address: 'nobody' }, 400, 20422],
  [{ Type: 'messenger', Address: '+12025550102' }, 400, 20422],
  [{ Type: 'chat', Address: 'two words' }, 400, 20422],
  [{ Type: 'rcs', Address: 'urn:mbid:two words' }, 400, 20422],
  [{ Type: 'sms', Address: 'urn:mbid:AQA' }, 400, 20422],
  [{ Type: 'chat', Address: 'x'.repeat(257) }, 400, 20422],
  [sms('+1 (202) 555-0100'), 409, 20409],
  [sms('+12025550102', { FriendlyName: 'x'.repeat(257) }), 400, 50003],
  [sms('+12025550102', { AddressCountry: 'USA' }), 400, 20422],
  [sms('+12025550102', { 'AutoCreation.Enabled': 'maybe' }), 400, 20422],
  [sms('+12025550102', { 'AutoCreation.Type': 'flex' }), 400, 20422],
  [sms('+12025550102', { 'AutoCreation.Type': 'webhook' }), 400, 20001],
  [sms('+12025550102', { 'AutoCreation.Type': 'studio' }), 400, 20001],
  [sms('+12025550102', { ...webhook, 'AutoCreation.WebhookUrl': 'example.com' }), 400, 20422],
  [sms('+12025550102', { ...webhook, 'AutoCreation.WebhookUrl': 'ftp://example.com' }), 400, 20422],
  [sms('+12025550102', { ...webhook, 'AutoCreation.WebhookUrl': `https://e.com/${'x'.repeat(2048)}` }), 400, 20422],
  [sms('+12025550102', { ...webhook, 'AutoCreation.WebhookMethod': 'put' }), 400, 20422],
  [sms('+12025550102', { ...webhook, 'AutoCreation.WebhookFilters': 'onMessageAdd' }), 400, 20422],
  [sms('+12025550102', { 'AutoCreation.ConversationServiceSid': 'x' }), 400, 20423],
  [sms('+12025550102', { 'AutoCreation.ConversationServiceSid': `IS${'0'.repeat(32)}` }), 400, 20422],
  [sms('+12025550102', { 'AutoCreation.StudioFlowSid': 'FW' }), 400, 20423],
  [sms('+12025550102', { 'AutoCreation.StudioRetryCount': '4' }), 400, 20422],
  [sms('+12025550102', { 'AutoCreation.StudioRetryCount': '-1' }), 400, 20422],
  [sms('+12025550102', { 'AutoCreation.StudioRetryCount': 'x' }), 400, 20422],
];

const scenarios: Scenario[] = [
  { when: 'a number', ask: `POST ${addresses}`, form: sms('+12025550101'), status: 201 },
  { when: 'a short code', ask: `POST ${addresses}`, form: sms('12345', { AddressCountry: 'us' }), status: 201 },
  {
    when: 'the same number on WhatsApp',
    ask: `POST ${addresses}`,
    form: { Type: 'whAtsAPP', Address: 'whatsapp:+12025550100' },
    status: 201,
  },
  { when: 'a page', ask: `POST ${addresses}`, form: { Type: 'messenger', Address: 'messenger:4711' }, status: 201 },
  { when: 'a mailbox', ask: `POST ${addresses}`, form: { Type: 'email', Address: 'shop@example.com' }, status: 201 },
  { when: 'a business', ask: `POST ${addresses}`, form: { Type: 'apple', Address: 'urn:mbid:AQA' }, status: 201 },
  {
    when: 'such an id of another type',
    ask: `POST ${addresses}`,
    form: { Type: 'rcs', Address: 'urn:mbid:AQB' },
    status: 201,
  },
  {
    when: 'one of WhatsApp',
    ask: `POST ${addresses}`,
    form: { Type: 'whatsapp', Address: 'urn:mbid:AQC' },
    status: 201,
  },
  { when: 'a bot', ask: `POST ${addresses}`, form: { Type: 'telegram', Address: 'telegram:@shop_bot' }, status: 201 },
  { when: 'a web chat', ask: `POST ${addresses}`, form: { Type: 'chat', Address: 'site' }, status: 201 },
  {
    when: 'a mailbox in another spelling',
    ask: `POST ${addresses}`,
    form: { Type: 'email', Address: 'mailto:shop@EXAMPLE.com' },
    status: 409,
    code: 20409,
  },
  ...refused.map(
    ([form, status, code]): Scenario => ({
      when: `configured with ${JSON.stringify(form).slice(0, 100)}`,
      ask: `POST ${addresses}`,
      form,
      status,
      code,
    }),
  ),

  { when: 'fetched by SID', ask: `GET ${addresses}/{known}`, status: 200 },
  { when: 'fetched by address', ask: `GET ${addresses}/+12025550100`, status: 200 },
  { when: 'fetched by a mail address', ask: `GET ${addresses}/shop@example.com`, status: 200 },
  { when: 'fetched by an id of Apple', ask: `GET ${addresses}/urn:mbid:AQA`, status: 200 },
  { when: 'fetched by such an id of another type', ask: `GET ${addresses}/urn:mbid:AQC`, status: 200 },
  { when: 'fetched by an unknown address', ask: `GET ${addresses}/+12025550199`, status: 404, code: 20404 },
  { when: 'fetched by an unknown SID', ask: `GET ${addresses}/IG${'0'.repeat(32)}`, status: 404, code: 20404 },
  { when: 'listed by type', ask: `GET ${addresses}?Type=SMS`, status: 200 },

  { when: 'renamed by address', ask: `POST ${addresses}/+12025550100`, form: { FriendlyName: 'Shop' }, status: 200 },
  { when: 'renamed by SID', ask: `POST ${addresses}/{known}`, form: { FriendlyName: 'Shop' }, status: 200 },
  ...(
    [
      [{ FriendlyName: 'x'.repeat(257) }, 50003],
      [{ 'AutoCreation.Type': 'studio' }, 20001],
      [{ 'AutoCreation.Enabled': 'x' }, 20422],
      [{ 'AutoCreation.WebhookFilters': ['onMessageAdded', 'onSomething'] }, 20422],
      [{ 'AutoCreation.ConversationServiceSid': `IS${'0'.repeat(32)}` }, 20422],
    ] as [Record<string, string | string[]>, number][]
  ).map(
    ([form, code]): Scenario => ({
      when: `updated with ${JSON.stringify(form).slice(0, 80)}`,
      ask: `POST ${addresses}/{known}`,
      form,
      status: 400,
      code,
    }),
  ),
  { when: 'updated, unknown', ask: `POST ${addresses}/+12025550199`, form: { Type: 'x' }, status: 404, code: 20404 },

  { when: 'removed by address', ask: `DELETE ${addresses}/+12025550101`, status: 204 },
  { when: 'removed again', ask: `DELETE ${addresses}/+12025550101`, status: 404, code: 20404 },
  { when: 'removed by SID', ask: `DELETE ${addresses}/{known}`, status: 204 },
];

test.each(scenarios)('An address, $when: $status', (scenario) => playScenario(at, scenario, world));

test.each(['GET', 'POST'] as const)('Nobody may %s addresses: 401', async (method) => {
  const { status, body } = await at.ask(method, addresses, { headers: { authorization: '' } });
  expect([status, body.code]).toEqual([401, 20003]);
});

describe('An address configuration', () => {
  test('is shown with every field, in the order of the reference, and of the autocreation what belongs to its type.', async () => {
    const { service = '' } = world;
    const made = await at.post(addresses, {
      ...sms('+1 202 555 0150', webhook),
      FriendlyName: 'Shop',
      AddressCountry: 'us',
      'AutoCreation.Enabled': 'true',
      'AutoCreation.ConversationServiceSid': service,
      'AutoCreation.WebhookMethod': 'get',
      'AutoCreation.WebhookFilters': ['onParticipantAdded', 'onMessageAdded'],
    });
    const shown = (auto_creation: object, friendly_name = 'Shop') =>
      JSON.stringify({
        sid: made.sid,
        account_sid: at.config.credentials.accountSid,
        type: 'sms',
        address: '+12025550150',
        friendly_name,
        auto_creation,
        date_created: '2030-01-01T00:00:00Z',
        date_updated: '2030-01-01T00:00:00Z',
        url: `https://chat.example.com${addresses}/${made.sid}`,
        address_country: 'US',
      });
    const ofWebhook = {
      enabled: true,
      type: 'webhook',
      conversation_service_sid: service,
      webhook_url: 'https://example.com/hook',
      webhook_method: 'GET',
      webhook_filters: ['onParticipantAdded', 'onMessageAdded'],
    };
    expect(JSON.stringify(made)).toBe(shown(ofWebhook));

    const studio = await at.post(`${addresses}/${made.sid}`, {
      FriendlyName: 'Flow',
      'AutoCreation.Enabled': 'false',
      'AutoCreation.Type': 'studio',
      'AutoCreation.StudioFlowSid': flow,
      'AutoCreation.StudioRetryCount': '3',
    });
    const ofStudio = { enabled: false, type: 'studio', conversation_service_sid: service };
    expect(JSON.stringify(studio)).toBe(shown({ ...ofStudio, studio_flow_sid: flow, studio_retry_count: 3 }, 'Flow'));

    const plain = await at.post(`${addresses}/${made.sid}`, { 'AutoCreation.Type': 'default' });
    expect(plain.auto_creation).toEqual({ enabled: false, type: 'default', conversation_service_sid: service });
    const back = await at.post(`${addresses}/${made.sid}`, {
      FriendlyName: 'Shop',
      'AutoCreation.Enabled': 'true',
      'AutoCreation.Type': 'webhook',
    });
    expect(JSON.stringify(back)).toBe(shown(ofWebhook));
  });

  test('autocreates nothing unless it says so, and without filters hears of everything.', async () => {
    const plain = await at.post(addresses, sms('+12025550151'));
    expect(plain.auto_creation).toEqual({ enabled: false, type: 'default' });
    expect([plain.friendly_name, plain.address_country]).toEqual([null, null]);
    const hook = await at.post(addresses, sms('+12025550152', webhook));
    expect(hook.auto_creation).toMatchObject({ webhook_method: 'POST' });
    expect(hook.auto_creation.webhook_filters).toEqual([
      'onConversationUpdated',
      'onConversationRemoved',
      'onConversationStateUpdated',
      'onMessageAdded',
      'onMessageUpdated',
      'onMessageRemoved',
      'onParticipantAdded',
      'onParticipantUpdated',
      'onParticipantRemoved',
      'onDeliveryUpdated',
    ]);
  });

  test('is listed, oldest first, in pages, and narrowed down to a type.', async () => {
    const list = async (query: string) => at.get(`${addresses}${query}`);
    const all = (await list('')).address_configurations as { address: string; type: string }[];
    expect(all.map((one) => one.address)).toContain('urn:mbid:AQA');
    const first = await list('?PageSize=2');
    expect(first.address_configurations).toEqual(all.slice(0, 2));
    expect(first.meta.key).toBe('address_configurations');
    const next = await at.get(first.meta.next_page_url.slice('https://chat.example.com'.length));
    expect(next.address_configurations).toEqual(all.slice(2, 4));
    const mail = await list('?Type=email');
    expect(mail.address_configurations.map((one: { address: string }) => one.address)).toEqual(['shop@example.com']);
    expect(mail.meta.first_page_url).toBe(`https://chat.example.com${addresses}?Type=email&PageSize=50&Page=0`);
    expect((await list('?Type=gbm')).address_configurations).toEqual([]);
    expect((await list('?PageSize=1000')).meta.page_size).toBe(50);
  });
});

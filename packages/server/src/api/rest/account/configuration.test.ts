import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

const sidOf = (prefix: string) => `${prefix}${'0'.repeat(32)}`;

let at: OpenRest;
const world: Record<string, string> = {};
beforeAll(async () => {
  at = await openRest();
  world['service'] = (await at.post('/v1/Services', { FriendlyName: 'other' })).sid;
  world['default'] = (await at.get('/v1/Configuration')).default_chat_service_sid;
  world['messaging'] = sidOf('MG');
});
afterAll(() => at.discard());

const update = 'POST /v1/Configuration';
const scenarios: Scenario[] = [
  { when: 'fetched', ask: 'GET /v1/Configuration', status: 200 },
  { when: 'updated with nothing', ask: update, form: {}, status: 200 },
  { when: 'updated with a name that nobody reads', ask: update, form: { Colour: 'red' }, status: 200 },
  ...(
    [
      [{ DefaultInactiveTimer: 'PT1M', DefaultClosedTimer: 'PT10M' }, 200, undefined],
      [{ DefaultInactiveTimer: '', DefaultClosedTimer: '' }, 200, undefined],
      [{ DefaultInactiveTimer: 'P1Y2M3W4DT5H6M7.5S' }, 200, undefined],
      [{ DefaultMessagingServiceSid: '{messaging}' }, 200, undefined],
      [{ DefaultInactiveTimer: 'PT59S' }, 400, 50375],
      [{ DefaultInactiveTimer: 'PT0S' }, 400, 50375],
      [{ DefaultClosedTimer: 'PT9M59S' }, 400, 50376],
      [{ DefaultInactiveTimer: '1 minute' }, 400, 50379],
      [{ DefaultInactiveTimer: 'P2000Y' }, 400, 50379],
      [{ DefaultClosedTimer: '-PT10M' }, 400, 50380],
      [{ DefaultInactiveTimer: ['PT1M', 'PT1M'] }, 400, 20422],
      [{ DefaultChatServiceSid: '' }, 400, 20423],
      [{ DefaultChatServiceSid: 'default' }, 400, 20423],
      [{ DefaultChatServiceSid: sidOf('MG') }, 400, 20423],
      [{ DefaultChatServiceSid: sidOf('IS') }, 404, 50050],
      [{ DefaultChatServiceSid: sidOf('IS'), DefaultInactiveTimer: 'PT1H' }, 404, 50050],
      [{ DefaultMessagingServiceSid: '' }, 400, 50341],
      [{ DefaultMessagingServiceSid: sidOf('IS') }, 400, 50341],
      [{ DefaultMessagingServiceSid: ['{messaging}', '{messaging}'] }, 400, 20422],
    ] as [Record<string, string | string[]>, number, number | undefined][]
  ).map(
    ([form, status, code]): Scenario => ({
      when: `updated with ${JSON.stringify(form)}`,
      ask: update,
      form,
      status,
      ...(code !== undefined && { code }),
    }),
  ),
  { when: 'removed', ask: 'DELETE /v1/Configuration', status: 405, code: 20004 },
];

test.each(scenarios)('The configuration of the account, $when: $status', (scenario) =>
  playScenario(at, scenario, world),
);

test('Nobody without credentials reads or changes it.', async () => {
  for (const method of ['GET', 'POST'] as const) {
    const { status, body } = await at.ask(method, '/v1/Configuration', { headers: { authorization: 'Basic eDp5' } });
    expect([status, body.code]).toEqual([401, 20003]);
  }
});

describe('The configuration of the account', () => {
  test('is shown with every field, in the order of the reference.', async () => {
    const form = { DefaultInactiveTimer: 'PT1H', DefaultClosedTimer: 'P1D', DefaultMessagingServiceSid: sidOf('MG') };
    const url = 'https://chat.example.com/v1';
    const expected = {
      account_sid: at.config.credentials.accountSid,
      default_chat_service_sid: world['default'],
      default_messaging_service_sid: sidOf('MG'),
      default_inactive_timer: 'PT1H',
      default_closed_timer: 'P1D',
      url: `${url}/Configuration`,
      links: {
        service: `${url}/Services/${world['default']}/Configuration`,
        webhooks: `${url}/Configuration/Webhooks`,
      },
    };
    expect(JSON.stringify(await at.post('/v1/Configuration', form))).toBe(JSON.stringify(expected));
    expect(JSON.stringify(await at.get('/v1/Configuration'))).toBe(JSON.stringify(expected));
  });

  test('gives new conversations their timers, unless they bring their own or none.', async () => {
    await at.post('/v1/Configuration', { DefaultInactiveTimer: 'PT1H', DefaultClosedTimer: 'P1D' });
    const timers = async (form: Record<string, string>) => (await at.post('/v1/Conversations', form)).timers;
    const [hour, day] = ['2030-01-01T01:00:00Z', '2030-01-02T00:00:00Z'];
    expect(await timers({})).toEqual({ date_inactive: hour, date_closed: day });
    expect(await timers({ 'Timers.Closed': 'PT2H' })).toEqual({
      date_inactive: hour,
      date_closed: '2030-01-01T02:00:00Z',
    });
    expect(await timers({ 'Timers.Inactive': '', 'Timers.Closed': '' })).toEqual({});
    const old = await at.post('/v1/Conversations');
    await at.post('/v1/Configuration', { DefaultInactiveTimer: '', DefaultClosedTimer: '' });
    expect(await timers({})).toEqual({});
    expect((await at.get(`/v1/Conversations/${old.sid}`)).timers).toEqual({ date_inactive: hour, date_closed: day });
  });

  test('says which service the short paths stand for, which then cannot be removed, and the former one can.', async () => {
    const before = await at.post('/v1/Conversations', { UniqueName: 'before' });
    await at.post('/v1/Configuration', { DefaultChatServiceSid: world['service'] ?? '' });
    expect(await at.post('/v1/Conversations')).toMatchObject({ chat_service_sid: world['service'] });
    expect((await at.ask('GET', '/v1/Conversations/before')).status).toBe(404);
    expect(await at.get(`/v1/Services/${world['default']}/Conversations/before`)).toMatchObject({ sid: before.sid });
    expect((await at.ask('DELETE', `/v1/Services/${world['service']}`)).status).toBe(409);
    expect((await at.ask('DELETE', `/v1/Services/${world['default']}`)).status).toBe(204);
  });
});

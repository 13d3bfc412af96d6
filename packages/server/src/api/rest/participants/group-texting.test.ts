import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario } from '../../../testing/scenarios.ts';

const own = '+12025550100';
const other = '+12025550101';
const phone = '+12025550150';
const address = (text: string) => ({ 'MessagingBinding.Address': text });
const proxy = (text: string) => ({ 'MessagingBinding.ProxyAddress': text });
const projected = (text: string) => ({ 'MessagingBinding.ProjectedAddress': text });

let at: OpenRest;
const world: Record<string, string> = {};
beforeAll(async () => {
  at = await openRest();
  const add = async (conversation: string, form: Record<string, string>) =>
    (await at.post(`/v1/Conversations/${conversation}/Participants`, form)).sid as string;
  for (const name of ['group', 'twin', 'plain', 'full', 'ended'])
    await at.post('/v1/Conversations', { UniqueName: name });
  world['phone'] = await add('group', address(phone));
  await add('twin', address(phone));
  await add('twin', projected(own));
  await add('plain', { Identity: 'ann' });
  world['pair'] = await add('plain', { ...address('+12025550151'), ...proxy(own) });
  await add('full', projected(own));
  for (let n = 0; n < 9; n += 1) await add('full', address(`+1202555016${n}`));
  // Closed, it has no numbers.
  await add('ended', address('+12025550152'));
  await add('ended', projected(own));
  await at.post('/v1/Conversations/ended', { State: 'closed' });
});
afterAll(() => at.discard());

const participants = '/v1/Conversations/group/Participants' as const;

const refusedIn = (conversation: string, rows: [form: Record<string, string>, status: number, code: number][]) =>
  rows.map(
    ([form, status, code]): Scenario => ({
      when: `added to ${conversation} as ${JSON.stringify(form)}`,
      ask: `POST /v1/Conversations/${conversation}/Participants`,
      form,
      status,
      code,
    }),
  );
const refusedUpdates = (rows: [who: string, form: Record<string, string>, status: number, code: number][]) =>
  rows.map(
    ([who, form, status, code]): Scenario => ({
      when: `${who} updated with ${JSON.stringify(form)}`,
      ask: `POST ${participants}/${who}`,
      form,
      status,
      code,
    }),
  );

const scenarios: Scenario[] = [
  ...refusedIn('group', [
    [address(phone), 409, 50437],
    [address('whatsapp:+12025550153'), 400, 50412],
    [{ ...address(phone), ...projected(own) }, 400, 50407],
    [{ ...proxy(own), ...projected(own) }, 400, 50408],
    [projected(''), 400, 50407],
    [projected('nonsense'), 400, 50407],
    [projected('whatsapp:+12025550100'), 400, 50407],
    [projected('+12025550177'), 403, 50439],
    [{ Identity: '', ...projected(own) }, 400, 50204],
    [projected(own), 409, 50438],
  ]),
  ...refusedIn('plain', [[projected(other), 400, 50434]]),
  ...refusedIn('full', [[address('+12025550170'), 400, 50436]]),
  {
    when: 'a chat user with a projected address',
    ask: `POST ${participants}`,
    form: { Identity: 'ben', ...projected(other) },
    status: 201,
    events: ['user.added', 'participant.added', 'membership.added'],
  },
  ...refusedIn('group', [
    [{ Identity: 'ann' }, 400, 50434],
    [{ Identity: 'ben', ...projected(own) }, 409, 50433],
    [projected(other), 409, 50437],
    [address(other), 409, 50437],
    [{ ...address('+12025550153'), ...proxy(own) }, 400, 50435],
    [address('mail@example.com'), 400, 50435],
  ]),
  ...refusedIn('twin', [[address(phone), 409, 50437]]),
  {
    when: 'another phone',
    ask: `POST ${participants}`,
    form: address('+12025550154'),
    status: 201,
    events: ['participant.added'],
  },
  {
    when: 'its own number, without a user',
    ask: `POST ${participants}`,
    form: projected(own),
    status: 201,
    events: ['participant.added'],
  },
  ...refusedUpdates([
    ['{phone}', { Identity: 'cat' }, 400, 50444],
    ['{phone}', projected(own), 400, 50443],
    ['{phone}', projected('null'), 400, 50442],
    ['{phone}', proxy('null'), 400, 50440],
    ['{phone}', proxy(own), 400, 50435],
    ['ben', { Identity: 'cat' }, 400, 50444],
    ['ben', projected(own), 400, 50443],
    ['ben', projected('+12025550177'), 403, 50439],
    ['ben', projected('nonsense'), 400, 50407],
    ['ben', projected('null'), 400, 50434],
    ['ben', proxy(own), 400, 50441],
  ]),
  {
    when: 'a message by nobody',
    ask: 'POST /v1/Conversations/group/Messages',
    form: { Body: 'x' },
    status: 400,
    code: 50513,
  },
  {
    when: 'a message by a stranger',
    ask: 'POST /v1/Conversations/group/Messages',
    form: { Body: 'x', Author: 'ann' },
    status: 400,
    code: 50513,
  },
  { when: 'a phone removed', ask: `DELETE ${participants}/{phone}`, status: 204, events: ['participant.removed'] },
  {
    when: 'a number of a closed group, in another one',
    ask: 'POST /v1/Conversations/twin/Participants',
    form: address('+12025550152'),
    status: 201,
    events: ['participant.added'],
  },
  {
    when: 'a pair bereft of its proxy address',
    ask: 'POST /v1/Conversations/plain/Participants/{pair}',
    form: proxy('null'),
    status: 200,
    events: ['participant.updated'],
  },
  {
    when: 'a chat user given a projected address',
    ask: 'POST /v1/Conversations/plain/Participants/ann',
    form: projected(other),
    status: 200,
    events: ['participant.updated'],
  },
  {
    when: 'its last projected address taken away',
    ask: 'POST /v1/Conversations/plain/Participants/ann',
    form: projected('null'),
    status: 200,
    events: ['participant.updated'],
  },
  {
    when: 'a pair that was a phone of a group, given its proxy address back',
    ask: 'POST /v1/Conversations/plain/Participants/{pair}',
    form: proxy(own),
    status: 200,
    events: ['participant.updated'],
  },
];

test.each(scenarios)('A member of a group text, $when: $status', (scenario) => playScenario(at, scenario, world));

describe('A group text', () => {
  const shown = async (conversation: string) => {
    const { participants } = await at.get(`/v1/Conversations/${conversation}/Participants`);
    return participants.map((one: { identity: string; messaging_binding: object }) => [
      one.identity,
      one.messaging_binding,
    ]);
  };

  test('shows phones by their address, and others by what stands for them; a user can be attached to that.', async () => {
    await at.post('/v1/Conversations', { UniqueName: 'shown' });
    const path = '/v1/Conversations/shown/Participants';
    await at.post(path, address('+1 (202) 555-0180'));
    const { sid, role_sid } = await at.post(path, projected(own));
    expect(role_sid).toBeNull();
    await at.post(path, { Identity: 'dan', ...projected(other) });
    expect(await shown('shown')).toEqual([
      [null, { type: 'sms', address: '+12025550180' }],
      [null, { type: 'sms', projected_address: own }],
      ['dan', { type: 'sms', projected_address: other }],
    ]);
    const again = await at.ask('POST', `${path}/${sid}`, { form: { Identity: 'dan' } });
    expect([again.status, again.body.code]).toEqual([409, 50433]);
    const events = await at.eventsOf(() => at.post(`${path}/${sid}`, { Identity: 'eve' }));
    expect(events).toEqual(['user.added', 'participant.updated', 'membership.added']);
    expect(await at.get(`${path}/eve`)).toMatchObject({ sid, role_sid: expect.stringMatching(/^RL/) });
    expect((await at.get('/v1/Users/eve/Conversations')).conversations).toMatchObject([{ unique_name: 'shown' }]);
    const found = await at.get('/v1/ParticipantConversations?Identity=eve');
    expect(found.conversations).toMatchObject([
      { participant_messaging_binding: { type: 'sms', address: null, proxy_address: null, projected_address: own } },
    ]);
    await at.remove(`${path}/eve`);
    await at.remove('/v1/Conversations/shown');
  });

  test('cannot lose a member so that it would be another group, unless its user is removed altogether.', async () => {
    const make = async (name: string, ...members: Record<string, string>[]) => {
      await at.post('/v1/Conversations', { UniqueName: name });
      for (const form of members) await at.post(`/v1/Conversations/${name}/Participants`, form);
    };
    await make('two', address('+12025550190'), projected(own));
    await make('three', address('+12025550190'), { Identity: 'fay', ...projected(other) }, projected(own));
    const { status, body } = await at.ask('DELETE', '/v1/Conversations/three/Participants/fay');
    const { sid } = await at.get('/v1/Conversations/two');
    expect([status, body.code, body.message]).toEqual([409, 50438, expect.stringContaining(sid)]);
    await at.remove('/v1/Users/fay');
    expect(await shown('three')).toHaveLength(2);
    await at.post('/v1/Conversations/two', { State: 'closed' });
    await at.post('/v1/Conversations/three/Participants', { Identity: 'gus', ...projected(other) });
    expect(await shown('three')).toHaveLength(3);
  });
});

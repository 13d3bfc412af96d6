import { afterEach, beforeEach, expect, it } from 'vitest';
import { testAccount } from '../../../testing/open-core.ts';
import { type OpenWebhooks, openWebhooks } from '../../../testing/open-webhooks.ts';

let at: OpenWebhooks;
let conversation: string;
beforeEach(async () => {
  at = await openWebhooks();
  conversation = (await at.post('/v1/Conversations', {})).sid;
});
afterEach(() => at.discard());

const path = '/v1/x/webhook-deliveries';

async function say(body: string, to = conversation): Promise<{ sid: string }> {
  const headers = { 'x-twilio-webhook-enabled': 'true' };
  const answer = await at.ask('POST', `/v1/Conversations/${to}/Messages`, { form: { Body: body }, headers });
  return answer.body;
}

/** The delivery of the newest event, once it has left the state it began in. */
async function settled(nth = 0): Promise<{ id: string; state: string }> {
  await at.told('onMessageAdded', nth);
  for (;;) {
    const { deliveries } = await at.get(path);
    if (deliveries[0].state !== 'pending') return deliveries[0];
    // Asking takes no turn of the event loop, and the answer has to come in one.
    await new Promise(setImmediate);
  }
}

it('shows what was sent and what was answered, and no secret', async () => {
  at.receiver.answer = () => ({ status: 403, body: 'go away' });
  const address = at.receiver.url('/account?key=1#rc=0').replace('//', '//user:password@');
  await at.post('/v1/Configuration/Webhooks', { PostWebhookUrl: address });
  const message = await say('hello');
  const { id } = await settled();
  const [request] = at.receiver.received;
  const url = at.receiver.url('/account?key=1');
  const parameters = Object.fromEntries(request?.parameters.filter(([name]) => name !== 'RetryCount') ?? []);
  const date = '2030-01-01T00:00:00.000Z';
  const shown = {
    id,
    state: 'dead',
    event: 'onMessageAdded',
    eventId: request?.headers['x-colloquy-event-id'],
    target: testAccount,
    serviceSid: at.service,
    conversationSid: conversation,
    method: 'POST',
    url,
    parameters,
    attemptCount: 1,
    dateCreated: date,
    dateUpdated: date,
  };
  expect(parameters).toMatchObject({ MessageSid: message.sid, Body: 'hello' });
  expect(await at.get(path)).toEqual({ deliveries: [shown], next: null });
  expect(await at.get(`${path}/${id}`)).toEqual({
    ...shown,
    attempts: [
      {
        number: 1,
        date,
        request: {
          method: 'POST',
          url,
          headers: {
            'I-Twilio-Idempotency-Token': id,
            'X-Colloquy-Event-Id': shown.eventId,
            'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
          },
          parameters: request?.values,
        },
        answer: { status: 403, body: 'go away' },
        error: null,
        durationMs: 0,
      },
    ],
  });
});

it('sends again what is asked for, and only what is not on its way', async () => {
  at.receiver.answer = () => ({ status: at.receiver.received.length === 0 ? 404 : 200 });
  await say('hello');
  const { id, state } = await settled();
  expect(state).toBe('dead');
  expect(await at.ask('POST', `${path}/${id}/retry`)).toMatchObject({ status: 200, body: { id } });
  expect(await settled(1)).toMatchObject({ id, state: 'delivered', attemptCount: 2 });
  let release = () => {};
  const after = new Promise<void>((resolve) => {
    release = resolve;
  });
  at.receiver.answer = () => ({ status: 200, after });
  await at.ask('POST', `${path}/${id}/retry`);
  expect(await at.ask('POST', `${path}/${id}/retry`)).toMatchObject({ status: 409, body: { code: 20409 } });
  release();
});

it('is narrowed by conversation, webhook and state', async () => {
  const other = (await at.post('/v1/Conversations', {})).sid;
  const { sid: webhook } = await at.post(`/v1/Conversations/${conversation}/Webhooks`, {
    Target: 'webhook',
    'Configuration.Url': at.receiver.url('/scoped'),
    'Configuration.Filters': 'onMessageAdded',
  });
  await say('here');
  await say('there', other);
  await at.told('onMessageAdded', 1);
  const found = async (query: string) =>
    (await at.get(`${path}?${query}`)).deliveries.map((one: { parameters: { Body: string }; target: string }) => [
      one.parameters.Body,
      one.target,
    ]);
  expect(await found(`conversation=${other}`)).toEqual([['there', testAccount]]);
  expect(await found(`target=${webhook}`)).toEqual([['here', webhook]]);
  expect(await found(`conversation=${conversation}&target=${testAccount}`)).toEqual([['here', testAccount]]);
  expect(await found('state=dead')).toEqual([]);
});

it('gives pages, newest first', async () => {
  for (const body of ['one', 'two', 'three']) await say(body);
  const bodiesOf = (page: { deliveries: { parameters: { Body: string } }[] }) =>
    page.deliveries.map(({ parameters }) => parameters.Body);
  const first = await at.get(`${path}?limit=2`);
  expect(bodiesOf(first)).toEqual(['three', 'two']);
  const second = await at.get(`${path}?limit=2&after=${first.next}`);
  expect(bodiesOf(second)).toEqual(['one']);
  expect(second.next).toBeNull();
});

it('refuses what it cannot read and whom it does not know', async () => {
  const codeOf = async (query: string) => (await at.ask('GET', `${path}${query}`)).body.code;
  expect(await codeOf('?state=lost')).toBe(20422);
  expect(await codeOf('?limit=101')).toBe(20422);
  expect(await codeOf('?after=abc')).toBe(20422);
  expect(await codeOf('/none')).toBe(20404);
  expect(await codeOf('/%00')).toBe(20404);
  expect((await at.ask('POST', `${path}/none/retry`)).body.code).toBe(20404);
  const asks = [
    ['GET', ''],
    ['GET', '/none'],
    ['POST', '/none/retry'],
  ] as const;
  for (const [method, target] of asks) {
    expect((await at.ask(method, path + target, { headers: { authorization: '' } })).status).toBe(401);
  }
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { updateConversation } from '../../core/conversations/actions.ts';
import { updateMessage } from '../../core/messages/actions.ts';
import { claimWork } from '../../core/outbox/actions.ts';
import { configureAccountWebhook } from '../../core/webhooks/configure.ts';
import { listAttempts } from '../../core/webhooks/log.ts';
import { addConversationWebhook } from '../../core/webhooks/scoped.ts';
import { WebhookReceiver } from '../../testing/webhook-receiver.ts';
import { signatureOf } from './signature.ts';
import { authToken, openRig, type WebhookRig } from './test-rig.ts';

let at: WebhookRig;
beforeEach(async () => {
  at = await openRig();
});
afterEach(() => at.discard());

const bodies = () => at.receiver.received.map(({ values }) => values['Body']);
const retryCounts = () => at.receiver.received.map(({ values }) => values['RetryCount']);

describe('A request', () => {
  it('carries a form, the ids of delivery and event, and the signature of both', async () => {
    await at.configure(at.receiver.url('/hook?key=value#rc=1'));
    const conversation = await at.converse();
    const position = await at.say(conversation, 'hello');
    at.start();
    await at.idle();
    const [request] = at.receiver.received;
    const [delivery] = await at.deliveries();
    expect(request).toMatchObject({
      method: 'POST',
      path: '/hook?key=value',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'i-twilio-idempotency-token': delivery?.id,
        'x-colloquy-event-id': `${conversation}.${position}`,
        'x-twilio-signature': signatureOf(authToken, at.receiver.url('/hook?key=value'), request?.parameters ?? []),
      },
    });
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 1, event: 'onMessageAdded' });
  });

  it('carries a query where the method is GET', async () => {
    await at.configure(at.receiver.url('/hook?key=value'), 'GET');
    await at.say(await at.converse(), 'a & b');
    at.start();
    await at.idle();
    const [request] = at.receiver.received;
    expect(request?.method).toBe('GET');
    expect(request?.values).toMatchObject({
      key: 'value',
      EventType: 'onMessageAdded',
      Body: 'a & b',
      RetryCount: '0',
    });
    expect(request?.headers['x-twilio-signature']).toBe(signatureOf(authToken, at.receiver.url(request?.path ?? '')));
  });
});

describe('Order', () => {
  it('needs no claim for each: who has one of a conversation has the next of it at once', async () => {
    const told: unknown[] = [];
    at.core.intercept((run, proceed) => {
      if (run.command === claimWork) told.push('claim');
      return proceed(run.input);
    });
    at.receiver.answer = ({ values }) => {
      told.push(values['Body']);
      return { status: 200 };
    };
    await at.configure();
    const conversation = await at.converse();
    for (const body of ['one', 'two', 'three']) await at.say(conversation, body);
    at.start();
    await at.idle();
    expect(told).toEqual(['claim', 'one', 'two', 'three']);
  });

  it('is that of the changes within a conversation, whatever fails on the way', async () => {
    await at.configure();
    at.start();
    let failures = 3;
    at.receiver.answer = () => ({ status: failures-- > 0 ? 503 : 200 });
    const conversation = await at.converse();
    for (const body of ['one', 'two', 'three']) await at.say(conversation, body);
    await at.core.run(updateMessage, at.ann, { service: at.service, conversation, message: 0, body: 'first' });
    await at.idle();
    await at.goOn(3);
    expect(bodies()).toEqual(['one', 'one', 'one', 'one', 'two', 'three', 'first']);
  });

  it('is that of the changes of one action, too: a message that wakes a conversation comes after the waking', async () => {
    const filters = ['onMessageAdded', 'onConversationStateUpdated'];
    await at.core.run(configureAccountWebhook, at.account, { postUrl: at.receiver.url('/hook'), filters });
    const conversation = await at.converse();
    await at.core.run(updateConversation, at.account, { service: at.service, conversation, state: 'inactive' });
    at.start();
    await at.idle();
    await at.say(conversation, 'hello');
    await at.idle();
    const events = at.receiver.received.map(({ values }) => values['EventType']);
    expect(events).toEqual(['onConversationStateUpdated', 'onMessageAdded']);
  });

  it('does not make one conversation wait for another', async () => {
    await at.configure();
    at.start();
    const [stuck, free] = [await at.converse(), await at.converse()];
    at.receiver.answer = ({ values }) => ({ status: values['ConversationSid'] === stuck ? 500 : 200 });
    await at.say(stuck, 'stuck');
    await at.say(free, 'one');
    await at.say(free, 'two');
    await at.idle();
    expect(bodies().filter((body) => body !== 'stuck')).toEqual(['one', 'two']);
  });
});

it('A receiver that hangs, however much there is for it, keeps no other one waiting.', async () => {
  await at.configure();
  const released = Promise.withResolvers<void>();
  at.receiver.answer = () => ({ status: 200, after: released.promise });
  const conversations = await Promise.all(Array.from({ length: 70 }, () => at.converse()));
  for (const conversation of conversations) await at.say(conversation, 'for the one that hangs');
  const other = await WebhookReceiver.open();
  const [conversation = ''] = conversations;
  const hook = { target: 'webhook', url: other.url('/other'), filters: ['onMessageAdded'] };
  await at.core.run(addConversationWebhook, at.account, { service: at.service, conversation, ...hook });
  at.clock.advance(1);
  await at.say(conversation, 'for the other one');
  at.start();
  expect((await other.first(1))[0]?.values['Body']).toBe('for the other one');
  released.resolve();
  await at.idle();
  expect(at.receiver.received).toHaveLength(71);
  await other.close();
});

describe('A failure', () => {
  it.each([[429], [500], [503]])('of status %d is tried again, with the same token', async (status) => {
    await at.configure();
    at.start();
    at.receiver.answer = () => ({ status: at.receiver.received.length < 2 ? status : 200 });
    await at.say(await at.converse(), 'hello');
    await at.idle();
    expect(retryCounts()).toEqual(['0']);
    await at.goOn(2);
    expect(retryCounts()).toEqual(['0', '1', '2']);
    expect(new Set(at.receiver.received.map(({ headers }) => headers['i-twilio-idempotency-token'])).size).toBe(1);
    const [delivery] = await at.deliveries();
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 3 });
    const attempts = await listAttempts(at.core.db, delivery?.id ?? '');
    expect(attempts.map((one) => [one.number, one.retry_count, one.status])).toEqual([
      [1, 0, status],
      [2, 1, status],
      [3, 2, 200],
    ]);
  });

  it.each([[301], [400], [404]])('of status %d is final', async (status) => {
    await at.configure();
    at.start();
    at.receiver.answer = () => ({ status, body: 'not like this' });
    const conversation = await at.converse();
    await at.say(conversation, 'hello');
    await at.idle();
    await at.goOn(2);
    expect(at.receiver.received).toHaveLength(1);
    const [delivery] = await at.deliveries();
    expect(delivery).toMatchObject({ state: 'dead', attempts: 1 });
    const [attempt] = await listAttempts(at.core.db, delivery?.id ?? '');
    expect(attempt).toMatchObject({ status, answer: 'not like this', error: null });
  });

  it('to connect is tried again for some time, then given up, and the next one has its turn', async () => {
    await at.configure('http://127.0.0.1:9/nobody');
    at.start();
    const conversation = await at.converse();
    await at.say(conversation, 'one');
    await at.idle();
    await at.goOn(11);
    const [delivery] = await at.deliveries();
    expect(delivery).toMatchObject({ state: 'dead', attempts: 11 });
    const attempts = await listAttempts(at.core.db, delivery?.id ?? '');
    expect(attempts.every(({ error }) => error?.startsWith('connection: '))).toBe(true);
    await at.configure();
    await at.say(conversation, 'two');
    await at.idle();
    expect(bodies()).toEqual(['two']);
  });

  it('to answer in time is tried again', async () => {
    await at.configure();
    at.start();
    const never = new Promise(() => {});
    at.receiver.answer = () => (at.receiver.received.length === 0 ? { status: 200, after: never } : { status: 200 });
    await at.say(await at.converse(), 'hello');
    await at.receiver.first(1);
    at.clock.advance(14_999);
    expect(await at.deliveries()).toMatchObject([{ state: 'pending', attempts: 0 }]);
    at.clock.advance(1);
    await at.idle();
    const [delivery] = await at.deliveries();
    const [attempt] = await listAttempts(at.core.db, delivery?.id ?? '');
    expect(attempt).toMatchObject({
      status: null,
      error: 'timeout: No whole answer within 15000 ms.',
      duration: 15_000,
    });
    await at.goOn(1);
    expect(retryCounts()).toEqual(['0', '1']);
    expect(await at.deliveries()).toMatchObject([{ state: 'delivered', attempts: 2 }]);
  });

  it('waits as long as the receiver asks', async () => {
    await at.configure();
    at.start();
    at.receiver.answer = () => ({
      status: at.receiver.received.length === 0 ? 503 : 200,
      headers: { 'Retry-After': '120' },
    });
    await at.say(await at.converse(), 'hello');
    await at.idle();
    at.clock.advance(119_999);
    await at.idle();
    expect(at.receiver.received).toHaveLength(1);
    at.clock.advance(1);
    await at.idle();
    expect(at.receiver.received).toHaveLength(2);
  });

  it('is tried again as often as the fragment of the URL says, and after what it says', async () => {
    await at.configure(at.receiver.url('/hook#rc=1&rp=4xx&rt=2000'));
    at.start();
    const conversation = await at.converse();
    at.receiver.answer = () => ({ status: 404 });
    await at.say(conversation, 'one');
    await at.idle();
    await at.goOn(3);
    expect(retryCounts()).toEqual(['0', '1']);
    at.receiver.answer = () => ({ status: 500 });
    await at.say(conversation, 'two');
    await at.idle();
    await at.goOn(3);
    expect(bodies()).toEqual(['one', 'one', 'two']);
    expect((await at.deliveries()).map(({ state }) => state)).toEqual(['dead', 'dead']);
  });

  it('because the address must not be called is final, and says so', async () => {
    await at.configure('http://10.0.0.1/internal');
    at.start();
    await at.say(await at.converse(), 'hello');
    await at.idle();
    const [delivery] = await at.deliveries();
    expect(delivery).toMatchObject({ state: 'dead', attempts: 1 });
    expect((await listAttempts(at.core.db, delivery?.id ?? ''))[0]?.error).toMatch(/^blocked: /);
  });

  it('of an endpoint for a day is given up without another attempt, and the log says so', async () => {
    await at.configure();
    at.start();
    at.receiver.answer = () => ({ status: 500 });
    await at.say(await at.converse(), 'hello');
    await at.idle();
    expect(at.warned).toEqual([]);
    at.clock.advance(24 * 60 * 60 * 1000);
    await at.idle();
    const [delivery] = await at.deliveries();
    expect(delivery).toMatchObject({ state: 'dead', attempts: 1 });
    const { id, target, event } = delivery ?? {};
    const msg = 'a webhook was not reached within a day';
    expect(at.warned).toMatchObject([{ msg, delivery: id, target, event, error: 'status 500' }]);
  });

  it('is seen once of what had to wait for longer than a day, as while the server was down', async () => {
    await at.configure();
    at.receiver.answer = () => ({ status: 500 });
    await at.say(await at.converse(), 'hello');
    at.clock.advance(2 * 24 * 60 * 60 * 1000);
    at.start();
    await at.idle();
    expect(retryCounts()).toEqual(['0']);
    await at.goOn(1);
    expect(retryCounts()).toEqual(['0']);
    expect(await at.deliveries()).toMatchObject([{ state: 'dead', attempts: 1 }]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deleteConversation } from '../../core/conversations/actions.ts';
import { claimWork } from '../../core/outbox/actions.ts';
import { webhookWork } from '../../core/webhooks/deliveries.ts';
import { listAttempts, purgeDeliveries, sendDeliveryAgain } from '../../core/webhooks/log.ts';
import { addConversationWebhook, removeConversationWebhook } from '../../core/webhooks/scoped.ts';
import { testAccount } from '../../testing/open-core.ts';
import { turnsWhile } from '../../testing/turns.ts';
import type { NodeLife } from '../node-life.ts';
import { openRig, type WebhookRig } from './test-rig.ts';

const system = { kind: 'system', account: testAccount } as const;

let at: WebhookRig;
beforeEach(async () => {
  at = await openRig();
});
afterEach(() => at.discard());

const bodies = () => at.receiver.received.map(({ values }) => values['Body']);
const retryCounts = () => at.receiver.received.map(({ values }) => values['RetryCount']);

describe('A process that dies', () => {
  it('between the claim and the answer leaves work that another one does again', async () => {
    await at.configure();
    const conversation = await at.converse();
    await at.say(conversation, 'one');
    await at.say(conversation, 'two');
    const claim = { kind: webhookWork, limit: 10, lease: 'of a process that died', leaseMs: 60_000 };
    const [claimed] = await at.core.run(claimWork, system, claim);
    at.start();
    await at.idle();
    expect(at.receiver.received).toEqual([]);
    at.clock.advance(60_000);
    await at.idle();
    await at.goOn(1);
    expect(bodies()).toEqual(['one', 'two']);
    expect(retryCounts()).toEqual(['1', '0']);
    expect(at.receiver.received[0]?.headers['i-twilio-idempotency-token']).toBe(claimed?.id);
    const attempts = await listAttempts(at.core.db, claimed?.id ?? '');
    expect(attempts.map(({ error, status }) => [error, status])).toEqual([
      ['The process that made the attempt ended before it had the answer.', null],
      [null, 204],
    ]);
  });

  it('leaves work that is done again also where the URL allows no retries', async () => {
    await at.configure(at.receiver.url('/hook#rc=0'));
    await at.say(await at.converse(), 'hello');
    const claim = { kind: webhookWork, limit: 10, lease: 'of a process that died', leaseMs: 60_000 };
    await at.core.run(claimWork, system, claim);
    at.receiver.answer = () => ({ status: 500 });
    at.start();
    at.clock.advance(60_000);
    await at.goOn(3);
    expect(retryCounts()).toEqual(['1']);
    expect(await at.deliveries()).toMatchObject([{ state: 'dead', attempts: 2 }]);
  });

  it('before anything was claimed leaves it all', async () => {
    await at.configure();
    await at.say(await at.converse(), 'hello');
    expect(await at.deliveries()).toMatchObject([{ state: 'pending', attempts: 0 }]);
    at.start();
    await at.idle();
    expect(bodies()).toEqual(['hello']);
  });

  it('in an orderly way does not count what it cuts off', async () => {
    await at.configure();
    const dispatcher = at.start();
    at.receiver.answer = () => ({ status: 200, after: new Promise(() => {}) });
    await at.say(await at.converse(), 'hello');
    await at.receiver.first(1);
    const stopped = dispatcher.stop();
    at.clock.advance(5000);
    await stopped;
    expect(await at.deliveries()).toMatchObject([{ state: 'pending', attempts: 0 }]);
    at.receiver.answer = () => ({ status: 200 });
    at.start();
    await at.idle();
    expect(retryCounts()).toEqual(['0', '0']);
    expect(await at.deliveries()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
  });
});

describe('A server that others may take for dead', () => {
  it('calls off what is under way and begins all of it again, without holding that against the receiver', async () => {
    await at.configure();
    const watchers: { unsure(): void }[] = [];
    const life = { isSure: true, node: 'one', watch: (one: (typeof watchers)[0]) => watchers.push(one) };
    at.start(life as unknown as NodeLife);
    at.receiver.answer = () => ({ status: 200, after: new Promise(() => {}) });
    for (let n = 0; n < 6; n += 1) await at.say(await at.converse(), 'hello');
    await at.receiver.first(6);
    at.receiver.answer = () => ({ status: 200 });
    for (const { unsure } of watchers) unsure();
    await turnsWhile(() => at.receiver.received.length < 12);
    await at.idle();
    expect(new Set(retryCounts())).toEqual(new Set(['0']));
    for (const delivery of await at.deliveries()) expect(delivery).toMatchObject({ state: 'delivered', attempts: 1 });
  });
});

describe('A webhook that changes', () => {
  it('gets what waits for it at its new address', async () => {
    await at.configure(at.receiver.url('/old'));
    at.start();
    at.receiver.answer = ({ path }) => ({ status: path === '/old' ? 500 : 200 });
    await at.say(await at.converse(), 'hello');
    await at.idle();
    await at.configure(at.receiver.url('/new'));
    await at.goOn(1);
    expect(at.receiver.received.map(({ path }) => path)).toEqual(['/old', '/new']);
  });

  it('because its conversation goes is still told everything until then', async () => {
    at.start();
    at.receiver.answer = () => ({ status: at.receiver.received.length === 0 ? 503 : 200 });
    const conversation = await at.converse();
    const input = { service: at.service, conversation };
    const filters = ['onMessageAdded', 'onConversationRemoved'];
    const settings = { target: 'webhook', url: at.receiver.url('/scoped'), filters };
    await at.core.run(addConversationWebhook, at.account, { ...input, ...settings });
    await at.say(conversation, 'hello');
    await at.idle();
    await at.core.run(deleteConversation, { ...at.account, firesWebhooks: true }, input);
    await at.goOn(1);
    expect(at.receiver.received.map(({ values }) => values['EventType'])).toEqual([
      'onMessageAdded',
      'onMessageAdded',
      'onConversationRemoved',
    ]);
    expect((await at.deliveries()).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  });

  it('gets nothing any more once it has no address or is removed', async () => {
    await at.configure();
    at.start();
    at.receiver.answer = () => ({ status: 500 });
    const conversation = await at.converse();
    const input = { service: at.service, conversation };
    const settings = { target: 'webhook', url: at.receiver.url('/scoped'), filters: ['onMessageAdded'] };
    const { sid: webhook } = await at.core.run(addConversationWebhook, at.account, { ...input, ...settings });
    await at.say(conversation, 'hello');
    await at.idle();
    expect(at.receiver.received).toHaveLength(2);
    await at.configure('');
    await at.core.run(removeConversationWebhook, at.account, { ...input, webhook });
    await at.goOn(2);
    expect(at.receiver.received).toHaveLength(2);
    expect((await at.deliveries()).map(({ state }) => state)).toEqual(['dropped', 'dropped']);
  });
});

describe('The log', () => {
  it('is what a delivery is sent again from, under its id', async () => {
    await at.configure();
    at.start();
    at.receiver.answer = () => ({ status: 400 });
    const conversation = await at.converse();
    await at.say(conversation, 'hello');
    await at.idle();
    at.receiver.answer = () => ({ status: 200 });
    const [delivery] = await at.deliveries();
    const again = { stream: conversation, delivery: delivery?.id ?? '' };
    await at.core.run(sendDeliveryAgain, at.account, again);
    await expect(at.core.run(sendDeliveryAgain, at.account, again)).rejects.toMatchObject({ code: 20409 });
    await at.idle();
    expect(await at.deliveries()).toMatchObject([{ id: delivery?.id, state: 'delivered', attempts: 2 }]);
    const [first, second] = at.receiver.received;
    expect(second?.values).toEqual(first?.values);
    expect(second?.headers['i-twilio-idempotency-token']).toBe(delivery?.id);
    await at.core.run(sendDeliveryAgain, at.account, again);
    await at.idle();
    expect(at.receiver.received).toHaveLength(3);
  });

  it('forgets what was delivered after 3 days and what was given up after 30', async () => {
    await at.configure();
    at.start();
    const conversation = await at.converse();
    const day = 24 * 60 * 60 * 1000;
    await at.say(conversation, 'delivered');
    await at.idle();
    at.receiver.answer = () => ({ status: 400 });
    await at.say(conversation, 'dead');
    await at.idle();
    const purge = async () => {
      while ((await at.core.run(purgeDeliveries, system, {})).more);
      return (await at.deliveries()).map(({ state }) => state);
    };
    at.clock.advance(3 * day);
    expect(await purge()).toEqual(['delivered', 'dead']);
    at.clock.advance(1);
    expect(await purge()).toEqual(['dead']);
    at.clock.advance(27 * day);
    expect(await purge()).toEqual([]);
    expect(await at.core.db.sql.selectFrom('webhook_attempts').selectAll().execute()).toEqual([]);
  });
});

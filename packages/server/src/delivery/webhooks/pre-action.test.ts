import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OpenPreAction, openPreAction } from '../../testing/open-pre-action.ts';
import { stateOf } from '../../testing/scenarios.ts';

let at: OpenPreAction;
beforeAll(async () => {
  at = await openPreAction();
});
afterEach(async () => {
  at.forget();
  await at.askBefore();
});
afterAll(() => at.discard());

describe('Nobody is asked', () => {
  it('about what the filters do not name', async () => {
    await at.askBefore({ filters: ['onMessageUpdate', 'onMessageAdded'] });
    const conversation = await at.converse();
    const { index } = await at.ann.call('messages.send', { conversation, body: 'Hi' });
    expect(at.asked()).toEqual([]);
    await at.ann.call('messages.update', { conversation, index, body: 'Ho' });
    expect(at.asked()).toHaveLength(1);
  });

  it('before the webhook is configured, nor when it is not any more', async () => {
    await at.askBefore({ url: '' });
    const conversation = await at.converse();
    const send = () => at.ann.call('messages.send', { conversation, body: 'Hi' });
    await send();
    expect(at.asked()).toEqual([]);
    await at.askBefore();
    await send();
    expect(at.asked()).toHaveLength(1);
    await at.askBefore({ url: '' });
    await send();
    const path = `/v1/Services/${at.service}/Configuration/Webhooks`;
    await at.post(path, { PreWebhookUrl: at.receiver.url('/before/service'), Filters: ['onMessageAdd'] });
    await send();
    expect(at.asked().map(({ path }) => path)).toEqual(['/before', '/before/service']);
    await at.post(path, { PreWebhookUrl: '' });
  });

  it('of the account when the service has a webhook of its own, except about users', async () => {
    const path = `/v1/Services/${at.service}/Configuration/Webhooks`;
    await at.post(path, { PreWebhookUrl: at.receiver.url('/before/service'), Filters: ['onMessageAdd'] });
    const conversation = await at.converse();
    const { index } = await at.ann.call('messages.send', { conversation, body: 'Hi' });
    await at.ann.call('messages.update', { conversation, index, body: 'Ho' });
    await at.ann.call('users.update', { user: 'ann', friendlyName: 'Ann' });
    expect(at.asked().map(({ path, values }) => [path, values['EventType']])).toEqual([
      ['/before/service', 'onMessageAdd'],
      ['/before', 'onUserUpdate'],
    ]);
    await at.post(path, { PreWebhookUrl: '' });
  });

  it('by back ends, whether they ask for webhooks or not', async () => {
    const headers = { 'x-twilio-webhook-enabled': 'true' };
    const succeed = async (method: 'POST' | 'DELETE', path: string, form: Record<string, string> = {}) => {
      const { status, body } = await at.ask(method, path, method === 'POST' ? { form, headers } : { headers });
      expect(status).toBeLessThan(300);
      return body;
    };
    const { sid } = await succeed('POST', '/v1/Conversations');
    const path = `/v1/Conversations/${sid}`;
    await succeed('POST', path, { FriendlyName: 'Tea' });
    const participant = await succeed('POST', `${path}/Participants`, { Identity: 'bob' });
    await succeed('POST', `${path}/Participants/${participant.sid}`, { Attributes: '{}' });
    const message = await succeed('POST', `${path}/Messages`, { Body: 'Hi' });
    await succeed('POST', `${path}/Messages/${message.sid}`, { Body: 'Ho' });
    await succeed('DELETE', `${path}/Messages/${message.sid}`);
    await succeed('DELETE', `${path}/Participants/${participant.sid}`);
    await succeed('POST', '/v1/Users/bob', { FriendlyName: 'Bob' });
    await succeed('DELETE', path);
    expect(at.asked()).toEqual([]);
  });

  it('about what is refused anyway: by strangers, by members without the permission, or for its values', async () => {
    const conversation = await at.converse();
    const { index } = await at.ann.call('messages.send', { conversation, body: 'Hi' });
    const bob = await at.connectUser('bob');
    const eve = await at.connectUser('eve');
    await at.ann.call('participants.add', { conversation, identity: 'bob' });
    at.forget();
    const before = await stateOf(at);
    const refused = [
      [eve.call('messages.send', { conversation, body: 'Hi' }), 50350],
      [eve.call('conversations.update', { conversation, friendlyName: 'Mine' }), 50350],
      [eve.call('users.update', { user: 'ann', friendlyName: 'Eve' }), 50107],
      [bob.call('messages.update', { conversation, index, body: 'Ho' }), 50107],
      [bob.call('conversations.delete', { conversation }), 50107],
      [bob.call('participants.remove', { conversation, participant: 'ann' }), 50107],
      [at.ann.call('messages.send', { conversation, body: 'x'.repeat(40_000) }), 50504],
      [at.ann.call('messages.send', { conversation, body: 'Hi', attributes: '{' }), 50304],
      [at.ann.call('messages.remove', { conversation, index: 7 }), 50500],
      [at.ann.call('participants.add', { conversation, identity: 'bob' }), 50433],
    ] as const;
    await Promise.all(refused.map(([answer, code]) => expect(answer).rejects.toMatchObject({ code })));
    expect(at.asked()).toEqual([]);
    expect(await stateOf(at)).toEqual(before);
  });

  it('twice about a request that is repeated, be it under way or answered', async () => {
    const conversation = await at.converse();
    const go = Promise.withResolvers<void>();
    at.answerTo('onMessageAdd', { status: 200, body: '{"body":"Ho"}', after: go.promise });
    const send = (body = 'Hi') => at.ann.call('messages.send', { conversation, body, key: 'one' });
    const first = send();
    await at.receiver.first(1, '/before');
    const underWay = send();
    // The webhook is asked side by side, so that this comes only after the repetition was dealt with.
    await at.ann.call('conversations.counts', { conversation });
    go.resolve();
    const message = await first;
    expect(message.body).toBe('Ho');
    expect(await underWay).toEqual(message);
    expect(await send()).toEqual(message);
    await expect(send('Hey')).rejects.toMatchObject({ code: 20409 });
    expect(at.asked('onMessageAdd')).toHaveLength(1);
    expect((await at.ann.call('messages.list', { conversation })).items).toHaveLength(1);
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Config } from '../../config/config.ts';
import { type OpenPreAction, openPreAction } from '../../testing/open-pre-action.ts';
import { stateOf } from '../../testing/scenarios.ts';

let at: OpenPreAction;
afterEach(() => at.discard());

const refusing: Partial<Config> = { preWebhook: { timeoutMs: 5000, onFailure: 'refuse' } };

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Sends a message to which the webhook will not answer, and moves the clock on. */
async function sendUnanswered(milliseconds: number) {
  const conversation = await at.converse();
  at.answerTo('onMessageAdd', { status: 403, after: new Promise(() => {}) });
  const sending = at.ann.call('messages.send', { conversation, body: 'Hi' });
  const settled = sending.then(
    ({ body }) => ({ body }),
    ({ code, data }) => ({ code, status: data.status }),
  );
  await at.receiver.first(1, '/before');
  at.clock.advance(milliseconds);
  return { conversation, settled };
}

describe('Without an answer in time', () => {
  it('the action goes on as it is', async () => {
    at = await openPreAction();
    const { settled } = await sendUnanswered(5000);
    expect(await settled).toEqual({ body: 'Hi' });
  });

  it('it is refused when the operator wants that, and nothing is stored', async () => {
    at = await openPreAction(refusing);
    const { settled, conversation } = await sendUnanswered(5000);
    expect(await settled).toEqual({ code: 50076, status: 400 });
    expect((await at.ann.call('messages.list', { conversation })).items).toEqual([]);
  });

  it('the time is what the operator says', async () => {
    at = await openPreAction({ preWebhook: { timeoutMs: 800, onFailure: 'refuse' } });
    const { settled } = await sendUnanswered(799);
    const early = await Promise.race([settled, at.get('/v1/Configuration').then(() => 'still waiting')]);
    expect(early).toBe('still waiting');
    at.clock.advance(1);
    expect(await settled).toEqual({ code: 50076, status: 400 });
  });
});

describe('Without a connection, or with an answer that cannot be taken', () => {
  const cases = {
    'nobody listens': async () => `http://127.0.0.1:${await closedPort()}/before`,
    'the address may not be called': async () => at.receiver.url('/before').replace('127.0.0.1', '[::1]'),
    'the answer is too large': async () => {
      at.answerTo('*', { status: 200, body: `{"body":"${'x'.repeat(600_000)}"}` });
      return at.receiver.url('/before');
    },
  };

  it.each(Object.entries(cases))('because %s: the action goes on as it is', async (_why, url) => {
    at = await openPreAction();
    const conversation = await at.converse();
    await at.askBefore({ url: await url() });
    expect((await at.ann.call('messages.send', { conversation, body: 'Hi' })).body).toBe('Hi');
  });

  it.each(Object.entries(cases))('because %s: it is refused when the operator wants that', async (_why, url) => {
    at = await openPreAction(refusing);
    const conversation = await at.converse();
    await at.askBefore({ url: await url() });
    const before = await stateOf(at);
    const refusal = { code: 50057, data: { status: 400 } };
    await expect(at.ann.call('messages.send', { conversation, body: 'Hi' })).rejects.toMatchObject(refusal);
    expect(await stateOf(at)).toEqual(before);
  });
});

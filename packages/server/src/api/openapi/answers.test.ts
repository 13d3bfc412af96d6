import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describedProblems } from '../../testing/described-answers.ts';
import { authorization } from '../../testing/open-rest.ts';
import { type OpenWebhooks, openWebhooks } from '../../testing/open-webhooks.ts';
import { operations } from './operations.ts';

// Answers that have something in them only once something has happened in the background.
let at: OpenWebhooks;
beforeAll(async () => {
  at = await openWebhooks();
});
afterAll(() => at.discard());

const phone = '/v1/x/sandbox/phones/%2B12025550150';

/** What an operation answers; it has to be as described. */
// biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
async function ask(id: string, url: string, body?: object): Promise<any> {
  const operation = operations.find((one) => one.id === id);
  if (!operation) throw new Error(`${id} is not described`);
  const answer = await at.server.inject({
    method: operation.method as 'GET',
    url,
    headers: { authorization: authorization.byAccount },
    ...(body && { payload: body }),
  });
  expect(describedProblems(operation, answer.statusCode, answer.json())).toEqual([]);
  return answer.json();
}

/** Asks until there is something. */
// biome-ignore lint/suspicious/noExplicitAny: see above
async function first(id: string, url: string, key: string): Promise<any> {
  for (;;) {
    const { [key]: items } = await ask(id, url);
    if (items.length > 0) return items[0];
    // Lets go on what is waited for.
    await setImmediate();
  }
}

test('What phones show, what did not go out, what found nobody, and what webhooks were told, is as described.', async () => {
  const { sid } = await at.post('/v1/Conversations', {});
  const headers = { 'x-twilio-webhook-enabled': 'true' };
  const pair = { 'MessagingBinding.Address': '+12025550150', 'MessagingBinding.ProxyAddress': '+12025550100' };
  await at.post(`/v1/Conversations/${sid}/Participants`, pair);
  await at.ask('POST', `/v1/Conversations/${sid}/Messages`, { form: { Body: 'Hello' }, headers });
  expect(await first('fetchXSandboxPhoneMessages', `${phone}/messages?wait=1`, 'messages')).toMatchObject({
    direction: 'in',
  });
  expect(
    await ask('createXSandboxPhoneMessage', `${phone}/messages`, { to: '+12025550100', body: 'Hi' }),
  ).toMatchObject({
    conversationSid: sid,
  });

  const stranger = phone.replace('150', '151');
  await ask('createXSandboxPhoneMessage', `${stranger}/messages`, { to: '+12025550100', body: 'Anybody?' });
  expect(await first('fetchXUnrouted', '/v1/x/unrouted', 'unrouted')).toMatchObject({ body: 'Anybody?' });

  await ask('createXSandboxPhoneFault', `${phone}/faults`, { kind: 'fail', errorCode: 21211 });
  expect(await first('fetchXSandboxPhoneFaults', `${phone}/faults`, 'faults')).toMatchObject({ kind: 'fail' });
  await at.post(`/v1/Conversations/${sid}/Messages`, { Body: 'Lost' });
  const letter = await first('fetchXOutbox', '/v1/x/outbox', 'outbox');
  expect(letter).toMatchObject({ state: 'dead', body: 'Lost' });
  await ask('createXOutboxRetry', `/v1/x/outbox/${letter.id}/retry`);

  await at.told('onMessageAdded');
  const delivery = await first('fetchXWebhookDeliveries', '/v1/x/webhook-deliveries?state=delivered', 'deliveries');
  const fetched = await ask('fetchXWebhookDelivery', `/v1/x/webhook-deliveries/${delivery.id}`);
  expect(fetched.attempts).toHaveLength(1);
  await ask('createXWebhookDeliveryRetry', `/v1/x/webhook-deliveries/${delivery.id}/retry`);
});

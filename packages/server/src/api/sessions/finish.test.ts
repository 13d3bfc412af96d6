import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';

let at: OpenRealtime;
let conversation: string;
/** Resolves when a change has been asked for; it is carried out when `proceed` is called. */
let asked: Promise<unknown>;
let proceed: () => void;
beforeEach(async () => {
  at = await openRealtime();
  conversation = await at.roomOf('ann');
  const arrival = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  asked = arrival.promise;
  proceed = gate.resolve;
  at.core.intercept(async ({ command, input }, run) => {
    if (command.name === 'messages.send') {
      arrival.resolve();
      await gate.promise;
    }
    return run(input);
  });
});
afterEach(() => at.discard());

const stored = async () => {
  const rows = await at.core.db.sql.selectFrom('messages').select('body').orderBy('idx').execute();
  return rows.map(({ body }) => body);
};

test.each(['websocket', 'polling'] as const)(
  'A server that stops answers what a client had asked for before, takes nothing after, and says then that it goes (%s).',
  async (transport) => {
    const client = await at.socket(transport);
    await client.call('connect', { token: await at.token('ann') });
    const before = client.call('messages.send', { conversation, body: 'before', key: 'before' });
    await asked;
    const stopped = at.stop();
    const after = client.call('messages.send', { conversation, body: 'after', key: 'after' });
    const refused = expect(after).rejects.toThrow('closed 1001');
    expect(client.closed).toBe(undefined);
    proceed();
    expect((await before).index).toBe(0);
    await refused;
    await stopped;
    expect(await stored()).toEqual(['before']);
  },
);

test('A server that stops answers what the official SDK had asked for before, and takes nothing after.', async () => {
  const client = await at.twilsock('ann');
  const path = `/v2/Conversations/${conversation}/Messages`;
  const before = client.request('POST', path, { body: 'before' });
  await asked;
  const stopped = at.stop();
  void client.request('POST', path, { body: 'after' });
  expect(client.closed).toBe(undefined);
  proceed();
  expect((await before).body.index).toBe(0);
  expect(await client.until(() => client.closed)).toEqual({ code: 1001 });
  await stopped;
  expect(await stored()).toEqual(['before']);
});

test('A server that stops waits for a while only for what does not come to its end.', async () => {
  const client = await at.connect('ann');
  const never = client.call('messages.send', { conversation, body: 'never', key: 'never' });
  const unanswered = expect(never).rejects.toThrow('closed 1001');
  await asked;
  await at.stop();
  await unanswered;
});

import { afterEach, expect, test } from 'vitest';
import type { RateLimits } from '../../core/rates/rate-limits.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';

let at: OpenRealtime;
afterEach(() => at.discard());

const open = async (rateLimits: RateLimits) => {
  at = await openRealtime(rateLimits);
  return at;
};

/** Connects a new socket. */
async function attempt(identity: string) {
  const client = await at.socket();
  const connected = client.call('connect', { token: await at.token(identity) });
  // Whoever waits for it hears of it; a test that looks at the socket first must not be told of it twice.
  connected.catch(() => {});
  return { client, connected };
}

test('there are so many connections at a time; whoever leaves makes room', async () => {
  await open({ connections: 2 });
  const first = await at.connect('ann');
  await at.connect('ann');
  const third = await attempt('bob');
  await expect(third.connected).rejects.toMatchObject({ code: 51001, data: { status: 429, retryAfter: 5 } });
  expect(await third.client.until(() => third.client.closed)).toMatchObject({ code: 4429 });
  first.cut();
  await first.until(() => first.closed);
  // The server hears of it a little later than the client.
  let fourth = await attempt('bob');
  while ((await fourth.connected.catch((error) => error.code)) === 51001) fourth = await attempt('bob');
  expect((await fourth.connected).user.identity).toBe('bob');
});

test('so many may connect in a second, and only good tokens count', async () => {
  await open({ newConnections: 2 });
  for (let time = 0; time < 3; time += 1) {
    const stranger = await at.socket();
    await expect(stranger.call('connect', { token: 'none' })).rejects.toMatchObject({ code: 20101 });
  }
  await at.connect('ann');
  await at.connect('bob');
  const third = await attempt('cem');
  await expect(third.connected).rejects.toMatchObject({ code: 51201, data: { status: 429, retryAfter: 1 } });
  at.clock.advance(500);
  expect((await (await attempt('cem')).connected).user.identity).toBe('cem');
});

test('each connection may ask so often, all together so often', async () => {
  await open({ connectionRequests: 3, accountRequests: 5 });
  const [ann, bob] = [await at.connect('ann'), await at.connect('bob')];
  const pings = (client: typeof ann, count: number) =>
    Promise.all(Array.from({ length: count }, () => client.call('ping', {}).catch((error) => error.code)));
  const counted = (answers: unknown[]) => answers.map((answer) => (typeof answer === 'number' ? answer : 'passed'));
  expect(counted(await pings(ann, 4))).toEqual(['passed', 'passed', 'passed', 51128]);
  expect(counted(await pings(bob, 3))).toEqual(['passed', 'passed', 51129]);
  at.clock.advance(1000);
  expect(counted(await pings(ann, 1))).toEqual(['passed']);
  expect(ann.closed).toBeUndefined();
});

test('changes are counted for a conversation, whoever asks; strangers use up nothing', async () => {
  await open({ messages: 2 });
  const room = await at.roomOf('ann', 'bob');
  const [ann, bob, stranger] = [await at.connect('ann'), await at.connect('bob'), await at.connect('eve')];
  for (let time = 0; time < 3; time += 1) {
    await expect(stranger.call('messages.send', { conversation: room, body: 'x' })).rejects.toMatchObject({
      code: 50350,
    });
  }
  await ann.call('messages.send', { conversation: room, body: 'one' });
  await bob.call('messages.send', { conversation: room, body: 'two' });
  await expect(ann.call('messages.send', { conversation: room, body: 'three' })).rejects.toMatchObject({
    code: 50063,
    data: { status: 429, retryAfter: 1 },
  });
  at.clock.advance(1000);
  const { index } = await ann.call('messages.send', { conversation: room, body: 'three' });
  expect(index).toBe(2);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { createConversation } from '../../core/conversations/actions.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';

let at: OpenRealtime;
beforeEach(async () => {
  at = await openRealtime();
});
afterEach(() => at.discard());

const second = 1000;
const minute = 60 * second;

test('A socket that does not connect in time is closed, and may try again.', async () => {
  const socket = await at.socket();
  at.clock.advance(9 * second);
  expect(socket.closed).toBe(undefined);
  at.clock.advance(3 * second);
  await socket.until(() => socket.closed);
  expect(socket.closed?.code).toBe(4408);
});

test('A token is warned of three minutes before its end, and at its end the socket is closed.', async () => {
  const ann = await at.socket();
  await ann.call('connect', { token: await at.token('ann', 10 * 60) });
  for (let n = 0; n < 13; n += 1) {
    at.clock.advance(32 * second);
    await ann.call('ping', {});
  }
  expect(ann.notifications).toEqual([]);
  at.clock.advance(5 * second);
  await ann.until(() => ann.notifications.length > 0);
  expect(ann.notifications).toMatchObject([{ method: 'token.aboutToExpire' }]);
  await ann.call('ping', {});
  for (let n = 0; n < 6 && !ann.closed; n += 1) {
    at.clock.advance(30 * second);
    if (!ann.closed) await ann.call('ping', {}).catch(() => {});
  }
  await ann.until(() => ann.closed);
  expect(ann.closed?.code).toBe(4402);
});

test('A token that lives shortly is warned of when a third of it is left, and so is the next one.', async () => {
  const ann = await at.socket();
  await ann.call('connect', { token: await at.token('ann', 60) });
  for (const told of [1, 2]) {
    at.clock.advance(39 * second);
    await ann.call('ping', {});
    expect(ann.notifications).toHaveLength(told - 1);
    at.clock.advance(2 * second);
    await ann.until(() => ann.notifications.length === told);
    await ann.call('token.update', { token: await at.token('ann', 60) });
  }
});

test('A renewed token keeps the socket beyond the end of the first; one of somebody else does not.', async () => {
  const ann = await at.socket();
  await ann.call('connect', { token: await at.token('ann', 60) });
  await expect(ann.call('token.update', { token: await at.token('ben') })).rejects.toMatchObject({ code: 20106 });
  const { tokenExpires } = await ann.call('token.update', { token: await at.token('ann', 3600) });
  expect(tokenExpires).toBe(at.clock.now() + 60 * minute);
  at.clock.advance(45 * second);
  await ann.call('ping', {});
  at.clock.advance(45 * second);
  await ann.call('ping', {});
  expect(ann.closed).toBe(undefined);
});

test('A socket that went silent is cut off.', async () => {
  const ann = await at.connect('ann');
  // All at once: no answer to a ping can come in between.
  at.clock.advance(2 * minute);
  await ann.until(() => ann.closed);
  expect(ann.closed?.code).toBe(1006);
});

test('A client that does not read is cut off, and others of the conversation are not held up.', async () => {
  const { sid } = await at.core.run(createConversation, at.account, { service: at.service });
  for (const identity of ['ann', 'ben']) {
    await at.core.run(addParticipant, at.account, { service: at.service, conversation: sid, identity });
  }
  const [ann, ben] = [await at.connect('ann'), await at.connect('ben')];
  ann.pause();
  const body = 'x'.repeat(30_000);
  let sent = 0;
  // Beyond what the system's buffers of a loopback socket and our own limit hold together.
  while (sent < 1500) {
    const batch = Array.from({ length: 50 }, () =>
      at.core.run(sendMessage, at.account, { service: at.service, conversation: sid, body }),
    );
    sent += (await Promise.all(batch)).length;
  }
  await ben.event('message.added', sent - 1);
  ann.continue();
  await ann.until(() => ann.closed);
  expect([1006, 4413]).toContain(ann.closed?.code);
  expect(ann.events.length).toBeLessThan(sent);
  const positions = ann.events.map((event) => event.position);
  expect(positions).toEqual(positions.map((_position, n) => (positions[0] as number) + n));
}, 60_000);

import { limits } from '@colloquy/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sendMessage } from '../../core/messages/actions.ts';
import { changeDatabase } from '../../testing/change-database.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';

let at: OpenRealtime;
beforeEach(async () => {
  at = await openRealtime();
});
afterEach(() => at.discard());

const send = (conversation: string) =>
  at.core.run(sendMessage, at.account, { service: at.service, conversation, body: 'x' });

/** As if so many things had happened elsewhere since. */
async function skipEvents(count: number): Promise<void> {
  await changeDatabase(
    at.directory,
    `INSERT INTO events (id, stream, position, type, time, data)
     SELECT MAX(id) + ${count}, 'x', MAX(id), 'x', 0, '{}' FROM events`,
  );
}

test('With the positions of all its streams a client gets what it missed, however much happened elsewhere.', async () => {
  const room = await at.roomOf('ann');
  const ann = await at.connect('ann');
  await skipEvents(60_000);
  await send(room);
  const again = await at.connect('ann', ann.resume);
  expect(again.connected).toMatchObject({ reset: [], conversations: null, events: [{ type: 'message.added' }] });
});

test('Without one of them it gets what happened in that stream since its cursor, however much happened elsewhere.', async () => {
  const rooms = [await at.roomOf('ann'), await at.roomOf('ann')];
  const ann = await at.connect('ann');
  const { cursor, positions } = ann.resume;
  const [room = ''] = rooms;
  const before = positions[room] ?? 0;
  for (const one of rooms) delete positions[one];
  await send(room);
  await send(room);
  await skipEvents(60_000);
  await send(room);
  const again = await at.connect('ann', { cursor, positions });
  expect(again.connected).toMatchObject({ reset: [], conversations: null });
  expect(again.connected?.events.map(({ stream, position }) => [stream, position])).toEqual(
    [1, 2, 3].map((n) => [room, before + n]),
  );
});

test('Of a stream without a position in which too much happened it is told to read it anew.', async () => {
  const [room, other] = [await at.roomOf('ann'), await at.roomOf('ann')];
  const ann = await at.connect('ann');
  const { cursor, positions } = ann.resume;
  for (const one of [room, other]) delete positions[one];
  for (let n = 0; n < 1000; n += 1) await send(room);
  await send(other);
  const all = await at.connect('ann', { cursor, positions });
  expect([all.connected?.events.length, all.connected?.reset]).toEqual([1001, []]);
  await send(room);
  await skipEvents(2000);
  const much = await at.connect('ann', { cursor, positions });
  expect(much.connected).toMatchObject({ reset: [room], events: [{ stream: other }], conversations: null });
});

test("What the user's own stream tells comes before what conversations tell.", async () => {
  const room = await at.roomOf('ann');
  const { connected, resume } = await at.connect('ann');
  await send(room);
  const later = await at.roomOf('ann');
  await send(room);
  await send(later);
  const again = await at.connect('ann', resume);
  const streams = again.connected?.events.map(({ stream }) => stream) ?? [];
  const own = connected?.user.sid;
  expect([...new Set(streams)].toSorted()).toEqual([room, later, own].toSorted());
  expect(streams.lastIndexOf(own as never) + 1).toBe(streams.filter((stream) => stream === own).length);
});

test('Ten thousand positions fit into the frame, and cost nobody his events.', async () => {
  const rooms = await Promise.all(Array.from({ length: 20 }, () => at.roomOf('ann')));
  const ann = await at.connect('ann');
  const { cursor, positions } = ann.resume;
  for (let n = Object.keys(positions).length; n < 10_000; n += 1) positions[`CH${String(n).padStart(32, '0')}`] = n;
  expect(JSON.stringify({ cursor, positions }).length).toBeLessThan(limits.realtimeFrameBytes / 2);
  for (const room of rooms) await send(room);
  const again = await at.connect('ann', { cursor, positions });
  expect(again.connected?.events.map(({ stream }) => stream).toSorted()).toEqual(rooms.toSorted());
  expect(again.connected?.reset).toEqual([]);
});

test('What is too large for a slow line is told to be read anew.', async () => {
  const rooms = await Promise.all(Array.from({ length: 4 }, () => at.roomOf('ann')));
  const { resume } = await at.connect('ann');
  const body = 'x'.repeat(30_000);
  const say = (conversation: string) =>
    at.core.run(sendMessage, at.account, { service: at.service, conversation, body });
  for (let n = 0; n < 50; n += 1) await Promise.all(rooms.map(say));
  const { events, reset } = (await at.connect('ann', resume)).connected ?? { events: [], reset: [] };
  expect([events.length, reset.length]).toEqual([100, 2]);
  expect([...new Set([...events.map(({ stream }) => stream), ...reset])].toSorted()).toEqual(rooms.toSorted());
});

test('A stream whose newest events are gone from the log is told to be read anew.', async () => {
  const [room = '', other = ''] = [await at.roomOf('ann'), await at.roomOf('ann')];
  const { resume } = await at.connect('ann');
  for (const one of [room, room, other]) await send(one);
  await changeDatabase(
    at.directory,
    'DELETE FROM events WHERE stream = ? AND position = (SELECT MAX(position) FROM events WHERE stream = ?)',
    room,
    room,
  );
  const again = await at.connect('ann', resume);
  expect(again.connected).toMatchObject({ reset: [room], events: [{ stream: other }] });
});

test('Positions that are none are refused.', async () => {
  const wrong = [null, [], 'x', { CH1: -1 }, { CH1: 0.5 }, { CH1: '1' }, { CH1: null }, { CH1: 2 ** 53 }];
  const token = await at.token('ann');
  for (const positions of [...wrong, { ['x'.repeat(35)]: 1 }]) {
    const socket = await at.socket();
    const connecting = socket.call('connect', { token, resume: { cursor: '0', positions: positions as never } });
    const help = expect.stringMatching(/^resume\.positions: /);
    await expect(connecting, JSON.stringify(positions)).rejects.toMatchObject({ code: -32602, data: { help } });
  }
});

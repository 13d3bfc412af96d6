import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ManualClock } from '../../testing/manual-clock.ts';
import { ConnectionRates } from './connection-rates.ts';
import type { Sessions } from './sessions.ts';
import { Strangers } from './strangers.ts';
import { acceptWebSockets, type SocketSession } from './web-sockets.ts';

function open(most: number) {
  const strangers = new Strangers(most);
  const ended: string[] = [];
  const come = (name: string, isIdle = true) => {
    const one = { connected: false, isIdle, terminate: () => ended.push(name) };
    if (!strangers.makeRoom()) return undefined;
    strangers.add(one);
    return one;
  };
  return { strangers, ended, come };
}

test('The oldest who asks for nothing makes room; who is just connecting keeps his place.', () => {
  const { ended, come } = open(3);
  come('connecting', false);
  come('first');
  come('second');
  expect(ended).toEqual([]);
  expect(come('third')).toBeDefined();
  expect(ended).toEqual(['first']);
  expect(come('fourth', false)).toBeDefined();
  expect(come('fifth', false)).toBeDefined();
  expect(ended).toEqual(['first', 'second', 'third']);
  expect(come('nobody')).toBeUndefined();
  expect(ended).toHaveLength(3);
});

test('Who has connected is no stranger any more, and stays.', () => {
  const { ended, come } = open(2);
  const friend = come('friend');
  come('stranger');
  Object.assign(friend ?? {}, { connected: true });
  expect(come('another')).toBeDefined();
  expect(ended).toEqual([]);
  come('one more');
  expect(ended).toEqual(['stranger']);
});

test('Of WebSockets on which nobody connects, the oldest is closed for the next one.', async () => {
  const server = createServer();
  const begin: (wire: { terminate(): void }) => SocketSession = (wire) =>
    ({
      connected: false,
      isIdle: true,
      terminate: () => wire.terminate(),
      heard: () => {},
    }) as unknown as SocketSession;
  const sessions = { isFull: false, end: () => {} } as unknown as Sessions;
  const door = { path: '/', maxFrame: 100, begin };
  const stop = acceptWebSockets(server, sessions, [door], pino({ level: 'silent' }), new Strangers(2));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const connect = async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await once(socket, 'open');
    return socket;
  };
  const [first, second] = [await connect(), await connect()];
  const closed = once(first, 'close');
  const third = await connect();
  await closed;
  expect([second.readyState, third.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
  for (const socket of [second, third]) socket.terminate();
  stop();
  server.close();
});

test('A user has so many connections of each API, and takes nobody else’s place; what ends makes room.', () => {
  const rates = new ConnectionRates(new ManualClock(), {});
  const caller = (api: 'realtime' | 'polling' | 'twilsock') => ({ api, mostOfUser: 2 });
  const all = [caller('realtime'), caller('realtime')];
  for (const one of all) rates.connect(one, 'ann');
  expect(() => rates.connect(caller('realtime'), 'ann')).toThrow(expect.objectContaining({ code: 51126 }));
  rates.connect(caller('twilsock'), 'ann');
  rates.connect(caller('polling'), 'ann');
  rates.connect(caller('realtime'), 'ben');
  rates.leave(all[0] ?? caller('realtime'));
  rates.connect(caller('realtime'), 'ann');
  expect(() => rates.connect(caller('realtime'), 'ann')).toThrow(expect.objectContaining({ code: 51126 }));
});

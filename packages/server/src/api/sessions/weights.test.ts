import { limits as protocolLimits } from '@colloquy/protocol';
import { expect, test, vi } from 'vitest';
import { openRealtime } from '../../testing/open-realtime.ts';
import { turnsWhile } from '../../testing/turns.ts';
import type { HeldSession } from './sessions.ts';
import { tooHeavy } from './weights.ts';

const limits = { mostOfUser: 100, most: 1000 };
const heavy = (...sessions: [user: string, memory: number][]) =>
  tooHeavy(
    sessions.map(([user, memory]) => ({ user, memory })),
    limits,
  ).map(({ user, memory }) => `${user} ${memory}`);

test('A user whose connections take more together than he may have loses the heaviest, until they do not.', () => {
  expect(heavy(['ann', 40], ['ann', 60], ['ben', 100])).toEqual([]);
  expect(heavy(['ann', 40], ['ann', 60], ['ann', 1], ['ben', 100])).toEqual(['ann 60']);
  expect(heavy(...Array.from({ length: 30 }, (): [string, number] => ['ann', 10]))).toHaveLength(20);
});

test('Of strangers, each stands for himself.', () => {
  expect(heavy(['', 90], ['', 90], ['', 101])).toEqual([' 101']);
});

test('Where all take too much together, those with more than an equal part lose some of it, the heaviest first, until there is room.', () => {
  const many = Array.from({ length: 15 }, (_unused, n): [string, number] => [`user ${n}`, 60]);
  expect(heavy(['light', 5], ...many, ['ann', 40], ['ann', 50])).toEqual([]);
  expect(heavy(['light', 5], ...many, ['ann', 40], ['ann', 59])).toEqual(['ann 59']);
  expect(heavy(['light', 5], ...many, ['ann', 40], ['ann', 59], ['ben', 80], ['idle', 0])).toEqual([
    'ann 59',
    'ben 80',
  ]);
  const light = Array.from({ length: 200 }, (_unused, n): [string, number] => [`user ${n}`, 5]);
  expect(heavy(...light, ['ann', 6])).toEqual(['ann 6']);
});

test('A user who has more under way than he may loses the heaviest of his connections, and nobody else any.', async () => {
  const at = await openRealtime();
  try {
    const conversation = await at.roomOf('ann', 'ben');
    const [heavy, light, official] = [await at.connect('ann'), await at.connect('ann'), await at.twilsock('ann')];
    const ben = await at.connect('ben');
    const gate = Promise.withResolvers<void>();
    at.core.intercept(async (run, proceed) => {
      if (run.command.name === 'messages.send') await gate.promise;
      return proceed(run.input);
    });
    const body = 'x'.repeat(protocolLimits.requestBodyBytes - 1000);
    const of = (count: number) => Array.from({ length: count });
    const lost = of(200).map(() => heavy.call('messages.send', { conversation, body }).catch((error) => error.message));
    const kept = of(50).map(() => light.call('messages.send', { conversation, body }).catch((error) => error.code));
    const others = of(50).map(() => ben.call('messages.send', { conversation, body }).catch((error) => error.code));
    const path = `/v2/Conversations/${conversation}/Messages`;
    const sent = of(30).map(() => official.request('POST', path, { body }));
    // An answer tells that what was sent before it has arrived.
    await Promise.all([
      ...[heavy, light, ben].map((client) => client.call('ping', {})),
      official.request('GET', '/Client/v2/Configuration'),
    ]);
    // Together these are the 64 MB that she may have, and more.
    at.clock.advance(1000);
    expect(new Set(await Promise.all(lost))).toEqual(new Set(['closed 1006']));
    gate.resolve();
    expect(new Set(await Promise.all([...kept, ...others]))).toEqual(new Set([50504]));
    expect(new Set((await Promise.all(sent)).map(({ status }) => status))).toEqual(new Set([400]));
  } finally {
    await at.discard();
  }
});

test('What a client of the official SDK asks to be told of counts as long as it waits, as all that it asks for.', async () => {
  const at = await openRealtime();
  try {
    const listen = vi.spyOn(at.hub, 'listen');
    const official = await at.twilsock('ann');
    const session = listen.mock.calls[0]?.[0] as HeldSession;
    const conversation = await at.roomOf('ann');
    const gate = Promise.withResolvers<void>();
    at.core.intercept(async (run, proceed) => {
      if (run.command.name === 'messages.send') await gate.promise;
      return proceed(run.input);
    });
    // As many changes as may be under way.
    const path = `/v2/Conversations/${conversation}/Messages`;
    const sent = Array.from({ length: 64 }, () => official.request('POST', path, { body: 'hi' }));
    await official.request('GET', '/Client/v2/Configuration');
    const before = session.memory;
    const more = { method: 'put_notification_ctx', more: 'x'.repeat(60_000) };
    const told = Array.from({ length: 10 }, () => official.call(more));
    await turnsWhile(() => session.memory - before < 600_000);
    gate.resolve();
    await Promise.all([...sent, ...told]);
    await turnsWhile(() => session.memory > 0);
  } finally {
    await at.discard();
  }
});

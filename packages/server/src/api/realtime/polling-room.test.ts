import { realtimePollPath } from '@colloquy/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sendMessage } from '../../core/messages/actions.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';

/** Sessions that one user may have. */
const mostOfUser = 100;
/** What all of them may keep. */
const room = 256 * 1024 * 1024;

let at: OpenRealtime;
let url: string;
beforeEach(async () => {
  at = await openRealtime();
  url = at.address.replace('ws', 'http') + realtimePollPath;
});
afterEach(() => at.discard());

interface Received {
  session: string;
  frames: string[];
  close?: { code: number };
}

async function ask(path: string, body: object): Promise<Received> {
  const said = await (await fetch(url + path, { method: 'POST', body: JSON.stringify(body) })).text();
  return JSON.parse(said || '{}');
}

async function open(identity: string): Promise<Received> {
  const params = { token: await at.token(identity) };
  return ask('', { frames: [JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'connect', params })] });
}

test('A user has so many sessions at a time, and takes nobody else’s place; what ends makes room.', async () => {
  const opened = await Promise.all(Array.from({ length: mostOfUser }, () => open('ann')));
  for (const { close } of opened) expect(close).toBeUndefined();
  const refused = await open('ann');
  expect(JSON.parse(refused.frames[0] ?? '')).toMatchObject({
    error: { code: 51126, data: { status: 429, retryAfter: 5 } },
  });
  expect(refused.close).toMatchObject({ code: 4429 });
  expect((await open('ben')).close).toBeUndefined();
  expect((await at.connect('ann')).connected?.user.identity).toBe('ann');
  await ask('/end', { session: opened[0]?.session });
  expect((await open('ann')).close).toBeUndefined();
  expect((await open('ann')).close).toMatchObject({ code: 4429 });
});

test('All sessions together keep so much for clients that do not ask; who keeps the most is cut off.', async () => {
  const users = Array.from({ length: 50 }, (_unused, n) => `user ${n}`);
  const [quiet, busy] = [await at.roomOf('quiet'), await at.roomOf(...users)];
  const modest = await open('quiet');
  const opened = await Promise.all(users.map(open));
  const say = (conversation: string, body: string) =>
    at.core.run(sendMessage, at.account, { service: at.service, conversation, body });
  const body = 'x'.repeat(30_000);
  // Less than one session alone may keep.
  const messages = 260;
  for (let n = 0; n < messages; n += 20) await Promise.all(Array.from({ length: 20 }, () => say(busy, body)));
  await say(quiet, 'hello');
  const ends = await Promise.all(opened.map(({ session }) => ask('/receive', { session, after: 1 })));
  const cutOff = ends.filter(({ close }) => close);
  expect(new Set(cutOff.map(({ close }) => close?.code))).toEqual(new Set([4413]));
  const spared = Math.floor(room / (messages * (body.length + 1000)));
  expect(cutOff.length).toBeGreaterThanOrEqual(users.length - spared - 3);
  expect(cutOff.length).toBeLessThan(users.length);
  expect(await ask('/receive', { session: modest.session, after: 1 })).toMatchObject({
    frames: [expect.stringContaining('hello')],
  });
});

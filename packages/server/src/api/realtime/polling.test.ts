import { request } from 'node:http';
import { realtimePollPath } from '@colloquy/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendMessage } from '../../core/messages/actions.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';

let at: OpenRealtime;
let url: string;
beforeEach(async () => {
  at = await openRealtime({}, 'polling');
  url = at.address.replace('ws', 'http') + realtimePollPath;
});
afterEach(() => at.discard());

// biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
type Said = any;

async function ask(path: string, body: unknown, more: RequestInit = {}) {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const answer = await fetch(url + path, { method: 'POST', body: text as string, ...more });
  const said = await answer.text();
  return { status: answer.status, headers: answer.headers, body: (said === '' ? undefined : JSON.parse(said)) as Said };
}

const frame = (id: number, method: string, params: object) => JSON.stringify({ jsonrpc: '2.0', id, method, params });

/** A session, connected by the request that opens it. */
async function open(identity = 'ann') {
  const { body, status } = await ask('', { frames: [frame(0, 'connect', { token: await at.token(identity) })] });
  expect(status).toBe(201);
  const { session, frames } = body as { session: string; frames: string[] };
  const results = frames.map((text) => JSON.parse(text));
  const send = (first: number, ...texts: string[]) => ask('/send', { session, first, frames: texts });
  const receive = (after: number) => ask('/receive', { session, after });
  return { session, frames, results, send, receive };
}

const parsed = ({ body }: { body: Said }) => body.frames.map((text: string) => JSON.parse(text));

describe('Frames over requests', () => {
  test('The request that opens a session may bring the first frames, and its answer brings theirs.', async () => {
    const { results } = await open();
    expect(results).toMatchObject([{ id: 0, result: { user: { identity: 'ann' }, conversations: { items: [] } } }]);
  });

  test('A request that waits is answered once something happens, with all of it that happened together.', async () => {
    const { receive, send } = await open();
    const waiting = receive(1);
    expect((await send(2, frame(1, 'ping', {}), frame(2, 'ping', {}))).status).toBe(204);
    expect(parsed(await waiting)).toMatchObject([{ id: 1 }, { id: 2 }]);
  });

  test('It is answered with nothing after a while, and the session goes on.', async () => {
    const { receive, send } = await open();
    for (let round = 0; round < 5; round += 1) {
      const waiting = receive(1);
      // An answer of the server to something that came after it shows that it waits.
      await ask('', {});
      at.clock.advance(25_000);
      expect((await waiting).body).toEqual({ frames: [] });
    }
    await send(2, frame(1, 'ping', {}));
    expect(parsed(await receive(1))).toMatchObject([{ id: 1 }]);
  });

  test('What was sent twice, since the answer was lost, is done once.', async () => {
    const room = await at.roomOf('ann');
    const { send, receive } = await open();
    const [one, two] = ['one', 'two'].map((body, id) => frame(id, 'messages.send', { conversation: room, body }));
    await Promise.all([send(2, one as string), send(2, one as string)]);
    expect((await send(2, one as string, two as string)).status).toBe(204);
    const got: Said[] = [];
    const answered = () => got.flatMap(({ id }) => id ?? []);
    while (answered().length < 2) got.push(...parsed(await receive(1 + got.length)));
    const rows = await at.core.db.sql.selectFrom('messages').select('body').orderBy('idx').execute();
    expect(rows.map(({ body }) => body)).toEqual(['one', 'two']);
    expect(answered().sort()).toEqual([0, 1]);
  });

  test('What was answered is given again until it is acknowledged, and not after that.', async () => {
    const { send, receive } = await open();
    await send(2, frame(1, 'ping', {}));
    const first = await receive(1);
    await send(3, frame(2, 'ping', {}));
    const both = parsed(await receive(1));
    expect(both).toEqual([...parsed(first), expect.objectContaining({ id: 2 })]);
    expect(parsed(await receive(2))).toEqual(both.slice(1));
    expect((await receive(1)).body).toMatchObject({ code: 20422, status: 400 });
    expect((await receive(4)).body).toMatchObject({ code: 20422, status: 400 });
    expect(parsed(await receive(2))).toEqual(both.slice(1));
  });

  test('Frames that are missing in between are asked for.', async () => {
    const { send } = await open();
    expect((await send(3, frame(1, 'ping', {}))).body).toMatchObject({
      code: 20409,
      message: expect.stringContaining('the next frame is number 2'),
    });
    expect((await send(2, frame(1, 'ping', {}))).status).toBe(204);
  });

  test('Of two requests that wait, the later one stays.', async () => {
    const { send, receive } = await open();
    const waiting = [receive(1), receive(1)];
    const { status } = await Promise.race(waiting);
    expect(status).toBe(409);
    await send(2, frame(1, 'ping', {}));
    const answers = await Promise.all(waiting);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
  });

  test('Much at once comes in several answers, in order and without a gap.', async () => {
    const room = await at.roomOf('ann');
    const { receive } = await open();
    const body = 'x'.repeat(30_000);
    const say = () => at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body });
    await Promise.all(Array.from({ length: 40 }, say));
    const indexes: number[] = [];
    let answers = 0;
    while (indexes.length < 40) {
      const frames = parsed(await receive(1 + indexes.length));
      indexes.push(...frames.map(({ params }: Said) => params.data.index));
      answers += 1;
    }
    expect(indexes).toEqual(indexes.map((_index, n) => n));
    expect(answers).toBeGreaterThan(3);
  });

  test('More requests than are carried out at a time wait, and none is lost.', async () => {
    const { send, receive } = await open();
    const pings = Array.from({ length: 1000 }, (_unused, n) => frame(n, 'ping', {}));
    expect((await send(2, ...pings)).status).toBe(204);
    const ids: number[] = [];
    while (ids.length < 1000) ids.push(...parsed(await receive(1 + ids.length)).map(({ id }: Said) => id));
    expect(ids.sort((a, b) => a - b)).toEqual(pings.map((_ping, n) => n));
  });
});

describe('The end of a session', () => {
  test('Who asks no more is cut off, and seen to be gone; who asks is not.', async () => {
    const { receive, send } = await open();
    const ben = await open('ben');
    const over = receive(1);
    // An answer to something that came after it shows that it waits.
    await ask('', {});
    at.clock.advance(25_000);
    expect((await over).status).toBe(200);
    const goesOn = receive(1);
    await ask('', {});
    at.clock.advance(28_000);
    expect((await goesOn).status).toBe(200);
    expect((await ben.receive(1)).status).toBe(404);
    await send(2, frame(1, 'ping', {}));
    expect(parsed(await receive(1))).toMatchObject([{ id: 1 }]);
  });

  test('The close code comes in place of frames, after those that were still to come; then the session is unknown.', async () => {
    const { body } = await ask('', { frames: [frame(0, 'connect', { token: 'none' })] });
    expect(body).toMatchObject({ frames: [expect.stringContaining('20101')], close: { code: 4401 } });
    expect((await ask('/receive', { session: body.session, after: 1 })).status).toBe(404);
    expect((await ask('/send', { session: body.session, first: 2, frames: [] })).status).toBe(404);
  });

  test('A waiting request hears at once that the token has ended.', async () => {
    const { body } = await ask('', { frames: [frame(0, 'connect', { token: await at.token('ann', 20) })] });
    const waiting = ask('/receive', { session: body.session, after: 1 });
    await ask('', {});
    at.clock.advance(21_000);
    const last = await waiting;
    const next = last.body.close
      ? last
      : await ask('/receive', { session: body.session, after: 1 + last.body.frames.length });
    expect(next.body).toEqual({ frames: expect.any(Array), close: { code: 4402, reason: expect.any(String) } });
  });

  test('Who opened one and does not connect is sent away.', async () => {
    const { body } = await ask('', {});
    expect(body).toEqual({ session: expect.stringMatching(/^[\w-]{43}$/), frames: [] });
    const waiting = ask('/receive', { session: body.session, after: 0 });
    await ask('', {});
    at.clock.advance(12_000);
    expect((await waiting).body).toMatchObject({ close: { code: 4408 } });
  });

  test('Who reads too slowly is cut off with 4413, others are not held up.', async () => {
    const room = await at.roomOf('ann', 'ben');
    const { receive } = await open();
    const ben = await at.connect('ben');
    const body = 'x'.repeat(30_000);
    const say = () => at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body });
    for (let n = 0; n < 8; n += 1) await Promise.all(Array.from({ length: 50 }, say));
    await ben.event('message.added', 399);
    const { frames, close } = (await receive(1)).body;
    expect([frames.length, close?.code]).toEqual([0, 4413]);
  });

  test('Who says that it is over is gone.', async () => {
    const { session, receive } = await open();
    const waiting = receive(1);
    await ask('', {});
    expect((await ask('/end', { session })).status).toBe(204);
    expect((await waiting).body.close).toBeDefined();
    expect((await ask('/end', { session })).status).toBe(404);
  });

  test('A session whose name never reached the client is ended at once, and makes room.', async () => {
    await at.discard();
    at = await openRealtime({ connections: 1 }, 'polling');
    url = at.address.replace('ws', 'http') + realtimePollPath;
    await at.user('ben');
    const { write } = at.storage;
    const asked = Promise.withResolvers<void>();
    at.storage.write = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    const { hostname, port } = new URL(url);
    const opening = request({ hostname, port, path: realtimePollPath, method: 'POST' });
    opening.on('error', () => {});
    opening.end(JSON.stringify({ frames: [frame(0, 'connect', { token: await at.token('ann') })] }));
    await asked.promise;
    at.storage.write = write;
    const ben = async () => (await ask('', { frames: [frame(0, 'connect', { token: await at.token('ben') })] })).body;
    expect((await ben()).frames[0]).toContain('51001');
    opening.destroy();
    // The server hears of it a little later.
    let answer = await ben();
    while (answer.close) answer = await ben();
    expect(answer.frames[0]).toContain('"identity":"ben"');
  });
});

describe('What is no good', () => {
  test('A body that has no frames in JSON is refused.', async () => {
    const bodies = {
      'no JSON': '{',
      'no object': '[]',
      'no UTF-8': new Uint8Array([0x7b, 0xff, 0x7d]),
      nothing: '',
      'frames that are no list': { frames: 'x' },
      'frames that are no texts': { frames: [{}] },
      'more frames than a thousand': { frames: Array.from({ length: 1001 }, () => '{}') },
    };
    for (const [what, body] of Object.entries(bodies)) {
      expect(await ask('', body), what).toMatchObject({ status: 400, body: { status: 400 } });
    }
  });

  test('A frame that is none is answered as over a WebSocket.', async () => {
    const { send, receive } = await open();
    await send(2, 'nonsense', frame(1, 'constructor', {}));
    const errors = parsed(await receive(1)).map(({ error }: Said) => error.code);
    expect(errors.sort()).toEqual([-32601, -32700]);
  });

  test('A body that is too large is refused without being read; a frame that is too large ends the session.', async () => {
    const { session, send, receive } = await open();
    expect(await ask('/send', { session, first: 2, frames: ['x'.repeat(5_000_000)] })).toMatchObject({ status: 413 });
    expect((await send(2, 'x'.repeat(1024 * 1024 + 1))).status).toBe(204);
    expect((await receive(1)).body).toEqual({ frames: [], close: { code: 1009, reason: expect.any(String) } });
  });

  test('Nobody guesses a session, and nothing that is sent to one breaks anything.', async () => {
    const { session, send } = await open();
    // So many answers wait that no request has to.
    await send(2, ...Array.from({ length: 10 }, (_unused, id) => frame(id, 'ping', {})));
    const name = fc.oneof(
      fc.constant(session),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'constructor'),
    );
    const count = fc.oneof(fc.integer({ min: -1, max: 3 }), fc.constantFrom(1e300, 0.5, '1', null));
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.jsonValue().map((value) => JSON.stringify(value)),
    );
    const body = fc.oneof(
      fc.record({ session: name, after: count }),
      fc.record({ session: name, first: count, frames: fc.array(text, { maxLength: 3 }) }),
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.uint8Array(),
    );
    const path = fc.constantFrom('', '/send', '/end/', '/receive?session=x', '/other');
    await fc.assert(
      fc.asyncProperty(path, body, async (to, what) => {
        const { status } = await ask(to, what as object);
        expect([200, 201, 204, 400, 404, 409]).toContain(status);
      }),
      { numRuns: 300 },
    );
    expect((await open('ben')).results).toMatchObject([{ id: 0, result: {} }]);
  });

  test('Sessions that never connect take nobody else’s room: the oldest makes place.', async () => {
    const first = (await ask('', {})).body.session;
    const waiting = ask('/receive', { session: first, after: 0 });
    const second = (await ask('', {})).body.session;
    const opened = await Promise.all(Array.from({ length: 998 }, () => ask('', {})));
    expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([201]));
    const late = await open();
    expect(late.results).toMatchObject([{ id: 0, result: {} }]);
    expect((await waiting).body).toMatchObject({ frames: [], close: { code: 4408 } });
    expect((await ask('/send', { session: first, first: 1, frames: [] })).status).toBe(404);
    expect((await ask('/send', { session: second, first: 1, frames: [] })).status).toBe(204);
  });

  test('Those who are just connecting keep their places, and nobody else is let in.', async () => {
    const { write } = at.storage;
    at.storage.write = () => new Promise(() => {});
    // One user may have a hundred.
    const tokens = await Promise.all(Array.from({ length: 10 }, (_unused, n) => at.token(`user ${n}`)));
    const connects = tokens.map((token) => frame(0, 'connect', { token }));
    const opened = await Promise.all(Array.from({ length: 1000 }, () => ask('', {})));
    const sessions: string[] = opened.map(({ body }) => body.session);
    const begin = (session: string, n: number) => ask('/send', { session, first: 1, frames: [connects[n % 10]] });
    await Promise.all(sessions.map(begin));
    const turnedAway = await ask('', {});
    expect(turnedAway).toMatchObject({ status: 503, body: { code: 20503 } });
    expect(turnedAway.headers.get('retry-after')).toBe('5');
    at.storage.write = write;
    at.clock.advance(12_000);
    at.clock.advance(12_000);
    expect((await ask('', {})).status).toBe(201);
  });
});

test('Pages of other origins may ask, with text without asking first, and nothing is kept by anybody in between.', async () => {
  const { headers } = await ask(
    '',
    {},
    { headers: { origin: 'https://elsewhere.example', 'content-type': 'text/plain' } },
  );
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.get('cache-control')).toBe('no-store');
  const first = await fetch(url, { method: 'OPTIONS', headers: { origin: 'https://elsewhere.example' } });
  expect([first.status, first.headers.get('access-control-allow-methods')]).toEqual([204, 'POST, OPTIONS']);
  const refused = await ask('/receive', { session: 'x', after: 0 });
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([404, '*']);
});

test('A server that stops tells those who wait to come back.', async () => {
  const { receive } = await open();
  const waiting = receive(1);
  await ask('', {});
  await Promise.all([at.stop(), expect(waiting).resolves.toMatchObject({ body: { close: { code: 1001 } } })]);
});

test('It tells those as well who have just been answered, and are about to ask again.', async () => {
  const { receive } = await open();
  const stopped = at.stop();
  expect((await receive(1)).body).toEqual({ frames: [], close: { code: 1001, reason: expect.any(String) } });
  await stopped;
});

test('It does not wait for those who ask for nothing.', async () => {
  const { send, receive } = await open();
  const waiting = receive(1);
  await ask('', {});
  at.clock.advance(25_000);
  await waiting;
  const stopped = at.stop();
  expect((await send(2, frame(1, 'ping', {}))).status).toBe(404);
  await stopped;
});

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import type { Config } from '../../config/config.ts';
import { type OpenRest, openRest } from '../../testing/open-rest.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const lines: { level: number; msg: string }[] = [];
async function open(overrides: Partial<Config> = {}): Promise<OpenRest> {
  lines.length = 0;
  const logger = pino({ level: 'info', errorKey: 'error' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const at = await openRest({ publicUrl: null, ...overrides }, logger);
  stops.push(() => at.discard());
  return at;
}

/** Asks as whoever watches over servers does: without credentials. */
const ask = async (at: OpenRest, path: string) => {
  const { status, body } = await at.ask('GET', path, { headers: { authorization: '' } });
  return { status, body };
};

const ready = { status: 200, body: { status: 'ready', problems: [], notes: [] } };
const because = (...problems: string[]) => ({ status: 503, body: { status: 'not ready', problems, notes: [] } });

test('A server that can read and write is ready, and the figures say so, whether anybody asked before or not.', async () => {
  const at = await open();
  expect((await at.ask('GET', '/metrics')).text).toContain('\ncolloquy_ready 1\n');
  expect(await ask(at, '/ready')).toEqual(ready);
  expect(await ask(at, '/health')).toEqual({ status: 200, body: { status: 'ok' } });
  expect((await at.ask('GET', '/metrics')).text).toContain('\ncolloquy_ready 1\n');
});

/** Holding a whole database is a thing of SQLite's. */
const onSqlite = process.env['COLLOQUY_TEST_POSTGRES'] === undefined;
test.runIf(onSqlite)(
  'While somebody holds the database the server is not ready but alive, and no more is piled up by asking.',
  async () => {
    const at = await open();
    const database = new DatabaseSync(join(at.config.dataDir, 'colloquy.db'));
    database.exec('BEGIN IMMEDIATE');
    const hung = because('The storage could not be written to within 2 seconds.');
    for (let time = 1; time <= 3; time += 1) {
      const asked = Promise.all([ask(at, '/ready'), at.ask('GET', '/metrics')]);
      let answered = false;
      void asked.then(() => {
        answered = true;
      });
      while (!answered) {
        at.clock.advance(100);
        await setImmediate();
      }
      const [verdict, { text }] = await asked;
      expect(verdict).toEqual(hung);
      expect(text).toContain('\ncolloquy_ready 0\n');
      at.clock.advance(1000);
    }
    expect(await ask(at, '/health')).toMatchObject({ status: 200 });
    database.exec('ROLLBACK');
    database.close();
    // The writer looks again by itself.
    while (at.server.core.queue.waiting + at.server.core.queue.underWay > 0) await setImmediate();
    const written = (await at.ask('GET', '/metrics')).text;
    expect(written).toContain('\ncolloquy_command_wait_seconds_count{command="storage.probe"} 2\n');
    expect(await ask(at, '/ready')).toEqual(ready);
    // Once for each change, however often somebody asks.
    const said = lines.filter(({ msg }) => msg.startsWith('the server is')).map(({ level, msg }) => [level, msg]);
    expect(said).toEqual([
      [40, 'the server is not ready'],
      [30, 'the server is ready'],
    ]);
  },
);

test('A storage that cannot be read is said, and what exactly is wrong stays in the log.', async () => {
  const at = await open();
  const { db } = at.server.core;
  Object.defineProperty(db, 'first', { value: () => Promise.reject(new Error('disk on fire')), configurable: true });
  expect(await ask(at, '/ready')).toEqual(because('The storage cannot be read: it is full, broken or away.'));
  expect(JSON.stringify(lines)).toContain('disk on fire');
  at.clock.advance(1000);
  expect((await ask(at, '/ready')).status).toBe(503);
  const told = () => lines.filter(({ msg }) => msg === 'the storage cannot be read').length;
  expect(told()).toBe(1);
  at.clock.advance(60_000);
  expect((await ask(at, '/ready')).status).toBe(503);
  expect(told()).toBe(2);
  Reflect.deleteProperty(db, 'first');
  at.clock.advance(500);
  expect((await ask(at, '/ready')).status).toBe(503);
  at.clock.advance(500);
  expect(await ask(at, '/ready')).toEqual(ready);
});

test('A server with too much to write is ready as long as something of it is written.', async () => {
  const at = await open();
  const { queue } = at.server.core;
  let committed = 7;
  Object.defineProperty(queue, 'isFull', { value: true, configurable: true });
  Object.defineProperty(queue, 'committed', { get: () => committed });
  expect(await ask(at, '/ready')).toEqual(ready);
  for (let second = 0; second < 20; second += 4) {
    at.clock.advance(4000);
    expect(await ask(at, '/ready')).toEqual(ready);
    committed += 1;
  }
  expect(await ask(at, '/ready')).toEqual(ready);
  at.clock.advance(4999);
  expect(await ask(at, '/ready')).toEqual(ready);
  at.clock.advance(1);
  expect(await ask(at, '/ready')).toEqual(because('Too many changes wait to be written.'));
  Object.defineProperty(queue, 'isFull', { value: false });
  expect(await ask(at, '/ready')).toEqual(ready);
});

test('Where changes are written, one that waits long behind the others does not make a server unready.', async () => {
  const at = await open();
  const { queue } = at.server.core;
  let committed = 0;
  Object.defineProperty(queue, 'committed', { get: () => committed });
  const { promise, resolve } = Promise.withResolvers<never>();
  Object.defineProperty(queue, 'submit', { value: () => promise, configurable: true });
  const asked = ask(at, '/ready');
  let answered = false;
  void asked.then(() => {
    answered = true;
  });
  while (!answered) {
    at.clock.advance(100);
    committed += 1;
    await setImmediate();
  }
  expect(await asked).toEqual(ready);
  Reflect.deleteProperty(queue, 'submit');
  resolve({ ok: true, value: undefined } as never);
});

test('Told to stop, the server is not ready at once, and goes on as before until load balancers have noticed.', async () => {
  const at = await openRest({ publicUrl: null, drainDelay: 5000 });
  const { url } = await at.server.listen();
  const closed = at.discard();
  const get = async (path: string) => (await fetch(url + path, { headers: { connection: 'close' } })).status;
  expect(await get('/ready')).toBe(503);
  expect(await ask(at, '/ready')).toEqual(because('The server is stopping.'));
  expect(await get('/health')).toBe(200);
  expect((await at.ask('POST', '/v1/Conversations')).status).toBe(201);
  at.clock.advance(4999);
  expect(await get('/health')).toBe(200);
  at.clock.advance(1);
  await closed;
  await expect(get('/health')).rejects.toThrow();
});

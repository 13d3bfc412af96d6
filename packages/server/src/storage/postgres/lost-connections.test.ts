import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { StorageUnavailable } from '../connection.ts';
import { Claims } from './claims.ts';
import { PostgresReader } from './reader.ts';

const programs = findPostgres();

describe.skipIf(programs === undefined)('Over a line that breaks', () => {
  let postgres: RunningPostgres;
  let line: Server;
  const sockets = new Set<Socket>();
  let url: string;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());
  beforeEach(async () => {
    line = createServer((near) => {
      const far = connect(postgres.port, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on('error', () => {}).on('close', () => to.destroy());
        from.pipe(to);
      }
    }).listen(0, '127.0.0.1');
    await once(line, 'listening');
    const address = new URL(await postgres.create());
    address.port = String((line.address() as AddressInfo).port);
    url = address.href;
  });
  afterEach(() => {
    breakLine();
    line.close();
  });

  function breakLine(): void {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  }

  test('Whoever reads at that moment is answered over another connection, and nothing else is told.', async () => {
    const reader = new PostgresReader(url);
    const asleep = 'SELECT pg_sleep(60) AS slept FROM (SELECT 1) AS once';
    const reading = reader.query(asleep, []);
    await seen('pg_sleep');
    breakLine();
    // It asks once more; that one is broken as well, and he is told.
    const told = expect(reading).rejects.toThrow('terminated');
    await seen('pg_sleep', 2);
    breakLine();
    await told;
    expect((await reader.query('SELECT 1 AS one', [])).rows).toEqual([{ one: 1 }]);
    await reader.close();
  });

  test('A name that was lost with its connection can be claimed again, and is told to be lost once.', async () => {
    const claims = new Claims(url);
    const lost: string[] = [];
    const again = Promise.withResolvers<unknown>();
    await claims.claim('mailbox', () => {
      lost.push('mailbox');
      again.resolve(claims.claim('mailbox', () => lost.push('mailbox again')));
    });
    breakLine();
    expect(await again.promise).toBeTypeOf('function');
    expect(lost).toEqual(['mailbox']);
    await claims.close();
  });

  test('A claim that fails with its connection leaves alone the one that has taken its place.', async () => {
    const claims = new Claims(url);
    const again = Promise.withResolvers<unknown>();
    const lost: string[] = [];
    await claims.claim('mailbox', () => again.resolve(claims.claim('mailbox', () => lost.push('mailbox again'))));
    const failing = claims.claim('mill', () => {});
    breakLine();
    await expect(failing).rejects.toThrow(StorageUnavailable);
    expect(await again.promise).toBeTypeOf('function');
    const other = new Claims(url);
    expect(await other.claim('mailbox', () => {})).toBeUndefined();
    expect(lost).toEqual([]);
    await Promise.all([claims.close(), other.close()]);
  });

  /** Waits until PostgreSQL is at work on so many statements that contain this. */
  async function seen(text: string, times = 1): Promise<void> {
    const address = new URL(url);
    address.port = String(postgres.port);
    const watching = new PostgresReader(address.href);
    const count = 'SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE $1 AND pid <> pg_backend_pid()';
    while (((await watching.first<{ n: number }>(count, [`%${text}%`]))?.n ?? 0) < times);
    await watching.close();
  }
});

import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createConversation } from '../../core/conversations/actions.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { StorageUnavailable } from '../connection.ts';
import { connectClient } from './connect.ts';
import { contentsOf } from './contents.ts';
import { requireReachable } from './reach.ts';
import { PostgresReader } from './reader.ts';
import { describeUnusableDatabase } from './unusable.ts';

const programs = findPostgres();

describe.skipIf(programs === undefined)('Where another PostgreSQL may answer than the one that takes changes', () => {
  let postgres: RunningPostgres;
  let url: string;
  let node: OpenCore;
  let room: string;
  let ended: string[];
  beforeEach(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
    url = await postgres.create();
    ended = [];
    node = await openCore({ databaseUrl: url, onLost: ({ message }) => ended.push(message) });
    room = (await node.core.run(createConversation, node.account, { service: node.service })).sid;
  });
  afterEach(async () => {
    await node.discard();
    await postgres.discard();
  });

  const say = (body: string) =>
    node.core.run(sendMessage, node.account, { service: node.service, conversation: room, body });
  const bodies = async () =>
    (await node.core.db.sql.selectFrom('messages').select('body').orderBy('idx').execute()).map(({ body }) => body);
  const asAdmin = async (...statements: string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };

  test('a standby is used for nothing, and the same servers go on when it has taken over', async () => {
    await say('before');
    await postgres.becomeStandby();
    const [said, read, claimed, started] = await Promise.allSettled([
      say('never'),
      bodies(),
      node.storage.claim('pump', () => {}),
      requireReachable(url),
    ]);
    for (const one of [said, read, claimed, started]) {
      expect(one).toMatchObject({ status: 'rejected', reason: expect.any(StorageUnavailable) });
      expect((one as PromiseRejectedResult).reason.message).toContain('is a standby');
    }
    // For a backup it will do.
    expect(await contentsOf(url)).toEqual({ kind: 'ours' });
    const { epoch } = node.storage;
    expect(ended).toEqual([]);
    await asAdmin('SELECT pg_promote()');
    await say('after');
    expect(await bodies()).toEqual(['before', 'after']);
    // The replica may not have had all that this server has told others.
    await expect
      .poll(() => ended)
      .toEqual([
        expect.stringMatching(
          /^Another PostgreSQL has taken over \(identity and timeline (\d+ \d+ \d+) 00000001 before, \1 00000002 now\)/,
        ),
      ]);
    const next = await openCore({ databaseUrl: url });
    expect(next.storage.epoch).not.toBe(epoch);
    const other = await openCore({ databaseUrl: url });
    expect(other.storage.epoch).toBe(next.storage.epoch);
    await Promise.all([next.discard(), other.discard()]);
    const release = await node.storage.claim('pump', () => {});
    expect(release).toBeTypeOf('function');
    await release?.();
  });

  test('a dump that was put back elsewhere goes on as another log', async () => {
    const { epoch } = node.storage;
    const again = await openCore({ databaseUrl: url });
    expect(again.storage.epoch).toBe(epoch);
    // As a dump of another database has it.
    await asAdmin("UPDATE epochs SET origin = replace(origin, ' ', ' 1')");
    const next = await openCore({ databaseUrl: url });
    expect(next.storage.epoch).not.toBe(epoch);
    expect(ended).toEqual([]);
    await Promise.all([again.discard(), next.discard()]);
  });

  test('a connection that takes no changes any more is left for one that does', async () => {
    await say('before');
    const there = new pg.Client({ connectionString: url });
    await there.connect();
    // New connections take changes, those that are there do not.
    await asAdmin(
      'ALTER ROLE colloquy SET default_transaction_read_only = off',
      'ALTER SYSTEM SET default_transaction_read_only = on',
      'SELECT pg_reload_conf()',
    );
    const setting = 'SHOW default_transaction_read_only';
    while ((await there.query(setting)).rows[0].default_transaction_read_only !== 'on');
    await there.end();
    await say('after');
    expect(await bodies()).toEqual(['before', 'after']);
  });

  test('whom the database does not let in is told to come again, and at the start why', async () => {
    const elsewhere = Object.assign(new URL(url), { pathname: '/nowhere' }).href;
    const reader = new PostgresReader(elsewhere);
    for (const come of [() => connectClient(elsewhere), () => reader.query('SELECT 1', [])]) {
      const error = await come().catch((reason) => reason);
      expect(error).toBeInstanceOf(StorageUnavailable);
      expect(describeUnusableDatabase(error, elsewhere)).toContain(
        'cannot be used: database "nowhere" does not exist. Make it',
      );
    }
    await reader.close();
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { examine } from '../doctor/examine.ts';
import { removeMarker } from '../storage/moved-marker.ts';
import { connectWriter } from '../storage/postgres/connect.ts';
import { holdForStarting } from '../storage/postgres/holding.ts';
import { openPostgresSnapshots } from '../storage/postgres/snapshots.ts';
import { tryLockFile } from '../storage/sqlite/lock.ts';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { type OpenRest, openRest } from '../testing/open-rest.ts';
import { anySteps, play } from '../testing/random-traffic.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../testing/run-postgres.ts';
import { contentOf, epochIn } from '../testing/stored.ts';
import { abandonMove } from './abandon.ts';
import { moveToPostgres } from './move.ts';
import { moveTelling, notingIn } from './test-rig.ts';

const programs = findPostgres();

const steps = (count: number) =>
  fc.sample(anySteps({ minLength: count, maxLength: count }), { numRuns: 1, seed: count })[0] ?? [];

describe.skipIf(!programs)('A move from SQLite to PostgreSQL', () => {
  let postgres: RunningPostgres;
  let at: OpenRest;
  let dataDir: string;
  let url: string;
  let told: string[];
  beforeAll(async () => {
    postgres = await runPostgres(programs ?? '', { fsync: 'off' });
  }, 60_000);
  afterAll(() => postgres.discard());
  beforeEach(async () => {
    told = [];
    dataDir = mkdtempSync(join(tmpdir(), 'colloquy-move-'));
    at = await openRest({ dataDir, databaseUrl: undefined });
    url = await postgres.create();
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  const move = (onWord?: (text: string) => void) => moveTelling({ dataDir, url }, told, onWord);
  const noting = () => notingIn(dataDir);
  /** What the doctor says of the new database. */
  async function findings(): Promise<string[]> {
    const found: string[] = [];
    const snapshots = await openPostgresSnapshots(url);
    await examine(snapshots, { onFinding: ({ where, problem }) => found.push(`${where}: ${problem}`) });
    await snapshots.close();
    return found;
  }
  const old = () => openSqliteSnapshots(join(dataDir, 'colloquy.db'));

  test('brings all there is, and all that happens meanwhile, and the server goes on there.', async () => {
    await play(at, steps(150));
    let follow = () => {};
    const following = new Promise<void>((resolve) => {
      follow = resolve;
    });
    const moving = move((text) => text.startsWith('Now restart') && follow());
    await Promise.all([play(at, steps(300)), Promise.race([following, moving])]);
    await play(at, steps(100));
    const epoch = await epochIn(old());
    await at.server.close();
    const moved = await moving;
    expect(moved?.compared).toBeGreaterThan(100);
    const all = Object.values(await contentOf(old())).reduce((sum, rows) => sum + rows.length, 0);
    // And the epoch, which is gone from the old one.
    expect(moved?.rows).toBe(all + 1);
    const content = await contentOf(old());
    expect(await contentOf(await openPostgresSnapshots(url))).toEqual(content);
    expect(content['events']?.length).toBeGreaterThan(100);

    const next = await openRest({ dataDir, databaseUrl: url });
    await play(next, steps(50));
    await next.server.idle();
    await next.server.close();
    expect(await findings()).toEqual([]);
    // Whoever was connected to the old server goes on here from what it was told there.
    expect(await epochIn(await openPostgresSnapshots(url))).toBe(epoch);
  }, 120_000);

  test('makes the new server wait until the last change is there.', async () => {
    const { sid } = await at.post('/v1/Conversations', {});
    const moving = move((text) => {
      if (text.startsWith('Now restart')) restart();
    });
    let restarted: Promise<OpenRest> | undefined;
    const restart = () => {
      restarted = (async () => {
        const next = openRest({ dataDir, databaseUrl: url });
        await at.post(`/v1/Conversations/${sid}/Messages`, { Body: 'the last' });
        await at.server.close();
        return next;
      })();
    };
    await moving;
    const next = await restarted;
    const { messages } = (await next?.get(`/v1/Conversations/${sid}/Messages`)) ?? {};
    expect(messages.map(({ body }: { body: string }) => body)).toEqual(['the last']);
    await next?.server.close();
  });

  test('goes on after it was cut off anywhere.', async () => {
    await play(at, steps(100));
    await at.server.close();
    // What it says tells how far it is; it dies after a third, a half and nearly all of it.
    await move();
    const words = told.length;
    removeMarker(dataDir);
    for (const part of [0.3, 0.5, 0.9]) {
      url = await postgres.create();
      let left = Math.floor(words * part);
      const dying = move(() => {
        left -= 1;
        if (left === 0) throw new Error('killed');
      });
      await expect(dying).rejects.toThrow('killed');
      told = [];
      await move();
      expect(told.length).toBeLessThan(words);
      expect(await contentOf(await openPostgresSnapshots(url))).toEqual(await contentOf(old()));
      removeMarker(dataDir);
    }
  }, 60_000);

  test('brings rows that stand in each other’s way, since they were read at different moments.', async () => {
    for (let n = 0; n < 6; n += 1) await at.post('/v1/Conversations', n === 0 ? { UniqueName: 'the name' } : {});
    await at.server.close();
    const dying = move((text) => {
      if (text === 'copying conversations: 3') throw new Error('stop here');
    });
    await expect(dying).rejects.toThrow('stop here');
    const database = new DatabaseSync(join(dataDir, 'colloquy.db'));
    database.exec('UPDATE conversations SET unique_name = NULL');
    database.exec("UPDATE conversations SET unique_name = 'the name' WHERE sid = (SELECT max(sid) FROM conversations)");
    database.close();
    await move();
    expect(await contentOf(await openPostgresSnapshots(url))).toEqual(await contentOf(old()));
  });

  test('says which row is not the same.', async () => {
    await play(at, steps(60));
    await at.server.close();
    const forge = async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query("UPDATE users SET friendly_name = 'forged'");
      await client.end();
    };
    const dying = move((text) => {
      if (!text.startsWith('comparing accounts')) return;
      throw new Error('stop here');
    });
    await expect(dying).rejects.toThrow('stop here');
    await forge();
    await expect(move()).rejects.toThrow(
      /of users has another friendly_name in the new database\. .*: give this move up with --abandon, drop/,
    );
  });

  test('notices what no trigger has noted.', async () => {
    await at.post('/v1/Conversations', {});
    await at.server.close();
    const database = new DatabaseSync(join(dataDir, 'colloquy.db'));
    const dying = move((text) => {
      if (text.startsWith('comparing accounts')) throw new Error('stop here');
    });
    await expect(dying).rejects.toThrow('stop here');
    database.exec('DROP TRIGGER rows_to_move_updated_conversations');
    database.exec("UPDATE conversations SET friendly_name = 'unseen'");
    database.close();
    await expect(move()).rejects.toThrow(/of conversations has another friendly_name/);
  });

  test('leaves the old file as the way back, which nobody takes by mistake.', async () => {
    await play(at, steps(60));
    const epoch = await epochIn(old());
    await at.server.close();
    await move();
    await expect(openRest({ dataDir, databaseUrl: undefined })).rejects.toThrow(/were moved to postgres:\/\/127/);
    await expect(move()).rejects.toThrow(/were moved to/);
    removeMarker(dataDir);
    const database = new DatabaseSync(join(dataDir, 'colloquy.db'));
    expect(database.prepare("SELECT name FROM sqlite_master WHERE name LIKE '%move%'").all()).toEqual([]);
    database.close();
    expect(noting()).toEqual([]);
    const back = await openRest({ dataDir, databaseUrl: undefined });
    await back.post('/v1/Conversations', {});
    await back.server.close();
    // What the other database has told since the move is not known here.
    expect(await epochIn(old())).not.toBe(epoch);
  });

  test('is made by one alone at a time, and goes on beside another that was refused.', async () => {
    await play(at, steps(30));
    let refused: unknown;
    const moving = move((text) => {
      if (!text.startsWith('Now restart')) return;
      const second = moveToPostgres({ dataDir, url, say: () => {}, tell: () => {}, stopped: () => true });
      void second
        .catch((error) => {
          refused = error;
        })
        .then(() => at.server.close());
    });
    expect((await moving)?.compared).toBeGreaterThan(0);
    expect(String(refused)).toMatch(/Another `colloquy migrate` is filling that database/);
  });

  test.each(['comparing', 'preparing'])('announces nothing that it does not do, stopped while %s.', async (word) => {
    const said: string[] = [];
    const stopped = () => said.some((text) => text.startsWith(word));
    const say = (text: string) => void said.push(text);
    const tell = (text: string) => void told.push(text);
    expect(await moveToPostgres({ dataDir, url, say, tell, stopped, pageSize: 3 })).toBeUndefined();
    expect(told).toEqual([]);
    await at.server.close();
    expect(await move()).toBeDefined();
  });

  test('leaves nothing locked when it is told to stop just as the old server ends.', async () => {
    await at.server.close();
    let asked = 0;
    const stopped = () => {
      if (!told.some((sentence) => sentence.startsWith('Now restart'))) return false;
      asked += 1;
      return asked > 1;
    };
    await moveToPostgres({ dataDir, url, say: () => {}, tell: (sentence) => told.push(sentence), stopped });
    const unlock = tryLockFile(join(dataDir, 'lock'));
    expect(unlock).toBeDefined();
    unlock?.();
  });

  test('goes only into an empty database, and can be given up.', async () => {
    await at.server.close();
    await move();
    const other = await openRest({ databaseUrl: undefined });
    dataDir = other.config.dataDir;
    await expect(move()).rejects.toThrow(/has tables of Colloquy already/);
    expect(noting()).toEqual([]);
    await abandonMove(dataDir, undefined);
    await other.post('/v1/Conversations', {});
    await other.server.close();
  });

  test('does not begin beside a server that is just starting there.', async () => {
    await at.server.close();
    const starting = await connectWriter(url);
    expect(await holdForStarting(starting)).toBe(true);
    await expect(move()).rejects.toThrow(/A server is just starting on that database/);
    await starting.close();
    await move();
  });

  test('goes on beside a server that waits for its end.', async () => {
    await at.server.close();
    const dying = move((text) => {
      if (text.startsWith('comparing accounts')) throw new Error('stop here');
    });
    await expect(dying).rejects.toThrow('stop here');
    const waiting = await connectWriter(url);
    expect(await holdForStarting(waiting)).toBe(true);
    await move();
    await waiting.close();
  });

  test('begins anew where it was stopped before it had noted whose the new database is.', async () => {
    await at.server.close();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS
      $$ BEGIN ALTER TABLE move_from_sqlite ADD CHECK (false); END $$`);
    await client.query(`CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
      EXECUTE FUNCTION refuse()`);
    await expect(move()).rejects.toThrow(/violates check constraint/);
    expect(noting()).toEqual([]);
    await client.query('DROP EVENT TRIGGER refuse');
    await client.end();
    await move();
  });

  test('brings texts with characters that PostgreSQL has no place for.', async () => {
    const { sid } = await at.post('/v1/Conversations', {});
    await at.post(`/v1/Conversations/${sid}/Messages`, { Body: 'xy' });
    await at.server.close();
    // As earlier versions took it. No SID has these letters.
    const database = new DatabaseSync(join(dataDir, 'colloquy.db'));
    database.prepare('UPDATE messages SET body = ?').run('x\0y');
    database
      .prepare("UPDATE events SET data = replace(data, ?, ?) WHERE type = 'message.added'")
      .run('xy', 'x\\u0000y');
    database.close();
    await move();
    const { messages } = await contentOf(await openPostgresSnapshots(url));
    expect(messages).toMatchObject([{ body: 'x\ufffdy' }]);
    expect(await findings()).toEqual([]);
  });
});

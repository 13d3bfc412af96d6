import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Config } from './config/config.ts';
import { NodeLife } from './delivery/node-life.ts';
import { directoryIdFile, directoryIdOf } from './media/disk/directory-id.ts';
import { KeysRefused } from './same-keys.ts';
import { vaultKeyFile } from './storage/vault.ts';
import { type OpenRest, openRest, testCredentials } from './testing/open-rest.ts';
import { findPostgres, type RunningPostgres, runPostgres } from './testing/run-postgres.ts';

const programs = findPostgres();
const keyed = { secretsKey: 'a'.repeat(64) };
/** Of servers that work at the same time without one directory. */
const mediaBucket = {
  endpoint: 'http://127.0.0.1:1',
  region: 'us-east-1',
  pathStyle: true,
  accessKeyId: 'k',
  secretAccessKey: 's',
  bucket: 'files',
  prefix: '',
};
const otherwise = { secretsKey: 'b'.repeat(64) };
const ofAnother = { ...testCredentials, accountSid: `AC${'2'.repeat(32)}` };
const refusal =
  `This server has the account ${ofAnother.accountSid}, but the database belongs to the account ` +
  `${testCredentials.accountSid}. Give it the SID of that one`;
const sealed = /sealed with another key than that of this server.*COLLOQUY_SECRETS_KEY/;

/** Starts a server, has it do something, and stops it. @returns what it warned of */
async function start(config: Partial<Config>, action?: (at: OpenRest) => Promise<unknown>): Promise<string> {
  const warnings: string[] = [];
  const sink = new Writable({
    write: (line, _encoding, done) => {
      warnings.push(String(line));
      done();
    },
  });
  const at = await openRest(config, pino({ level: 'warn' }, sink));
  try {
    await action?.(at);
  } finally {
    await at.discard();
  }
  return warnings.join('');
}

async function ask(databaseUrl: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}

/** PostgreSQL lets go of what a server held a moment after that has closed its connections. */
async function disconnected(databaseUrl: string): Promise<void> {
  const others = 'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
  while ((await ask(databaseUrl, others)).length > 0);
}

const makeCredential = (at: OpenRest) => at.post('/v1/Credentials', { Type: 'gcm', ApiKey: 'AIza' });

describe('A server with SQLite', () => {
  let dataDir: string;
  const alone = () => ({ databaseUrl: undefined, dataDir });
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'colloquy-keys-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  test('does not start with another account than that of its database, and says what to do', async () => {
    await start(alone());
    await expect(start({ ...alone(), credentials: ofAnother })).rejects.toThrow(refusal);
    await start(alone());
  });

  test('does not start when it is given a key that opens nothing of what is sealed; without a key it may have lost one', async () => {
    await start(alone(), makeCredential);
    await expect(start({ ...alone(), ...otherwise })).rejects.toThrow(sealed);
    rmSync(join(dataDir, vaultKeyFile));
    await start(alone());
  });
});

describe.skipIf(programs === undefined)('Servers that share a database', () => {
  let postgres: RunningPostgres;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());

  const others = { ...testCredentials, authToken: 'f'.repeat(32) };

  test('do not start with secrets that each of them has made, and say what to do', async () => {
    const databaseUrl = await postgres.create();
    const made = { databaseUrl, ...keyed, credentialsGiven: false };
    expect(await start(made)).toBe('');
    await start(made);
    await expect(start({ ...made, credentials: others })).rejects.toThrow(
      /^Another server on this database has another auth token\. .*COLLOQUY_AUTH_TOKEN/,
    );
  });

  test('do not start with another account, given or made, and leave what is noted as it is', async () => {
    const databaseUrl = await postgres.create();
    await start({ databaseUrl, ...keyed });
    for (const credentialsGiven of [true, false]) {
      await expect(start({ databaseUrl, ...keyed, credentialsGiven, credentials: ofAnother })).rejects.toThrow(refusal);
    }
    expect(await start({ databaseUrl, ...keyed })).not.toContain('secrets');
  });

  test('do not start with keys for the secrets of providers that each of them has made', async () => {
    const databaseUrl = await postgres.create();
    const dataDir = mkdtempSync(join(tmpdir(), 'colloquy-keys-'));
    writeFileSync(join(dataDir, vaultKeyFile), 'b'.repeat(64));
    await start({ databaseUrl, ...keyed });
    await expect(start({ databaseUrl, dataDir })).rejects.toThrow('another secrets key');
    rmSync(dataDir, { recursive: true });
  });

  test('do not start with another key while something is sealed, and the right ones go on', async () => {
    const databaseUrl = await postgres.create();
    const config = { host: '127.0.0.1', port: 1, systemId: 'office', password: 'sesame' };
    const senders = [{ name: 'office', type: 'smpp', addresses: ['+12025550142'], config }];
    await start({ databaseUrl, ...keyed, senders });
    await expect(start({ databaseUrl, ...otherwise, senders })).rejects.toThrow(sealed);
    expect(await start({ databaseUrl, ...keyed, senders: [] }, makeCredential)).not.toContain('secrets');
    await expect(start({ databaseUrl, ...otherwise })).rejects.toThrow(sealed);
    expect(await start({ databaseUrl, ...keyed })).not.toContain('secrets');
  });

  test('start with another key where nothing is sealed, and with the one that all is sealed with, whichever was noted', async () => {
    const databaseUrl = await postgres.create();
    const dataDir = mkdtempSync(join(tmpdir(), 'colloquy-keys-'));
    writeFileSync(join(dataDir, vaultKeyFile), 'b'.repeat(64));
    await start({ databaseUrl, dataDir, mediaBucket }, async (at) => {
      expect(await start({ databaseUrl, ...keyed, mediaBucket })).toContain('["secrets key"]');
      await makeCredential(at);
    });
    expect(await start({ databaseUrl, dataDir })).toContain('["secrets key"]');
    expect(await start({ databaseUrl, dataDir })).not.toContain('secrets');
    rmSync(dataDir, { recursive: true });
  });

  test('do not start with a key that opens a part of what is sealed, if it is another one than before', async () => {
    const databaseUrl = await postgres.create();
    await start({ databaseUrl, ...keyed, mediaBucket }, async (at) => {
      await start({ databaseUrl, ...otherwise, mediaBucket }, makeCredential);
      await makeCredential(at);
    });
    await start({ databaseUrl, ...otherwise });
    await expect(start({ databaseUrl, ...keyed })).rejects.toThrow('another secrets key');
  });

  test('start with a new key once the secrets that the lost one sealed are emptied, which are then entered again', async () => {
    const databaseUrl = await postgres.create();
    let sid = '';
    await start({ databaseUrl, ...keyed }, async (at) => {
      ({ sid } = await makeCredential(at));
    });
    await ask(databaseUrl, "UPDATE push_credentials SET secret = ''");
    await start({ databaseUrl, ...otherwise }, (at) => at.post(`/v1/Credentials/${sid}`, { ApiKey: 'AIza' }));
    await expect(start({ databaseUrl, ...keyed })).rejects.toThrow(sealed);
  });

  test('do not start with another place for files beside one at work, and may all have moved', async () => {
    const databaseUrl = await postgres.create();
    const dataDir = mkdtempSync(join(tmpdir(), 'colloquy-keys-'));
    const onDisk = { databaseUrl, dataDir, ...keyed };
    await start({ ...onDisk, mediaBucket }, async () => {
      await expect(start(onDisk)).rejects.toThrow(
        /^This server keeps the files of messages on its disk, in .*media, and another/,
      );
      const elsewhere = { ...mediaBucket, prefix: 'chat/' };
      await expect(start({ ...onDisk, mediaBucket: elsewhere })).rejects.toThrow('in the bucket files below "chat/"');
      await start({ ...onDisk, mediaBucket: { ...mediaBucket, endpoint: 'http://localhost:1' } });
    });
    await disconnected(databaseUrl);
    expect(await start(onDisk)).toContain('in another place than before');
    await disconnected(databaseUrl);
    expect(await start(onDisk)).not.toContain('place');
    rmSync(dataDir, { recursive: true });
  });

  describe('with files on disk', () => {
    let databaseUrl: string;
    let shared: string;
    let own: string;
    beforeEach(async () => {
      databaseUrl = await postgres.create();
      shared = mkdtempSync(join(tmpdir(), 'colloquy-keys-'));
      own = mkdtempSync(join(tmpdir(), 'colloquy-keys-'));
    });
    afterEach(() => {
      for (const directory of [shared, own]) rmSync(directory, { recursive: true });
    });
    const on = (dataDir: string) => ({ databaseUrl, dataDir, ...keyed });

    test('say that they have a directory of their own beside one at work, and may all have moved', async () => {
      await start(on(shared), async () => {
        expect(await start(on(shared))).toBe('');
        expect(await start(on(own))).toContain('in a directory each');
        expect(await start(on(shared))).toContain('in a directory each');
      });
      await disconnected(databaseUrl);
      expect(await start(on(own))).toContain('in another place than before');
      await disconnected(databaseUrl);
      expect(await start(on(own))).not.toContain('place');
    });

    test.each([
      ['none has used', true],
      ['all have moved to', false],
    ])('may all begin at the same moment, with one directory that %s', async (_what, isNew) => {
      if (!isNew) await start({ ...on(own), mediaBucket });
      await disconnected(databaseUrl);
      const { promise: all, resolve } = Promise.withResolvers<void>();
      let open = 0;
      const begin = () =>
        start(on(shared), () => {
          open += 1;
          if (open === 3) resolve();
          return all;
        });
      const warnings = await Promise.all([begin(), begin(), begin()]);
      expect(warnings.join('').split('in another place than before')).toHaveLength(isNew ? 1 : 2);
    });

    test('do not both start that begin at the same moment with a disk and a bucket', async () => {
      const begun = await Promise.allSettled([openRest(on(shared)), openRest({ ...on(own), mediaBucket })]);
      const states = begun.map(({ status }) => status);
      for (const one of begun) if (one.status === 'fulfilled') await one.value.discard();
      expect(states.toSorted()).toEqual(['fulfilled', 'rejected']);
    });

    test('do not note another place while one begins with the place that is noted', async () => {
      await start(on(shared));
      await disconnected(databaseUrl);
      let second: Promise<PromiseSettledResult<OpenRest>[]> | undefined;
      const looks = vi.spyOn(NodeLife.prototype, 'hasOthers').mockImplementationOnce(async () => {
        second = Promise.allSettled([openRest(on(shared))]);
        await Promise.race([second, setTimeout(3000)]);
        return false;
      });
      const first = Promise.allSettled([openRest({ ...on(own), mediaBucket })]);
      const begun = [...(await first), ...((await second) ?? [])];
      looks.mockRestore();
      for (const one of begun) if (one.status === 'fulfilled') await one.value.discard();
      expect(begun.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    });

    test('do not start where the others would not see them', async () => {
      await start(on(shared));
      await disconnected(databaseUrl);
      const looks = vi.spyOn(NodeLife.prototype, 'hasOthers').mockImplementationOnce(async () => {
        const holders = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2";
        await ask(databaseUrl, holders);
        return false;
      });
      await expect(start(on(own))).rejects.toThrow('ended while this server was starting');
      looks.mockRestore();
    });

    test('leave nothing behind in a data directory where they do not start', async () => {
      const inside = join(own, 'data');
      mkdirSync(inside);
      await start({ ...on(shared), mediaBucket }, async () => {
        await expect(start(on(inside))).rejects.toThrow(KeysRefused);
        expect(readdirSync(inside)).toEqual([]);
        await directoryIdOf(join(inside, 'media'));
        await expect(start(on(inside))).rejects.toThrow(KeysRefused);
        expect(readdirSync(join(inside, 'media'))).toEqual([directoryIdFile]);
      });
    });

    test('start beside servers of an earlier version, which start beside them', async () => {
      const forget = "DELETE FROM server_keys WHERE name = 'directory of files'";
      const compared = "SELECT digest FROM server_keys WHERE name = 'place of files'";
      await start(on(shared), async () => {
        await ask(databaseUrl, forget);
        expect(await start(on(shared))).not.toContain('place');
        expect(await ask(databaseUrl, compared)).toEqual([{ digest: hash('sha256', 'disk') }]);
      });
    });

    test('do not start where no files can be kept, and say so', async () => {
      writeFileSync(join(own, 'media'), 'a file, and no directory');
      await expect(start(on(own))).rejects.toThrow(
        `Files of messages cannot be kept in ${join(own, 'media')}: not a directory (ENOTDIR). See that this user may read and write there`,
      );
      await start({ ...on(own), mediaBucket });
    });
  });

  test('start with new secrets that somebody gave, and say that others may have other ones', async () => {
    const databaseUrl = await postgres.create();
    expect(await start({ databaseUrl, ...keyed })).not.toContain('secrets');
    expect(await start({ databaseUrl, ...keyed, credentials: others })).toContain('["auth token"]');
    expect(await start({ databaseUrl, ...keyed, credentials: others })).not.toContain('secrets');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from './config/config.ts';
import { vaultKeyFile } from './storage/vault.ts';
import { openRest, testCredentials } from './testing/open-rest.ts';
import { findPostgres, type RunningPostgres, runPostgres } from './testing/run-postgres.ts';

const programs = findPostgres();

describe.skipIf(programs === undefined)('Servers that share a database', () => {
  let postgres: RunningPostgres;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());

  const keyed = { secretsKey: 'a'.repeat(64) };
  const others = { ...testCredentials, authToken: 'f'.repeat(32) };

  /** Starts a server and stops it. @returns what it warned of */
  async function start(config: Partial<Config>): Promise<string> {
    const warnings: string[] = [];
    const sink = new Writable({
      write: (line, _encoding, done) => {
        warnings.push(String(line));
        done();
      },
    });
    const at = await openRest(config, pino({ level: 'warn' }, sink));
    await at.discard();
    return warnings.join('');
  }

  test('do not start with secrets that each of them has made, and say what to do', async () => {
    const databaseUrl = await postgres.create();
    const made = { databaseUrl, ...keyed, credentialsGiven: false };
    expect(await start(made)).toBe('');
    await start(made);
    await expect(start({ ...made, credentials: others })).rejects.toThrow(
      /^Another server on this database has another auth token\. .*COLLOQUY_AUTH_TOKEN/,
    );
    const account = `AC${'2'.repeat(32)}`;
    await expect(start({ ...made, credentials: { ...others, accountSid: account } })).rejects.toThrow(
      `The database belongs to the account ${testCredentials.accountSid}, and this server made ${account}.`,
    );
  });

  test('do not start with keys for the secrets of providers that each of them has made', async () => {
    const databaseUrl = await postgres.create();
    const dataDir = mkdtempSync(join(tmpdir(), 'colloquy-keys-'));
    writeFileSync(join(dataDir, vaultKeyFile), 'b'.repeat(64));
    await start({ databaseUrl, ...keyed });
    await expect(start({ databaseUrl, dataDir })).rejects.toThrow('another secrets key');
    rmSync(dataDir, { recursive: true });
  });

  test('start with new secrets that somebody gave, and say that others may have other ones', async () => {
    const databaseUrl = await postgres.create();
    expect(await start({ databaseUrl, ...keyed })).not.toContain('secrets');
    expect(await start({ databaseUrl, ...keyed, credentials: others })).toContain('["auth token"]');
    expect(await start({ databaseUrl, ...keyed, credentials: others })).not.toContain('secrets');
  });
});

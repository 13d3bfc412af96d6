import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CertificateAuthority } from '../../testing/certificates.ts';
import { findPostgres, nobody, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { connectClient } from './connect.ts';
import { PostgresReader } from './reader.ts';
import { openPostgresSnapshots } from './snapshots.ts';
import { describeUnusableDatabase } from './unusable.ts';

const programs = findPostgres();
const isEncrypted = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';

describe.skipIf(programs === undefined)('A connection to PostgreSQL', () => {
  let folder: string;
  let postgres: RunningPostgres;
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'colloquy-tls-'));
    if (process.getuid?.() === 0) chownSync(folder, nobody, nobody);
    const put = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      if (process.getuid?.() === 0) chownSync(path, nobody, nobody);
      return path;
    };
    const authority = new CertificateAuthority('of the database');
    const { certificate, key } = authority.issue({ name: 'database' });
    put('ca.pem', authority.certificate);
    put('other-ca.pem', new CertificateAuthority('of somebody else').certificate);
    postgres = await runPostgres(programs as string, {
      fsync: 'off',
      ssl: 'on',
      ssl_cert_file: put('certificate.pem', certificate),
      ssl_key_file: put('key.pem', key),
    });
    url = await postgres.create();
  });
  afterAll(async () => {
    await postgres.discard();
    rmSync(folder, { recursive: true });
  });

  test('is encrypted, whatever it is for, where the address asks for it.', async () => {
    const safe = `${url}?sslmode=verify-full&sslrootcert=${join(folder, 'ca.pem')}`;
    const plain = await connectClient(url);
    expect((await plain.query(isEncrypted)).rows).toEqual([{ ssl: 0 }]);
    await plain.end();
    const client = await connectClient(safe, { pipeline: true });
    expect((await client.query(isEncrypted)).rows).toEqual([{ ssl: 1 }]);
    await client.end();
    const reader = new PostgresReader(safe);
    expect(await reader.first(isEncrypted, [])).toEqual({ ssl: 1 });
    await reader.close();
    const snapshots = await openPostgresSnapshots(safe);
    const { rows } = await snapshots.within((db) => sql.raw(isEncrypted).execute(db.sql));
    expect(rows).toEqual([{ ssl: 1 }]);
    await snapshots.close();
  });

  test('is refused where somebody else has signed the certificate, and it is said what to do.', async () => {
    for (const parameters of ['', `&sslrootcert=${join(folder, 'other-ca.pem')}`]) {
      const address = `${url}?sslmode=verify-full${parameters}`;
      const error = await connectClient(address).catch((reason) => reason);
      expect(error.message).toMatch(/certificate/);
      expect(describeUnusableDatabase(error, address)).toMatch(
        /certificate.*\. The certificate of PostgreSQL is from an authority that is not known here: name its file in --da/,
      );
    }
  });

  test('is as safe where the address says only that it is required, and nothing is said of what others make of that.', async () => {
    const warn = vi.spyOn(process, 'emitWarning');
    await expect(connectClient(`${url}?sslmode=require`)).rejects.toThrow(/certificate/);
    const client = await connectClient(`${url}?sslrootcert=${join(folder, 'ca.pem')}&sslmode=require`);
    expect((await client.query(isEncrypted)).rows).toEqual([{ ssl: 1 }]);
    await client.end();
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});

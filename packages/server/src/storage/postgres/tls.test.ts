import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CertificateAuthority } from '../../testing/certificates.ts';
import { findPostgres, nobody, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { connectClient } from './connect.ts';
import { PostgresReader } from './reader.ts';
import { openPostgresSnapshots } from './snapshots.ts';

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

  test('is refused where somebody else has signed the certificate.', async () => {
    for (const parameters of ['', `&sslrootcert=${join(folder, 'other-ca.pem')}`]) {
      await expect(connectClient(`${url}?sslmode=verify-full${parameters}`)).rejects.toThrow(/certificate/);
    }
  });
});

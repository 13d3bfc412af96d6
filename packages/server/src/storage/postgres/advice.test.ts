import { writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { connectError } from './errors.ts';
import { requireReachable } from './reach.ts';
import { openPostgresSnapshots } from './snapshots.ts';
import { describeUnusableDatabase } from './unusable.ts';

const setting = '--database-url (COLLOQUY_DATABASE_URL)';

/** What is said of a database that nobody can use, from its cause on. */
async function saidOf(url: string): Promise<string> {
  const why = (reached: Promise<unknown>) =>
    reached.then(
      () => 'nothing: it can be used',
      (error) => describeUnusableDatabase(error, url) ?? `nothing: ${error}`,
    );
  const said = await why(requireReachable(url));
  expect(said).not.toContain('a-secret');
  // Those who only read are told the same, but for what keeps others from writing.
  if (!said.includes('takes no changes')) {
    expect(await why(openPostgresSnapshots(url).then((snapshots) => snapshots.close()))).toBe(said);
  }
  return said.replace(/^The database postgres:.*? cannot be used: /, '');
}

describe('What is said of a PostgreSQL that is not there', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as { port: number });
  });
  afterAll(() => server.close());

  test.each([
    ['127.0.0.1:1', /^connect ECONNREFUSED 127\.0\.0\.1:1\. Nothing listens there: start PostgreSQL, or mend host and/],
    [
      'nowhere.invalid',
      /^getaddrinfo (ENOTFOUND|EAI_AGAIN) nowhere\.invalid\. (This machine knows no|The name of the) host/,
    ],
  ])('at %s it is what the system says, and what to do about that alone.', async (host, said) => {
    expect(await saidOf(`postgres://me:a-secret@${host}/chat`)).toMatch(said);
  });

  test('names each address of a host where nothing listens, of which Node itself has no words.', async () => {
    const addresses = [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ];
    const socket = connect({ host: 'db.example', port: 1, lookup: (_host, _options, found) => found(null, addresses) });
    const [error] = (await new Promise((resolve) => socket.once('error', (...given) => resolve(given)))) as [Error];
    expect(error.message).toBe('');
    expect(describeUnusableDatabase(connectError(error), 'postgres://me:a-secret@db.example:1/chat')).toBe(
      'The database postgres://db.example:1/chat cannot be used: connect ECONNREFUSED 127.0.0.1:1, connect ECONNREFUSED ' +
        `127.0.0.2:1. Nothing listens there: start PostgreSQL, or mend host and port in ${setting}.`,
    );
  });

  test('is the same for a socket of the file system.', async () => {
    expect(await saidOf('postgres:///chat?host=/nowhere')).toBe(
      `connect ENOENT /nowhere/.s.PGSQL.5432. Nothing listens there: start PostgreSQL, or mend host and port in ${setting}.`,
    );
  });

  test('is that the connection ended where somebody else listens.', async () => {
    expect(await saidOf(`postgres://me:a-secret@127.0.0.1:${port}/chat`)).toMatch(
      /^Connection terminated unexpectedly\. The connection ended on the way: see that host and port/,
    );
  });

  test('names what is wrong with the address, where it is that.', async () => {
    expect(
      await saidOf('postgres://me:a-secret@127.0.0.1:1/chat?sslmode=verify-full&sslrootcert=/nowhere/ca.pem'),
    ).toBe(
      `ENOENT: no such file or directory, open '/nowhere/ca.pem'. ${setting} names that file: put it there, or name another.`,
    );
    expect(await saidOf('postgres://me:a-secret%ff@127.0.0.1:1/chat')).toBe(
      `URI malformed. A % that stands for itself in ${setting} is written as %25.`,
    );
  });
});

const programs = findPostgres();

describe.skipIf(programs === undefined)('What is said of a PostgreSQL that will not have a server', () => {
  let postgres: RunningPostgres;
  let admin: URL;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
    admin = new URL(await postgres.create());
    const [{ hba_file: file } = {}] = await asAdmin(
      "CREATE ROLE me LOGIN PASSWORD 'a-secret'",
      'CREATE ROLE many LOGIN CONNECTION LIMIT 0',
      'SHOW hba_file',
    );
    const line = (type: string, user: string, method: string) => `${type} all ${user} 127.0.0.1/32 ${method}\n`;
    const lines = [
      line('host', 'me', 'scram-sha-256'),
      line('hostssl', 'encrypted', 'trust'),
      line('host', 'colloquy,many,unknown', 'trust'),
    ];
    writeFileSync(file as string, lines.join(''));
    await asAdmin('SELECT pg_reload_conf()');
    // The next connection may still be judged by the old file.
    while (!/password/.test(await saidOf(address({ user: 'me', password: 'wrong' }))));
  });
  afterAll(() => postgres.discard());

  async function asAdmin(...statements: string[]): Promise<Record<string, string>[]> {
    const client = new pg.Client({ connectionString: admin.href });
    await client.connect();
    let answer: Record<string, string>[] = [];
    for (const statement of statements) answer = (await client.query(statement)).rows;
    await client.end();
    return answer;
  }

  function address({ user = 'colloquy', password = '', database = admin.pathname, search = '' }): string {
    return Object.assign(new URL(admin), { username: user, password, pathname: database, search }).href;
  }

  test.each([
    [
      'a wrong password',
      { user: 'me', password: 'wrong' },
      `password authentication failed for user "me". Mend user and password in ${setting}: `,
    ],
    ['no password', { user: 'me' }, /^SASL: .* PostgreSQL asks for a password, and there is none in --database-url/],
    ['a user who is not there', { user: 'unknown' }, 'role "unknown" does not exist. Make that user with CREATE ROLE'],
    [
      'a user who is to use TLS',
      { user: 'encrypted' },
      /^no pg_hba\.conf entry .* without TLS\. Where it has one with TLS \(hostssl\), put \?sslmode=verify-full behind/,
    ],
    [
      'TLS that it does not offer',
      { search: '?sslmode=verify-full' },
      'The server does not support SSL connections. PostgreSQL offers no TLS there: switch it on',
    ],
    [
      'a database that is not there',
      { database: '/nowhere' },
      'database "nowhere" does not exist. Make it with CREATE DATABASE',
    ],
    ['too many connections', { user: 'many' }, 'too many connections for role "many". PostgreSQL has as many'],
  ])('is what to do about %s.', async (_what, given, said) => {
    const told = await saidOf(address(given));
    if (typeof said === 'string') expect(told.slice(0, said.length)).toBe(said);
    else expect(told).toMatch(said);
  });

  test('is where to write, of a database that is only read, and of a standby.', async () => {
    await asAdmin('ALTER ROLE me SET default_transaction_read_only = on');
    const readOnly = await saidOf(address({ user: 'me', password: 'a-secret' }));
    expect(readOnly).toBe(
      'PostgreSQL takes no changes there: default_transaction_read_only is on. Switch that off there, or name another ' +
        `PostgreSQL in ${setting}.`,
    );
    await postgres.becomeStandby();
    expect(await saidOf(address({}))).toBe(
      'PostgreSQL is a standby there, which takes no changes. Name the one that takes changes, the primary, in ' +
        `${setting}.`,
    );
  });
});

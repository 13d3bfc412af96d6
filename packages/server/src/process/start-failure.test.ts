import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, loadConfig } from '../config/config.ts';
import { StartError } from '../config/start-error.ts';
import { openPostgres } from '../storage/postgres/driver.ts';
import { describeStartFailure } from './start-failure.ts';

let cwd: string;
let config: Config;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'colloquy-failure-'));
  config = loadConfig([], {}, cwd);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function listenError(host: string): Promise<Error> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', resolve);
    server.listen(0, host, () => server.close(() => reject(new Error('It listened.'))));
  });
}

test('a port that is taken is said in one sentence', () => {
  const error = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', syscall: 'listen' });
  expect(describeStartFailure(error, config)).toBe(
    'Another program listens on port 8010 of 127.0.0.1; end it, or give another port with --port (COLLOQUY_PORT).',
  );
});

test('a host that is not this machine is said in one sentence', async () => {
  // TEST-NET-1, RFC 5737: no machine has it.
  const error = await listenError('192.0.2.1');
  expect(describeStartFailure(error, { ...config, host: '192.0.2.1' })).toBe(
    '192.0.2.1 is no address of this machine (EADDRNOTAVAIL); give another with --host (COLLOQUY_HOST).',
  );
});

test('what is refused at a file is not said of the port', () => {
  const path = join(config.dataDir, 'secrets.key');
  const of = { code: 'EACCES', syscall: 'open', path };
  const error = Object.assign(new Error(`EACCES: permission denied, open '${path}'`), of);
  expect(describeStartFailure(error, config)).toBe(
    `Cannot open ${path}: permission denied (EACCES). See that this user may read and write all that is in ` +
      `${config.dataDir}, and that the disk has room.`,
  );
  const port = Object.assign(new Error('listen EACCES'), { code: 'EACCES', syscall: 'listen' });
  expect(describeStartFailure(port, config)).toMatch(
    /^This user may not listen on port 8010 of 127\.0\.0\.1; give a port/,
  );
});

test('a database that cannot be used is named, without who may use it', async () => {
  const databaseUrl = 'postgres://me:a-secret@127.0.0.1:1/chat';
  const error = await openPostgres({
    url: databaseUrl,
    now: 0,
    run: () => Promise.reject(),
  }).catch((reason) => reason);
  const said = describeStartFailure(error, { ...config, databaseUrl });
  expect(said).toContain('The database postgres://127.0.0.1:1/chat cannot be used: connect ECONNREFUSED');
  expect(said).not.toContain('a-secret');
  const forbidden = Object.assign(new Error('permission denied for schema public'), { code: '42501' });
  expect(describeStartFailure(forbidden, { ...config, databaseUrl })).toMatch(/cannot be used: permission denied/);
  const broken = Object.assign(new Error('value too long'), { code: '22001' });
  expect(describeStartFailure(broken, { ...config, databaseUrl })).not.toContain('cannot be used');
});

test('our own sentences stay as they are', () => {
  expect(describeStartFailure(new StartError('The directory is full.'), undefined)).toBe('The directory is full.');
  expect(describeStartFailure(new Error('Another server uses it.'), config)).toBe('Another server uses it.');
});

test('what nobody foresaw keeps its stack', () => {
  expect(describeStartFailure(new TypeError('x is not a function'), config)).toMatch(/TypeError: x.*\n +at /);
});

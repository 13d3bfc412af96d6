import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));
const { PATH = '' } = process.env;
const hasCurl = PATH.split(delimiter).some((folder) => existsSync(join(folder, 'curl')));

let cwd: string;
const started: ChildProcess[] = [];
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'colloquy-main-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(cwd, { recursive: true, force: true });
});

function spawnServer(args: string[] = [], env: Record<string, string> = {}) {
  const flags = ['--conditions=@colloquy/source', program, '--port', '0', '--log-level', 'silent', ...args];
  const child = spawn(process.execPath, flags, { cwd, env: { PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

/** Starts a server and waits for its message, which comes once it is ready. */
async function startServer(args: string[] = [], env: Record<string, string> = {}) {
  const child = spawnServer(args, env);
  const complaints = text(child.stderr);
  let message = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    message += chunk;
    if (/^ {2}Try .*\n$/m.test(message)) break;
  }
  if (!message) throw new Error(`The server did not start: ${await complaints}`);
  const row = (name: string) => new RegExp(`^ {2}${name} +(.*)$`, 'm').exec(message)?.[1] ?? '';
  return { child, message, row };
}

async function runToEnd(args: string[]) {
  const child = spawnServer(args);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals) {
  child.kill(signal);
  await once(child, 'exit');
  return child.exitCode;
}

describe('A server that was started', () => {
  test('is ready when it says so, and the page it names is there', async () => {
    const { row } = await startServer();
    const page = row('Playground');
    expect(page).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect((await fetch(new URL('/health', page))).status).toBe(200);
  });

  test.skipIf(!hasCurl && process.env['CI'] !== 'true')('answers the curl line as it is printed', async () => {
    const { row } = await startServer();
    const { stdout } = await promisify(execFile)('sh', ['-c', `${row('Try')} --silent --show-error --fail`], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ conversations: [] });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s, and the next has the same account', async (signal) => {
    const first = await startServer();
    expect(await stop(first.child, signal)).toBe(0);
    const second = await startServer();
    expect(second.row('Account SID')).toBe(first.row('Account SID'));
  });

  test('that is killed leaves a directory on which the next starts', async () => {
    const first = await startServer();
    await stop(first.child, 'SIGKILL');
    const second = await startServer();
    expect(second.row('Account SID')).toBe(first.row('Account SID'));
  });
});

describe('A server that cannot start says why in one sentence and ends with 1', () => {
  test('when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      expect(await runToEnd(['--port', `${port}`])).toEqual({
        code: 1,
        stdout: '',
        stderr: `Another program listens on port ${port} of 127.0.0.1; end it, or give another port with --port (COLLOQUY_PORT).\n`,
      });
    } finally {
      other.close();
    }
  });

  test('when another server uses the data directory', async () => {
    await startServer();
    const { code, stderr } = await runToEnd([]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Another Colloquy server is using this data directory\. .*\n$/);
  });

  test.each(['lock', 'colloquy.db'])('when it cannot use the file %s, which may be of another user', async (name) => {
    const file = join(cwd, 'data', name);
    mkdirSync(file, { recursive: true });
    const { code, stderr } = await runToEnd([]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `${realpathSync(file)} cannot be used: unable to open database file. See that this user may`,
    );
  });

  test('when the database file is damaged', async () => {
    const file = join(cwd, 'data', 'colloquy.db');
    mkdirSync(join(cwd, 'data'));
    writeFileSync(file, 'no database'.repeat(1000));
    const { code, stderr } = await runToEnd([]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${realpathSync(file)} is damaged: file is not a database. Restore the newest backup`);
  });

  test('when the port of its metrics is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      expect(await runToEnd(['--metrics', `127.0.0.1:${port}`])).toEqual({
        code: 1,
        stdout: '',
        stderr:
          `The metrics have no port: Another program listens on port ${port} of 127.0.0.1; end it, or give another port ` +
          'with --metrics (COLLOQUY_METRICS).\n',
      });
    } finally {
      other.close();
    }
  });

  test('when the data directory is a file', async () => {
    const { code, stderr } = await runToEnd(['--data-dir', program]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The data directory .* cannot be made or written to \(\w+\); .*\n$/);
  });
});

test('Settings that do not fit end it with 2 and a sentence each, before anything is made', async () => {
  expect(await runToEnd(['--port', 'x', '--mode', 'y'])).toEqual({
    code: 2,
    stdout: '',
    stderr:
      '--port is "x"; expected a whole number from 0 to 65535.\n--mode is "y"; expected development or production.\n',
  });
  expect(readdirSync(cwd)).toEqual([]);
});

test('Names in the environment that are no settings are said in one line of the log', async () => {
  const names = { COLLOQUY_TRACES_URL: 'http://127.0.0.1:1', COLLOQUY_METRICS_PORT: '9464' };
  const { child, message } = await startServer(['--log-level', 'warn'], names);
  await stop(child, 'SIGTERM');
  const lines = message.split('\n').filter((line) => line.startsWith('{'));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 40, names: Object.keys(names).toSorted(), msg: 'the environment has names that are no settings' },
  ]);
});

test('NATS without a database that servers share is said to mean nothing', async () => {
  const { child, message } = await startServer(['--log-level', 'warn'], { COLLOQUY_NATS_URL: 'nats://127.0.0.1:1' });
  await stop(child, 'SIGTERM');
  const lines = message.split('\n').filter((line) => line.startsWith('{'));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 40, msg: 'natsUrl is given without databaseUrl, and means nothing: this server is alone' },
  ]);
});

test('--help prints the settings under the one name that people know, and starts nothing', async () => {
  const { code, stdout } = await runToEnd(['--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Usage: colloquy start /);
  expect((await runToEnd(['--version'])).stdout).toMatch(/^colloquy \d/);
  expect(stdout).toMatch(/^ {2}--data-dir {2}\(COLLOQUY_DATA_DIR, "dataDir"\)$/m);
  expect(readdirSync(cwd)).toEqual([]);
});

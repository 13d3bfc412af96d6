import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverVersion } from '../config/version.ts';
import { openRest, testCredentials } from '../testing/open-rest.ts';
import { findPostgres, runPostgres } from '../testing/run-postgres.ts';
import { plantWorld } from '../testing/world.ts';

const program = fileURLToPath(new URL('../cli.ts', import.meta.url));
const programs = findPostgres();

/** Each process loads the server, on machines that have others to run as well; milliseconds. */
const slow = 180_000;

/** Of a terminal that nobody has made wider. */
const columns = 80;

/** The data were made without a file of credentials. */
const credentials = { COLLOQUY_ACCOUNT_SID: testCredentials.accountSid };

let cwd: string;
let conversation: string;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'colloquy-commands-'));
  const at = await openRest({ dataDir: join(cwd, 'data'), databaseUrl: undefined });
  ({ sid: conversation } = await at.post('/v1/Conversations', {}));
  await at.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'Hello' });
  await at.server.close();
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function start(args: string[], env: Record<string, string> = {}): ChildProcess {
  const flags = ['--conditions=@colloquy/source', program, ...args];
  return spawn(process.execPath, flags, { cwd, env: { PATH: process.env['PATH'], ...env } });
}

/** A process that goes on, and what it has said. */
class Running {
  readonly child: ChildProcess;
  #heard = '';
  #complaints = '';
  #listen = () => {};

  constructor(args: string[], env: Record<string, string> = {}) {
    this.child = start(args, env);
    this.child.stdout?.on('data', (chunk) => {
      this.#heard += String(chunk);
      this.#listen();
    });
    this.child.stderr?.on('data', (chunk) => {
      this.#complaints += String(chunk);
      this.#listen();
    });
    this.child.on('close', () => this.#listen());
  }

  /** Waits until it has said that. @returns all it has said */
  said(words: string): Promise<string> {
    return this.#wait(words, () => this.#heard);
  }

  /** The same, of what is not its result. */
  complained(words: string): Promise<string> {
    return this.#wait(words, () => this.#complaints);
  }

  async #wait(words: string, heard: () => string): Promise<string> {
    for (;;) {
      if (heard().includes(words)) return heard();
      if (this.child.exitCode !== null) throw new Error(`"${words}" was not said: ${this.#heard}${this.#complaints}`);
      await new Promise<void>((resolve) => {
        this.#listen = resolve;
      });
    }
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

async function run(...args: string[]): Promise<{ code: number | null; out: string; complaints: string }> {
  const child = start(args);
  const [out, complaints] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, out, complaints };
}

describe('colloquy', () => {
  test(
    'says how each command is used, in lines of a usual terminal.',
    async () => {
      const { out: all } = await run('--help');
      const commands = [...all.matchAll(/^ {2}(\w+) +/gm)].map(([, command]) => command as string);
      expect(commands).toEqual(['start', 'doctor', 'backup', 'restore', 'migrate', 'simulate']);
      expect((await run('migrate', '--help')).out).not.toContain('--database-url');
      const tooWide = all.split('\n').filter((line) => line.length > columns);
      for (const command of commands) {
        const { code, out } = await run(command, '--help');
        expect({ command, code }).toEqual({ command, code: 0 });
        expect(out).toMatch(new RegExp(`^Usage: colloquy ${command}`));
        expect(out).toContain('--data-dir');
        tooWide.push(...out.split('\n').filter((line) => line.length > columns));
      }
      expect(tooWide).toEqual([]);
    },
    slow,
  );

  test('says which version it is, and starts nothing.', async () => {
    for (const args of [['--version'], ['version'], ['start', '--version']]) {
      expect(await run(...args)).toEqual({ code: 0, out: `colloquy ${serverVersion()}\n`, complaints: '' });
    }
  });

  test.each([
    [['hlep'], '"hlep" is not a command; did you mean help?'],
    [['doctor', '--quik'], '--quik is not a flag; did you mean --quick?'],
    [['backup', 'x', '--data-dir', 'nowhere'], 'colloquy.db: say with --data-dir where the data of the server are.'],
    [['restore', 'nothing', '--verify'], 'is no backup: it has no manifest.json.'],
    [
      ['doctor', '--database-url', 'postgres://me:a-secret@127.0.0.1:1/chat'],
      'The database postgres://127.0.0.1:1/chat cannot be used: ',
    ],
    [['migrate'], 'Say with COLLOQUY_DATABASE_URL or --to which database'],
    [['migrate', '--to', 'mysql://x/y'], '--to does not fit; expected an address like postgres://'],
    [['migrate', '--abandon', '--to', 'mysql://x/y'], '--to does not fit; expected an address like postgres://'],
  ])('%j is wrong use, with a sentence and exit code 2.', async (args, sentence) => {
    const { code, complaints } = await run(...args);
    expect(complaints).toContain(sentence);
    expect(code).toBe(2);
  });

  test(
    'doctor lists what it looks at, for people and programs, in the order it does.',
    async () => {
      const words = await run('doctor', '--list');
      expect(words.out.split('\n').filter((line) => line.length > columns)).toEqual([]);
      // What goes on in a further line is indented.
      const lines = words.out.trimEnd().replaceAll(/\n +/g, ' ').split('\n');
      expect(lines).toContain(
        'events: every change that the log tells of is in its row, or a later one is (not with --quick)',
      );
      const json = await run('doctor', '--list', '--json');
      const listed = json.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(
        listed.map(({ check, about, thorough }) => `${check}: ${about}${thorough ? ' (not with --quick)' : ''}`),
      ).toEqual(lines);
      const looked = JSON.parse((await run('doctor', '--json')).out);
      expect(listed.map(({ check }) => check)).toEqual(Object.keys(looked.rows));
    },
    slow,
  );

  test(
    'doctor says that nothing is wrong, or what, by words and exit code.',
    async () => {
      const file = join(realpathSync(cwd), 'data', 'colloquy.db');
      const fine = await run('doctor');
      expect(fine.code).toBe(0);
      const looks =
        /^Nothing is wrong: (\d+) checks have looked at (\d+) rows of (.*) in \S+ seconds, and at some more/;
      const { rows: looked } = JSON.parse((await run('doctor', '--json')).out);
      expect(looks.exec(fine.out)?.slice(1)).toEqual([
        `${Object.keys(looked).length}`,
        `${Object.values<number>(looked).reduce((sum, one) => sum + one, 0)}`,
        file,
      ]);
      const database = new DatabaseSync(join(cwd, 'data', 'colloquy.db'));
      database.exec('UPDATE conversations SET message_count = 7');
      const { code, out } = await run('doctor');
      const json = await run('doctor', '--json');
      database.exec('UPDATE conversations SET message_count = 1');
      database.close();
      expect(code).toBe(1);
      expect(out).toContain(
        `Conversation ${conversation}: The number of its messages is 1, and its row says 7 (message_count).\n` +
          '  Stop the server, make a backup, and run: UPDATE conversations SET message_count = 1 WHERE sid = ',
      );
      expect(out).toMatch(/^One thing is wrong: \d+ checks have looked at \d+ rows/m);
      expect(json.code).toBe(1);
      const lines = json.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines).toMatchObject([
        { finding: { check: 'conversations', where: `conversation ${conversation}` } },
        { ok: false, findings: 1, database: file, rows: { conversations: 1 } },
      ]);
    },
    slow,
  );

  test(
    'backup and restore make the same data in another place.',
    async () => {
      const made = await run('backup', 'kept');
      expect(made).toMatchObject({ code: 0, out: expect.stringContaining('was written and read back') });
      expect(await run('restore', 'kept', '--verify')).toMatchObject({
        code: 0,
        out: expect.stringContaining('is whole'),
      });
      expect(await run('restore', 'kept', '--data-dir', 'second')).toMatchObject({ code: 0 });
      const files = readdirSync(join(cwd, 'second'), { withFileTypes: true }).filter((one) => one.isFile());
      expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['colloquy.db', 'lock']));
      for (const { name } of files) expect([name, statSync(join(cwd, 'second', name)).mode & 0o077]).toEqual([name, 0]);
      expect(await run('doctor', '--data-dir', 'second')).toMatchObject({ code: 0 });
    },
    slow,
  );

  test(
    'restore and backup say in a sentence that PostgreSQL cannot be used, and what is missing.',
    async () => {
      const url = 'postgres://me:a-secret@127.0.0.1:1/chat';
      expect(await run('backup', 'of-data')).toMatchObject({ code: 0 });
      const restored = await run('restore', 'of-data', '--data-dir', 'third', '--database-url', url);
      expect(restored).toMatchObject({
        code: 1,
        complaints: expect.stringMatching(/^The database postgres:\/\/127\.0\.0\.1:1\/chat cannot be used: [^\n]*\n$/),
      });

      const dataDir = join(cwd, 'with-a-file');
      const at = await openRest({ dataDir, databaseUrl: undefined, publicUrl: null });
      const { url: here } = await at.server.listen();
      const { Media: sid } = await plantWorld(at, true, { url: here, proxy: '+12025550100' });
      await at.server.close();
      rmSync(join(dataDir, 'media'), { recursive: true });
      const made = await run('backup', 'without-a-file', '--data-dir', dataDir);
      expect(made).toMatchObject({ code: 3, out: expect.stringContaining(`not in the store: ${sid}.`) });
      expect(await run('restore', 'without-a-file', '--verify')).toMatchObject({ code: 0 });
    },
    slow,
  );

  test('says in one line what the system refused.', async () => {
    const { code, complaints } = await run('backup', join('data', 'colloquy.db', 'kept'));
    expect(complaints).toMatch(/^\S+kept cannot be made: not a directory \(ENOTDIR\)\. [^\n]+\n$/);
    expect(code).toBe(2);
  });

  test(
    'A database of a later version is left to that one, whoever meets it.',
    async () => {
      cpSync(join(cwd, 'data'), join(cwd, 'later'), { recursive: true });
      const database = new DatabaseSync(join(cwd, 'later', 'colloquy.db'));
      database.exec("INSERT INTO migrations VALUES (999, 'of a later version', 0)");
      database.close();
      const newer = /^The database was made by a newer version of the server \(schema 999\); use that one\.\n$/;
      const cases: [args: string[], code: number, says: RegExp][] = [
        [['start', '--port', '0'], 1, /^The database has schema 999, .* or restore the backup from before the update /],
        [['backup', 'of-later'], 1, newer],
        [['migrate', '--to', 'postgres://me@127.0.0.1:1/chat'], 1, newer],
        [
          ['doctor'],
          1,
          /newer version of the server\.\n {2}Run the doctor of that .*\n.* and the others were not made\.\n$/,
        ],
      ];
      for (const [args, code, says] of cases) {
        const ended = await run(...args, '--data-dir', 'later');
        expect([args, ended.code, `${ended.out}${ended.complaints}`]).toEqual([
          args,
          code,
          expect.stringMatching(says),
        ]);
      }
    },
    slow,
  );

  test('migrate has nothing noted in a database that it cannot move anywhere.', async () => {
    const moved = await run('migrate', '--to', 'postgres://me:a-secret@127.0.0.1:1/chat');
    expect(moved).toMatchObject({
      code: 1,
      complaints: expect.stringMatching(
        /^The database postgres:\/\/127\.0\.0\.1:1\/chat cannot be used: .*\. Then run the same command again to go on/,
      ),
    });
    const database = new DatabaseSync(join(cwd, 'data', 'colloquy.db'));
    expect(database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all()).toEqual([]);
    database.close();
  });

  test('A start that is refused leaves nothing behind.', async () => {
    const url = 'postgres://me:a-secret@127.0.0.1:1/chat';
    const away = await run('start', '--port', '0', '--data-dir', 'fourth', '--database-url', url);
    expect(away).toMatchObject({ code: 1, complaints: expect.stringMatching(/^The database [^\n]* cannot be used: /) });
    expect(await run('start', '--port', 'x', '--data-dir', 'fourth')).toMatchObject({ code: 2 });
    expect(readdirSync(cwd)).not.toContain('fourth');
  });

  test.skipIf(!programs)(
    'migrate follows a running server until that stops, and the next one starts there.',
    async () => {
      const postgres = await runPostgres(programs ?? '', { fsync: 'off' });
      const processes: Running[] = [];
      const begin = (args: string[], env: Record<string, string> = {}) => {
        const running = new Running(args, env);
        processes.push(running);
        return running;
      };
      const serve = ['start', '--port', '0', '--log-level', 'warn', '--data-dir', 'data'];
      try {
        const url = await postgres.create();
        expect(await run('doctor', '--database-url', url)).toMatchObject({
          code: 2,
          complaints: expect.stringContaining('has no data of a server'),
        });
        const old = begin(serve, credentials);
        await old.said('Try');
        const moving = begin(['migrate'], { COLLOQUY_DATABASE_URL: url });
        await moving.said('Now restart the server');
        const next = begin(serve, { ...credentials, COLLOQUY_DATABASE_URL: url });
        await next.complained('`colloquy migrate` is filling the database; this server waits');
        old.child.kill('SIGTERM');
        await next.said('Try');
        expect(await moving.said('is as it was left')).toContain('The last step took');
        if (moving.child.exitCode === null) await once(moving.child, 'exit');
        expect(moving.child.exitCode).toBe(0);
        const there = await run('doctor', '--database-url', url.replace('@', ':a-secret@'));
        expect(there).toMatchObject({
          code: 0,
          out: expect.stringContaining(` rows of ${url.replace('colloquy@', '')} in `),
        });
        expect(await run('start', '--data-dir', 'other', '--database-url', url)).toMatchObject({
          code: 1,
          complaints: expect.stringContaining('but the database belongs to the account AC'),
        });
        expect(readdirSync(cwd)).not.toContain('other');
        const foreign = await postgres.create();
        const client = new pg.Client({ connectionString: foreign });
        await client.connect();
        await client.query('CREATE TABLE users (name TEXT)');
        await client.end();
        expect(await run('start', '--data-dir', 'other', '--database-url', foreign)).toMatchObject({
          code: 1,
          complaints: expect.stringMatching(
            /^The database has tables of another program .* \(users\): name a database of/,
          ),
        });
        expect(readdirSync(cwd)).not.toContain('other');
        const moved = expect.stringContaining('were moved to');
        expect(await run('doctor')).toMatchObject({ code: 2, complaints: moved });
        expect(await run('migrate', '--abandon', '--to', url)).toMatchObject({ code: 1, complaints: moved, out: '' });
      } finally {
        for (const running of processes) await running.kill();
        await postgres.discard();
      }
    },
    slow,
  );
});

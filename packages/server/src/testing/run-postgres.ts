import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '@colloquy/testing';
import pg from 'pg';

export interface RunningPostgres {
  readonly port: number;
  /** Makes an empty database. @returns its address */
  create(): Promise<string>;
  /** Ends it as a crash does, or in order. */
  stop(how?: 'crash' | 'fast'): Promise<void>;
  /** Starts it again, on the same data and port. */
  start(): Promise<void>;
  /** Starts it again as a standby, which takes no changes. */
  becomeStandby(): Promise<void>;
  /** Ends it and removes its data. */
  discard(): Promise<void>;
}

/** Where PostgreSQL's programs are; Debian keeps them out of the way of the path. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** It does not run as root; this is who nobody is on most systems. */
export const nobody = 65_534;

/**
 * A PostgreSQL of its own in a temporary directory, with a language whose order of letters is not that of their codes.
 *
 * @param programs where they are, as `findPostgres` says
 * @param settings of `postgresql.conf`
 */
export async function runPostgres(programs: string, settings: Record<string, string> = {}): Promise<RunningPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-postgres-'));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) chownSync(directory, nobody, nobody);
  const user = asRoot ? { uid: nobody, gid: nobody } : {};
  const data = join(directory, 'data');
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'colloquy', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '-N'],
    { ...user, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const port = await freePort();
  const flags = Object.entries({
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '300',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let running: ChildProcess | undefined;
  let made = 0;
  const url = (database: string) => `postgres://colloquy@127.0.0.1:${port}/${database}`;

  const start = async () => {
    running = spawn(join(programs, 'postgres'), ['-D', data, ...flags], {
      ...user,
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    running.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
    });
    for (;;) {
      if (running.exitCode !== null) throw new Error(`PostgreSQL did not start: ${said}`);
      if (await answers(url('postgres'))) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const stop = async (how: 'crash' | 'fast' = 'fast') => {
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const exit = once(running, 'exit');
    // Its own words for these are "immediate" and "fast" shutdown.
    running.kill(how === 'crash' ? 'SIGQUIT' : 'SIGINT');
    await exit;
  };
  await start();
  return {
    port,
    start,
    stop,
    becomeStandby: async () => {
      await stop();
      const signal = join(data, 'standby.signal');
      writeFileSync(signal, '');
      if (asRoot) chownSync(signal, nobody, nobody);
      await start();
    },
    create: async () => {
      made += 1;
      const name = `test_${made}`;
      const client = new pg.Client({ connectionString: url('postgres') });
      await client.connect();
      await client.query(
        `CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'`,
      );
      await client.end();
      return url(name);
    },
    discard: async () => {
      await stop('crash');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

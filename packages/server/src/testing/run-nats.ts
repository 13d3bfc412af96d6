import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where `nats-server` is; undefined when it is not on this machine. */
export const natsServer = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin']
  .map((directory) => join(directory, 'nats-server'))
  .find(existsSync);

export interface RunningNats {
  url: string;
  /** Kills it; what it had under way is lost. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  start(): Promise<void>;
  /** Lets it run no further, without closing anything, until it is told to go on. */
  pause(): void;
  goOn(): void;
  stop(): Promise<void>;
}

/** A NATS server of one's own on a free port. @param maxBytes what one message may have */
export async function runNats(maxBytes?: number): Promise<RunningNats> {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-nats-'));
  const config = join(directory, 'nats.conf');
  writeFileSync(config, maxBytes === undefined ? '' : `max_payload: ${maxBytes}\n`);
  let port = -1;
  let child: ChildProcess | undefined;

  const start = async () => {
    const args = ['-a', '127.0.0.1', '-p', String(port), '-c', config];
    const started = spawn(natsServer ?? 'nats-server', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    let said = '';
    const ready = new Promise<void>((resolve, reject) => {
      started.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('Server is ready')) resolve();
      });
      started.once('error', reject);
      started.once('exit', () => reject(new Error(`nats-server did not start: ${said}`)));
    });
    await ready;
    port = Number(/client connections on .*:(\d+)/.exec(said)?.[1]);
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    kill,
    start,
    pause: () => child?.kill('SIGSTOP'),
    goOn: () => child?.kill('SIGCONT'),
    stop: async () => {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { freePort } from '@colloquy/testing';
import type { Service } from './installation.ts';
import { Program } from './program.ts';

/** Where the program is, if it is there. */
export function findNats(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'nats-server')).find((file) => existsSync(file));
}

/** A NATS server of its own; it keeps nothing, and has the same port each time. */
export async function openNats(program: string, folder: string): Promise<Service & { port: number }> {
  const port = await freePort();
  const running = new Program({
    command: program,
    args: ['-a', '127.0.0.1', '-p', String(port)],
    log: join(folder, 'nats.log'),
    onEnd: () => {},
  });
  const start = async () => {
    if (!running.running) await running.start(/Server is ready/);
  };
  await start();
  return {
    port,
    start,
    stop: async (how) => {
      await running.end(how === 'immediate' ? 'SIGKILL' : 'SIGTERM');
    },
  };
}

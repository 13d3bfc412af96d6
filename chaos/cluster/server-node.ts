import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Link } from './link.ts';
import { Program } from './program.ts';

const main = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));
/** Of compiled modules: it halves what a start takes. */
const cache = fileURLToPath(new URL('../../node_modules/.cache/colloquy-chaos', import.meta.url));
const skewedClock = pathToFileURL(fileURLToPath(new URL('./skewed-clock.mjs', import.meta.url))).href;

export interface NodeOptions {
  name: string;
  /** Where its log and its clock are. */
  folder: string;
  environment: Readonly<Record<string, string>>;
  /** Called when it ended by itself. @param since when its start began, if it had not come up */
  onEnd(how: string, since: number | undefined): void;
}

/** One of the servers, with the way to it. It is started again when it ends by itself, as whoever keeps it would. */
export class ServerNode {
  readonly name: string;
  /** Where clients connect, whatever port the process has. */
  readonly way: Link;
  readonly #program: Program;
  readonly #clock: string;
  #closed = false;
  #starting: Promise<void> | undefined;

  static async create(options: NodeOptions): Promise<ServerNode> {
    return new ServerNode(options, await Link.open());
  }

  private constructor({ name, folder, environment, onEnd }: NodeOptions, way: Link) {
    this.name = name;
    this.way = way;
    this.#clock = join(folder, `${name}.clock`);
    // A file that may not grow is an error for it, then, and not its end.
    const flags = `--conditions=@colloquy/source --import=${skewedClock} ${main} --port 0 --host 127.0.0.1`;
    this.#program = new Program({
      command: 'sh',
      args: ['-c', `trap '' XFSZ; exec ${process.execPath} ${flags}`],
      log: join(folder, `${name}.log`),
      options: {
        cwd: folder,
        env: { ...process.env, ...environment, CHAOS_CLOCK_FILE: this.#clock, NODE_COMPILE_CACHE: cache },
      },
      onEnd: (how, since) => {
        onEnd(how, since);
        if (!this.#closed) void wait(500).then(() => this.start());
      },
    });
  }

  /** Until it listens, trying again as long as it does not come up: what it needs may be away. */
  start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<void> {
    while (!this.#closed && !this.#program.running) {
      try {
        const [, port] = await this.#program.start(
          /(?:Playground|Address) +http:\/\/127\.0\.0\.1:(\d+)\/?\n[\s\S]*Try/,
        );
        this.way.leadTo(Number(port));
      } catch {
        if (this.#closed) return;
        await this.#program.end('SIGKILL');
        await wait(500);
      }
    }
  }

  /** As the kernel does it when there is no memory left. */
  async kill(): Promise<void> {
    await this.#program.end('SIGKILL');
  }

  /** As whoever keeps it does it for an update. @returns milliseconds until it had ended */
  async terminate(): Promise<number> {
    return this.#program.end('SIGTERM');
  }

  pause(): void {
    this.#program.signal('SIGSTOP');
  }

  resume(): void {
    this.#program.signal('SIGCONT');
  }

  /** Its wall clock is wrong by this many milliseconds from now on. */
  skew(by: number): void {
    if (by === 0) rmSync(this.#clock, { force: true });
    else writeFileSync(this.#clock, String(by));
  }

  /** No file of it may become longer, as on a full disk. Linux only. */
  limitFiles(bytes: number | 'unlimited'): void {
    const { pid } = this.#program;
    if (pid !== undefined) execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.resume();
    await this.#program.end('SIGTERM', 10_000);
    await this.way.close();
  }
}

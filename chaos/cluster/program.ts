import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';

export interface ProgramOptions {
  command: string;
  args: readonly string[];
  /** What it says is appended to this file. */
  log: string;
  options?: SpawnOptions;
  /** Called when it ends without having been asked to. @param since when its start began, if it had not come up */
  onEnd(how: string, since: number | undefined): void;
}

/** A process that is started, disturbed and ended any number of times. */
export class Program {
  readonly #given: ProgramOptions;
  #child: ChildProcess | undefined;
  #asked = false;

  constructor(given: ProgramOptions) {
    this.#given = given;
  }

  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /**
   * @param ready what it says when it can be used
   * @throws Error with what it said when it ends before that, or takes longer than a minute
   */
  async start(ready: RegExp): Promise<RegExpExecArray> {
    const { command, args, options, log } = this.#given;
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#asked = false;
    let since: number | undefined = Date.now();
    child.once('exit', (code, signal) => {
      if (!this.#asked) this.#given.onEnd(signal ?? `code ${code}`, since);
    });
    let said = '';
    const listen = (chunk: Buffer) => {
      said = (said + chunk).slice(-100_000);
      appendFileSync(log, chunk);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    const deadline = AbortSignal.timeout(60_000);
    for (;;) {
      const ended = child.exitCode !== null || child.signalCode !== null;
      if (ended || deadline.aborted) throw new Error(`${command} did not start: ${said}`);
      const found = ready.exec(said);
      if (found) {
        since = undefined;
        return found;
      }
      await Promise.race([
        once(child.stdout as never, 'data', { signal: deadline }),
        once(child.stderr as never, 'data', { signal: deadline }),
        once(child, 'exit', { signal: deadline }),
      ]).catch(() => {});
    }
  }

  /** A signal after which it goes on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.running) this.#child?.kill(name);
  }

  /** A signal of which it ends; waits until it has, at most so long, and kills it then. @returns milliseconds it took */
  async end(name: NodeJS.Signals, patience = 30_000): Promise<number> {
    const child = this.#child;
    if (!child || !this.running) return 0;
    this.#asked = true;
    const began = performance.now();
    const gone = once(child, 'exit');
    child.kill(name);
    const tooLate = setTimeout(() => child.kill('SIGKILL'), patience);
    await gone;
    clearTimeout(tooLate);
    return performance.now() - began;
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Config } from '@colloquy/server';

const program = fileURLToPath(new URL('./server.ts', import.meta.url));

/** The server and the way to it: calls are repeated until one of its lives answers. */
export class Killable {
  readonly #args: string[];
  #process: ChildProcess | undefined;
  #facts: { url: string; credentials: Config['credentials'] } | undefined;

  constructor(folder: string, since: number, speed: number) {
    this.#args = [folder, String(since), String(speed)];
  }

  async start(): Promise<void> {
    const child = fork(program, this.#args, { execArgv: ['--conditions=@colloquy/source'] });
    this.#process = child;
    const [facts] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('The server did not start.'))),
    ]);
    this.#facts = facts;
  }

  /** As the kernel does it when there is no memory left. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#facts = undefined;
    if (!child || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** @param key under which it is done once, however often it is asked for */
  post(path: string, body: Record<string, string> | object, key: string, json = false) {
    const type = json ? 'application/json' : 'application/x-www-form-urlencoded';
    const text = json ? JSON.stringify(body) : new URLSearchParams(body as Record<string, string>).toString();
    return this.#ask(path, { method: 'POST', body: text, headers: { 'content-type': type, 'idempotency-key': key } });
  }

  // biome-ignore lint/suspicious/noExplicitAny: what came is for the soak to judge
  get(path: string): Promise<any> {
    return this.#ask(path, {});
  }

  // biome-ignore lint/suspicious/noExplicitAny: what came is for the soak to judge
  async #ask(path: string, init: RequestInit): Promise<any> {
    for (;;) {
      const facts = this.#facts;
      if (!facts) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      const { accountSid, authToken } = facts.credentials;
      const authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
      const answer = await this.#fetch(facts.url + path, { ...init, headers: { ...init.headers, authorization } });
      if (answer === null || answer.status === 503 || answer.status === 504) continue;
      if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${path}: ${answer.status} ${answer.text}`);
      return JSON.parse(answer.text);
    }
  }

  /** Null when the server is gone, before or after it heard of it. */
  async #fetch(url: string, init: RequestInit): Promise<{ ok: boolean; status: number; text: string } | null> {
    try {
      const answer = await fetch(url, init);
      return { ok: answer.ok, status: answer.status, text: await answer.text() };
    } catch {
      return null;
    }
  }
}

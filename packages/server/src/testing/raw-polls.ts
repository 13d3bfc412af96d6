import { EventEmitter } from 'node:events';
import { realtimePollPath } from '@colloquy/protocol';

interface Received {
  frames: string[];
  close?: { code: number; reason: string };
}

/** The realtime API over requests, with the methods and events that `RawClient` uses of a WebSocket. */
export class RawPolls extends EventEmitter {
  /** What the server calls it; only the two of them know. */
  session = '';
  /** Frames that came. */
  after = 0;
  readonly #base: string;
  readonly #gone = new AbortController();
  #sent = 0;
  #queue: string[] = [];
  #sending = false;
  #resumed: PromiseWithResolvers<void> | undefined;

  static async open(address: string): Promise<RawPolls> {
    const polls = new RawPolls(address.replace(/^ws/, 'http') + realtimePollPath);
    const { session } = await polls.ask('', {});
    polls.session = session as string;
    void polls.#receive();
    return polls;
  }

  private constructor(base: string) {
    super();
    this.#base = base;
  }

  /** One request. @throws Error with the status when it is refused */
  async ask(path: string, body: object | string): Promise<Record<string, unknown>> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(this.#base + path, { method: 'POST', body: text, signal: this.#gone.signal });
    const said = await answer.text();
    if (!answer.ok) throw Object.assign(new Error(said), { status: answer.status });
    return said === '' ? {} : JSON.parse(said);
  }

  send(data: string | Buffer): void {
    this.#queue.push(String(data));
    void this.#flush();
  }

  /** The server is told, since it has no other way of knowing. */
  terminate(): void {
    if (this.#gone.signal.aborted) return;
    const body = JSON.stringify({ session: this.session });
    fetch(`${this.#base}/end`, { method: 'POST', body }).catch(() => {});
    this.#closed(1006, '');
  }

  pause(): void {
    this.#resumed ??= Promise.withResolvers();
  }

  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = undefined;
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        await this.#resumed?.promise;
        const { session, after } = this;
        const { frames, close } = (await this.ask('/receive', { session, after })) as unknown as Received;
        this.after += frames.length;
        for (const frame of frames) this.emit('message', frame);
        if (close) return this.#closed(close.code, close.reason);
      }
    } catch {
      this.#closed(1006, '');
    }
  }

  async #flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#queue.length > 0) {
        const frames = this.#queue.splice(0, 100);
        await this.ask('/send', { session: this.session, first: this.#sent + 1, frames });
        this.#sent += frames.length;
      }
    } catch {
      this.#closed(1006, '');
    }
    this.#sending = false;
  }

  #closed(code: number, reason: string): void {
    if (this.#gone.signal.aborted) return;
    this.#gone.abort();
    this.emit('close', code, reason);
  }
}

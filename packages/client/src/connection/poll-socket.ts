import type { WebSocketLike } from './web-socket.ts';

export type Fetch = typeof globalThis.fetch;

/** So many frames go in one request: as large as any can be, the server takes them. */
const mostFrames = 16;

interface Answer {
  session: string;
  frames: string[];
  close?: { code: number; reason: string };
}

/**
 * @internal Stands for a WebSocket where none gets through: the same frames, in requests, one of which always waits for
 * what the server has to say. A request that fails is sent a second time, which the server notices; when that fails as
 * well, the connection has broken.
 */
export class PollSocket implements WebSocketLike {
  declare onopen: WebSocketLike['onopen'];
  declare onmessage: WebSocketLike['onmessage'];
  declare onclose: WebSocketLike['onclose'];
  declare onerror: WebSocketLike['onerror'];
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #gone = new AbortController();
  readonly #waiting: string[] = [];
  #session: string | undefined;
  #sent = 0;
  #isSending = false;

  /** @param url where sessions are opened */
  constructor(url: string, fetch: Fetch) {
    this.#url = url;
    this.#fetch = fetch;
    // Nothing more comes, or what came was not of the server.
    this.#run()
      .catch(() => {})
      .then(() => this.#end());
  }

  send(frame: string): void {
    this.#waiting.push(frame);
    void this.#flush();
  }

  close(): void {
    const session = this.#session;
    if (this.#gone.signal.aborted) return;
    this.#gone.abort();
    // Also from a page that is being left. Unheard, it ends a little later by itself.
    if (session) this.#post('/end', { session }, { keepalive: true }).catch(() => {});
  }

  // Text, not JSON: that a browser sends to other origins without asking them first.
  #post(path: string, body: object, more: RequestInit): Promise<Response> {
    // As a function, which that of a browser insists on.
    const fetch = this.#fetch;
    return fetch(this.#url + path, { method: 'POST', body: JSON.stringify(body), redirect: 'error', ...more });
  }

  /** @returns nothing where there is nothing to say, and after the end */
  async #ask(path: string, body: object, isLast = false): Promise<Answer | undefined> {
    const { signal } = this.#gone;
    let status = 0;
    try {
      const answer = await this.#post(path, body, { signal });
      const text = await answer.text();
      if (answer.ok) return text ? JSON.parse(text) : undefined;
      ({ status } = answer);
    } catch {
      // No network, or an answer that is not the server's.
    }
    if (!isLast && !signal.aborted) return this.#ask(path, body, true);
    this.#end(status === 413 ? 1009 : undefined);
    return undefined;
  }

  #take(): string[] {
    const frames = this.#waiting.splice(0, mostFrames);
    this.#sent += frames.length;
    return frames;
  }

  async #flush(): Promise<void> {
    const session = this.#session;
    if (!session || this.#isSending) return;
    this.#isSending = true;
    while (this.#waiting.length) {
      const first = this.#sent + 1;
      await this.#ask('/send', { session, first, frames: this.#take() });
    }
    this.#isSending = false;
  }

  #end(code = 1006, reason = ''): void {
    if (this.#gone.signal.aborted) return;
    this.#gone.abort();
    this.onclose?.({ code, reason } as never);
  }

  async #run(): Promise<void> {
    // Whoever made it has to listen first.
    await null;
    // What is sent now goes along with the request that opens the session.
    this.onopen?.({} as never);
    let after = 0;
    let answer = await this.#ask('', { frames: this.#take() }, true);
    while (answer && !this.#gone.signal.aborted) {
      const { frames, close } = answer;
      this.#session ??= answer.session;
      void this.#flush();
      for (const data of frames) this.onmessage?.({ data } as never);
      if (close) return this.#end(close.code, close.reason);
      after += frames.length;
      answer = await this.#ask('/receive', { session: this.#session, after });
    }
  }
}

import type { WebSocketLike } from './web-socket.ts';

export type Fetch = typeof globalThis.fetch;

/** At most so many frames, and so much text, go in one request; but always one frame. */
const mostFrames = 1000;
const mostText = 2 ** 18;

interface Answer {
  session: string;
  frames: string[];
  close?: { code: number; reason: string };
}

/**
 * Stands for a WebSocket where none gets through: the same frames, in requests, one of which always waits for what the
 * server has to say. A request that fails is sent a second time, which the server notices; when that fails as well, the
 * connection has broken.
 *
 * @param url where sessions are opened
 */
export function pollSocket(url: string, fetch: Fetch): WebSocketLike {
  const gone = new AbortController();
  const { signal } = gone;
  const waiting: string[] = [];
  let session: string | undefined;
  let sent = 0;
  let sending = false;

  const socket: WebSocketLike = {
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (frame) => {
      waiting.push(frame);
      void flush();
    },
    close: () => {
      if (signal.aborted) return;
      gone.abort();
      // Also from a page that is being left. Unheard, it ends a little later by itself.
      if (session) post('/end', { session }, { keepalive: true }).catch(() => {});
    },
  };

  // Text, not JSON: that a browser sends to other origins without asking them first.
  const post = (path: string, body: object, more: RequestInit) =>
    fetch(url + path, { method: 'POST', body: JSON.stringify(body), redirect: 'error', ...more });

  /** @returns nothing where there is nothing to say, and after the end */
  async function ask(path: string, body: object, isLast = false): Promise<Answer | undefined> {
    let status = 0;
    try {
      const answer = await post(path, body, { signal });
      const text = await answer.text();
      if (answer.ok) return text ? JSON.parse(text) : undefined;
      ({ status } = answer);
    } catch {
      // No network, or an answer that is not the server's.
    }
    const isRefused = status >= 400 && status < 500;
    if (!isLast && !isRefused && !signal.aborted) return ask(path, body, true);
    end(status === 413 ? 1009 : undefined);
    return undefined;
  }

  function take(): string[] {
    let text = 0;
    const tooMany = waiting.findIndex((frame, at) => {
      text += frame.length;
      return at === mostFrames || (at > 0 && text > mostText);
    });
    const frames = waiting.splice(0, tooMany < 0 ? mostFrames : tooMany);
    sent += frames.length;
    return frames;
  }

  async function flush(): Promise<void> {
    if (!session || sending) return;
    sending = true;
    while (waiting.length) {
      const first = sent + 1;
      await ask('/send', { session, first, frames: take() });
    }
    sending = false;
  }

  function end(code = 1006, reason = ''): void {
    if (signal.aborted) return;
    gone.abort();
    socket.onclose?.({ code, reason } as never);
  }

  async function run(): Promise<void> {
    // Whoever made it has to listen first.
    await null;
    // What is sent now goes along with the request that opens the session.
    socket.onopen?.({} as never);
    let after = 0;
    let answer = await ask('', { frames: take() }, true);
    while (answer && !signal.aborted) {
      const { frames, close } = answer;
      session ??= answer.session;
      void flush();
      for (const data of frames) socket.onmessage?.({ data } as never);
      if (close) return end(close.code, close.reason);
      after += frames.length;
      answer = await ask('/receive', { session, after });
    }
  }

  // Nothing more comes, or what came was not of the server.
  run()
    .catch(() => {})
    .then(() => end());
  return socket;
}

import type { WebSocketConstructor, WebSocketLike } from '@colloquy/client';

/** A client's way to the server, which can be cut as by a tunnel: its sockets die and no new one opens. */
export interface Line {
  /** To be given to the client. */
  webSocket: WebSocketConstructor;
  cut(): void;
  mend(): void;
}

type Handler = WebSocketLike['onopen'];

export function openLine(): Line {
  let isCut = false;
  const sockets = new Set<LineSocket>();

  class LineSocket implements WebSocketLike {
    onopen: Handler = null;
    onmessage: Handler = null;
    onclose: Handler = null;
    onerror: Handler = null;
    readonly #socket: WebSocket | undefined;

    constructor(url: string, protocols: string[]) {
      if (isCut) {
        queueMicrotask(() => this.lose());
        return;
      }
      const socket = new WebSocket(url, protocols);
      this.#socket = socket;
      socket.onopen = (event) => this.onopen?.(event as never);
      socket.onmessage = (event) => this.onmessage?.(event as never);
      socket.onerror = (event) => this.onerror?.(event as never);
      socket.onclose = (event) => {
        sockets.delete(this);
        this.onclose?.(event as never);
      };
      sockets.add(this);
    }

    send(data: string): void {
      this.#socket?.send(data);
    }

    close(code?: number): void {
      this.#socket?.close(code);
    }

    /** What the client hears when the network is gone: nothing more, and at the end code 1006. */
    lose(): void {
      const socket = this.#socket;
      sockets.delete(this);
      if (socket !== undefined) {
        socket.onmessage = socket.onerror = socket.onclose = null;
        // A browser complains about a socket that is closed before it is open.
        if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
        else socket.close();
      }
      this.onclose?.({ code: 1006, reason: '' } as never);
    }
  }

  return {
    webSocket: LineSocket,
    cut() {
      isCut = true;
      for (const socket of [...sockets]) socket.lose();
    },
    mend() {
      isCut = false;
      // What a browser says when its network is back: the client then tries at once.
      dispatchEvent(new Event('online'));
    },
  };
}

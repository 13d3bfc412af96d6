import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

/** The connections of an HTTP server, for its end. */
export interface Connections {
  /**
   * From now on each answer says that its connection ends with it, those of requests under way as well: a caller or a
   * proxy that reuses connections learns it before the server closes them, and loses no request to that.
   */
  announceEnd(): void;
  /**
   * Takes in what has arrived: connections that the system has accepted for this process, and their requests. To be awaited
   * before it stops listening, since the system cuts those that are left then.
   */
  takeArrived(): Promise<void>;
  /** Cuts those over which nothing has come, and nothing comes in a moment. */
  cutUnused(): void;
  /** Cuts those whose peers are slow to ask or to read, but for those that wait for an answer of ours. */
  cutSlow(): void;
}

/** How long after it was accepted something may come over a connection that is to be cut if not; milliseconds. */
const firstWord = 200;
/** How long it goes on taking in new connections, if there is no end of them; milliseconds. */
const arrival = 2000;

interface Kept {
  /** When it was accepted, on the clock of `performance`. */
  since: number;
  /** The answer that was last asked for. */
  response?: ServerResponse;
}

/**
 * Knows all connections of an HTTP server, so that its end need not wait for a peer who never finishes what he began,
 * or never begins.
 */
export function trackConnections(server: Server): Connections {
  const open = new Map<Socket, Kept>();
  let ending = false;
  let accepted = 0;
  server.on('connection', (socket) => {
    accepted += 1;
    open.set(socket, { since: performance.now() });
    socket.once('close', () => open.delete(socket));
  });
  // Before the routes, which may answer at once.
  server.prependListener('request', ({ socket }, response) => {
    const kept = open.get(socket);
    if (kept) kept.response = response;
    if (ending) endAfter(response);
  });
  return {
    announceEnd: () => {
      ending = true;
      for (const { response } of open.values()) if (response && !response.headersSent) endAfter(response);
    },
    takeArrived: async () => {
      const until = performance.now() + arrival;
      // A turn of the event loop accepts one that waits, and the next one reads what came with it.
      for (let before = -1; before !== accepted && performance.now() < until; ) {
        before = accepted;
        await setImmediate();
        await setImmediate();
      }
      await setImmediate();
    },
    // Browsers open connections in advance; Node takes them for ones whose request is under way. But what was opened just now
    // may have its request on the way.
    cutUnused: () => {
      const now = performance.now();
      for (const [socket, { since }] of open) {
        if (socket.bytesRead > 0) continue;
        const left = since + firstWord - now;
        if (left <= 0) socket.destroy();
        else setTimeout(() => socket.bytesRead === 0 && socket.destroy(), left).unref();
      }
    },
    cutSlow: () => {
      for (const [socket, { response }] of open) if (!isOurTurn(response)) socket.destroy();
    },
  };
}

function isOurTurn(response: ServerResponse | undefined): boolean {
  return response?.req.complete === true && !response.headersSent;
}

function endAfter(response: ServerResponse): void {
  response.setHeader('Connection', 'close');
}

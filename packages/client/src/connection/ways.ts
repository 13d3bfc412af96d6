import { libraryError } from '../errors.ts';
import { type Fetch, PollSocket } from './poll-socket.ts';
import type { WebSocketConstructor, WebSocketLike } from './web-socket.ts';
import { path, pollPath, subprotocol } from './wire.ts';

/** What carries a connection: a WebSocket, or requests that the server answers when it has something to say. */
export type Transport = 'websocket' | 'polling';

export interface TransportOptions {
  /** What may carry the connection, the preferred one first. Default: `['websocket', 'polling']`. */
  transports?: readonly Transport[];
  /** For where there is no global `WebSocket`, such as Node 20: the one of the `ws` package, for example. */
  webSocket?: WebSocketConstructor;
  /** In place of the global `fetch`, for polling. */
  fetch?: Fetch;
}

/** @internal Opens a socket, or what stands for one. @throws where the address, or the page, does not allow it */
export type Way = () => WebSocketLike;

/**
 * @internal The ways to a server, in the order in which they are to be tried.
 *
 * @param url of the server, with `http:` or `https:`
 * @throws ColloquyError 101 when there is none
 */
export function waysTo(
  url: string,
  {
    transports = ['websocket', 'polling'],
    webSocket = globalThis.WebSocket,
    fetch = globalThis.fetch,
  }: TransportOptions,
): Way[] {
  const found: Record<Transport, Way | undefined> = {
    websocket: webSocket && (() => new webSocket(url.replace('http', 'ws') + path, [subprotocol])),
    polling: fetch && (() => new PollSocket(url + pollPath, fetch)),
  };
  const ways = transports.flatMap((transport) => found[transport] ?? []);
  if (!ways.length) throw libraryError(101);
  return ways;
}

import type { EventEmitter } from 'node:events';
import {
  type AnyStreamEvent,
  type ConnectResult,
  type RealtimeMethod,
  type RealtimeMethods,
  type RpcError,
  realtimePath,
  realtimeSubprotocol,
} from '@colloquy/protocol';
import { WebSocket } from 'ws';
import { RawPolls } from './raw-polls.ts';

export class CallError extends Error {
  readonly code: number;
  readonly data: RpcError['data'];
  constructor(error: RpcError) {
    super(error.message);
    this.code = error.code;
    this.data = error.data;
  }
}

interface Answer {
  id: number | string | null;
  result?: unknown;
  error?: RpcError;
}

/** What carries the frames: one of the server's doors. */
export type Transport = 'websocket' | 'polling';

/** A realtime client with nothing clever in it: what the server sends is kept as it came. */
export class RawClient {
  connected: ConnectResult | undefined;
  readonly events: AnyStreamEvent[] = [];
  readonly notifications: { method: string; params: never }[] = [];
  /** Answers without an id of ours. */
  readonly strays: Answer[] = [];
  closed: { code: number; reason: string } | undefined;

  readonly #webSocket: WebSocket | RawPolls;
  readonly #waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  readonly #watchers = new Set<() => void>();
  #last = 0;

  static async open(
    address: string,
    headers: Record<string, string> = {},
    transport: Transport = 'websocket',
  ): Promise<RawClient> {
    if (transport === 'polling') return new RawClient(await RawPolls.open(address));
    const webSocket = new WebSocket(address + realtimePath, realtimeSubprotocol, { headers });
    const client = new RawClient(webSocket);
    await new Promise((resolve, reject) => webSocket.once('open', resolve).once('error', reject));
    return client;
  }

  private constructor(webSocket: WebSocket | RawPolls) {
    this.#webSocket = webSocket;
    const socket: EventEmitter = webSocket;
    socket.on('message', (data) => this.#onFrame(JSON.parse(String(data))));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      for (const { reject } of this.#waiting.values()) reject(new Error(`closed ${code}`));
      this.#tell();
    });
  }

  call<M extends RealtimeMethod>(
    method: M,
    params: RealtimeMethods[M]['params'],
  ): Promise<RealtimeMethods[M]['result']> {
    this.#last += 1;
    const id = this.#last;
    this.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  send(data: string | Buffer): void {
    this.#webSocket.send(data);
  }

  /** Ends without a word, as a cable that is pulled. */
  cut(): void {
    this.#webSocket.terminate();
  }

  /** Reads nothing more until `continue`. */
  pause(): void {
    this.#webSocket.pause();
  }

  continue(): void {
    this.#webSocket.resume();
  }

  /** Waits until something that came makes it true. */
  async until<T>(condition: () => T | undefined | false): Promise<T> {
    for (;;) {
      const value = condition();
      if (value) return value;
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  /** Waits for an event of a type (the nth of that type). */
  event<T extends AnyStreamEvent['type']>(type: T, nth = 0): Promise<Extract<AnyStreamEvent, { type: T }>> {
    return this.until(
      () => this.events.filter((event) => event.type === type)[nth] as Extract<AnyStreamEvent, { type: T }> | undefined,
    );
  }

  /** What a resume of this client would say. */
  get resume(): { cursor: string; positions: Record<string, number> } {
    const { connected } = this;
    if (!connected) throw new Error('Not connected.');
    const positions: Record<string, number> = { [connected.user.sid]: connected.position };
    for (const entry of connected.conversations?.items ?? []) positions[entry.conversation.sid] = entry.position;
    for (const event of [...connected.events, ...this.events]) {
      positions[event.stream] = event.position;
      if (event.type === 'membership.added') {
        positions[event.data.conversation.sid] = Math.max(
          positions[event.data.conversation.sid] ?? 0,
          event.data.position,
        );
      }
    }
    return { cursor: connected.cursor, positions };
  }

  #onFrame(frame: Answer & { method?: string; params?: never }): void {
    if (frame.method === 'event') this.events.push(frame.params as unknown as AnyStreamEvent);
    else if (frame.method !== undefined) {
      this.notifications.push({ method: frame.method, params: frame.params as never });
    } else {
      const waiting = typeof frame.id === 'number' ? this.#waiting.get(frame.id) : undefined;
      if (!waiting) this.strays.push(frame);
      else {
        this.#waiting.delete(frame.id as number);
        if (frame.error) waiting.reject(new CallError(frame.error));
        else waiting.resolve(frame.result as never);
      }
    }
    this.#tell();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }
}

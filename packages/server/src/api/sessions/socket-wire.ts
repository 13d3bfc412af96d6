import type { Duplex } from 'node:stream';
import type { CloseCode } from '@colloquy/protocol';
import type { WebSocket } from 'ws';
import type { Wire } from './wire.ts';

/** A WebSocket. Frames that are ready are written to the socket itself: one write may carry many of them. */
export class SocketWire implements Wire {
  readonly isPolling = false;
  /** A page has one; but some apps have many pages of one and the same user. */
  readonly mostOfUser = 1000;
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;

  /** @param socket what is below the WebSocket */
  constructor(webSocket: WebSocket, socket: Duplex) {
    this.#webSocket = webSocket;
    this.#socket = socket;
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  write(frames: Buffer): void {
    this.#socket.write(frames);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  ping(): void {
    if (this.isOpen) this.#webSocket.ping();
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    if (this.#webSocket.isPaused) this.#webSocket.resume();
  }

  close(code: CloseCode, why: string): void {
    this.#webSocket.close(code, why);
  }

  terminate(): void {
    this.#webSocket.terminate();
  }
}

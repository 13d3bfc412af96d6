import type { Socket } from 'node:net';
import type { CloseCode } from '@colloquy/protocol';
import type { WebSocket } from 'ws';
import type { Wire } from './wire.ts';

/** What a ping or pong of a client has beside what it says: RFC 6455, section 5.2; bytes. */
const controlFrame = 6;

/** A WebSocket. Frames that are ready are written to the socket itself: one write may carry many of them. */
export class SocketWire implements Wire {
  readonly isPolling = false;
  /** A page has one; but some apps have many pages of one and the same user. */
  readonly mostOfUser = 1000;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  /** How much had arrived with the last frame that was whole, and of control frames since then; bytes. */
  #whole: number;

  /** @param socket what is below the WebSocket */
  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#whole = socket.bytesRead;
    webSocket.on('message', () => {
      this.#whole = socket.bytesRead;
    });
    const passOver = ({ length }: Buffer) => {
      this.#whole += length + controlFrame;
    };
    // They may come between the parts of a message.
    webSocket.on('ping', passOver).on('pong', passOver);
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  get begun(): number {
    return Math.max(0, this.#socket.bytesRead - this.#whole);
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

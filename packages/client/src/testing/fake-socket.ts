import type { CloseCode } from '@colloquy/protocol';
import type { WebSocketLike } from '../connection/web-socket.ts';
import type { FakeServer } from './fake-server.ts';
import { FakeSession } from './fake-session.ts';

export type Arrival = { frame: string } | { close: number };

/** A WebSocket whose frames go through the network below. */
export class FakeSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly url: string;
  readonly protocols: string[];
  /** On the way to the server, and to the client. */
  readonly up: string[] = [];
  readonly down: Arrival[] = [];
  readonly session: FakeSession;
  state: 'opening' | 'open' | 'closed' = 'opening';
  /** Is somebody at work moving its frames? */
  isCarried = false;
  /** Called when something set out, in either direction. */
  onTraffic = () => {};

  constructor(server: FakeServer, url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
    this.session = new FakeSession(server, {
      send: (frame) => this.#arrive({ frame }),
      close: (code: CloseCode) => this.#arrive({ close: code }),
    });
  }

  send(data: string): void {
    if (this.state === 'opening') throw new Error('The socket is not open yet.');
    if (this.state !== 'open') return;
    this.up.push(data);
    this.onTraffic();
  }

  close(): void {
    this.state = 'closed';
    this.session.gone();
  }

  /** Is there something that could move? */
  get canGoUp(): boolean {
    return this.up.length > 0;
  }

  get canGoDown(): boolean {
    return this.down.length > 0;
  }

  open(): void {
    if (this.state !== 'opening') return;
    this.state = 'open';
    this.onopen?.({} as never);
  }

  /** The connection breaks: what is on its way in either direction is lost. */
  cut(code = 1006): void {
    if (this.state === 'closed') return;
    this.close();
    this.onclose?.({ code, reason: '' } as never);
  }

  /** The server gets the oldest frame. */
  deliverUp(): void {
    const frame = this.up.shift();
    if (frame !== undefined && this.state === 'open') this.session.receive(frame);
  }

  /** The client gets the oldest frame, or one further back when frames overtake each other. */
  deliverDown(at = 0): void {
    const [arrival] = this.down.splice(at, 1);
    if (!arrival || this.state !== 'open') return;
    if ('close' in arrival) this.cut(arrival.close);
    else this.onmessage?.({ data: arrival.frame } as never);
  }

  #arrive(arrival: Arrival): void {
    this.down.push(arrival);
    this.onTraffic();
  }
}

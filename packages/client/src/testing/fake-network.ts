import type { CloseCode } from '@colloquy/protocol';
import type { WebSocketConstructor, WebSocketLike } from '../connection/web-socket.ts';
import type { FakeServer } from './fake-server.ts';
import { FakeSession } from './fake-session.ts';

type Arrival = { frame: string } | { close: number };

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

/** The network between one client and the server: at once and without loss, unless a test wants it otherwise. */
export class FakeNetwork {
  /** False: no socket can be opened. */
  online = true;
  /** False: frames stay where they are until `deliver` or the socket's own methods move them. */
  flowing = true;
  readonly sockets: FakeSocket[] = [];
  readonly webSocket: WebSocketConstructor;

  constructor(server: FakeServer) {
    const network = this;
    this.webSocket = class extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(server, url, protocols);
        network.sockets.push(this);
        this.onTraffic = () => network.#flow(this);
        queueMicrotask(() => network.#open(this));
      }
    };
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }

  /** Moves everything that is on its way. @returns how many frames that were */
  deliver(): number {
    let moved = 0;
    for (const socket of this.sockets) {
      while (socket.state === 'open' && (socket.up.length || socket.down.length)) {
        moved += 1;
        if (socket.up.length) socket.deliverUp();
        else socket.deliverDown();
      }
    }
    return moved;
  }

  #open(socket: FakeSocket): void {
    if (this.online) socket.open();
    else socket.cut();
  }

  #flow(socket: FakeSocket): void {
    if (!this.flowing) return;
    // Never within `send`: a real socket does not answer before it returns.
    queueMicrotask(() => {
      if (!this.flowing) return;
      while (socket.up.length) socket.deliverUp();
      while (socket.down.length) socket.deliverDown();
    });
  }
}

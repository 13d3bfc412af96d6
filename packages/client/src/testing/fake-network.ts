import type { CloseCode } from '@colloquy/protocol';
import type { WebSocketConstructor, WebSocketLike } from '../connection/web-socket.ts';
import type { FakeServer } from './fake-server.ts';
import { FakeSession } from './fake-session.ts';
import { inSomeTurns } from './turns.ts';

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
  readonly sockets: FakeSocket[] = [];
  readonly webSocket: WebSocketConstructor;
  #flowing = true;

  constructor(server: FakeServer) {
    const network = this;
    this.webSocket = class extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(server, url, protocols);
        network.sockets.push(this);
        this.onTraffic = () => network.#carry(this);
        queueMicrotask(() => (network.online ? this.open() : this.cut()));
      }
    };
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }

  /** Frames stay where they are, until the socket's own methods move them. */
  stop(): void {
    this.#flowing = false;
  }

  /** Frames move by themselves again, those first that are on their way. */
  flow(): void {
    this.#flowing = true;
    for (const socket of this.sockets) this.#carry(socket);
  }

  /** One frame a turn of the event loop, as with real sockets: what a frame sets off is done before the next one. */
  #carry(socket: FakeSocket): void {
    if (!this.#flowing || socket.isCarried) return;
    socket.isCarried = true;
    inSomeTurns(() => {
      if (!this.#flowing || socket.state !== 'open' || !(socket.up.length || socket.down.length)) {
        socket.isCarried = false;
        return false;
      }
      if (socket.up.length) socket.deliverUp();
      else socket.deliverDown();
      return true;
    });
  }
}

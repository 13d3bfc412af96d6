import type { Fetch } from '../connection/poll-socket.ts';
import type { WebSocketConstructor } from '../connection/web-socket.ts';
import { pollPath } from '../connection/wire.ts';
import { FakePoll } from './fake-poll.ts';
import type { FakeServer } from './fake-server.ts';
import { FakeSocket } from './fake-socket.ts';
import { inSomeTurns } from './turns.ts';

/** The network between one client and the server: at once and without loss, unless a test wants it otherwise. */
export class FakeNetwork {
  /** False: no socket can be opened. */
  online = true;
  readonly sockets: FakeSocket[] = [];
  readonly webSocket: WebSocketConstructor;
  readonly fetch: Fetch;
  /** False: no WebSocket gets through. */
  webSocketsPass = true;
  readonly #polls = new Map<string, FakePoll>();
  #flowing = true;

  constructor(server: FakeServer) {
    const network = this;
    this.webSocket = class extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(server, url, protocols);
        network.sockets.push(this);
        this.onTraffic = () => network.#carry(this);
        queueMicrotask(() => (network.online && network.webSocketsPass ? this.open() : this.cut()));
      }
    };
    this.fetch = async (url, { body, signal } = {}) => {
      if (!network.online) throw new TypeError('There is no network.');
      const path = String(url).slice(String(url).indexOf(pollPath) + pollPath.length);
      const asked = JSON.parse(body as string);
      const poll = path === '' ? network.#newPoll(server, String(url)) : network.#polls.get(asked.session);
      if (!poll || poll.state === 'closed') return { ok: false, status: 404, text: async () => '' } as Response;
      return poll.ask(path, asked, signal);
    };
  }

  /** The newest socket, or what stands for one. */
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

  #newPoll(server: FakeServer, url: string): FakePoll {
    const name = `poll ${this.#polls.size}`;
    const poll = new FakePoll(server, url, name);
    poll.onTraffic = () => this.#carry(poll);
    this.#polls.set(name, poll);
    this.sockets.push(poll);
    return poll;
  }

  /** One frame a turn of the event loop, as with real sockets: what a frame sets off is done before the next one. */
  #carry(socket: FakeSocket): void {
    if (!this.#flowing || socket.isCarried) return;
    socket.isCarried = true;
    inSomeTurns(() => {
      if (!this.#flowing || socket.state !== 'open' || !(socket.canGoUp || socket.canGoDown)) {
        socket.isCarried = false;
        return false;
      }
      if (socket.canGoUp) socket.deliverUp();
      else socket.deliverDown();
      return true;
    });
  }
}

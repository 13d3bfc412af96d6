import type { FakeServer } from './fake-server.ts';
import { type Arrival, FakeSocket } from './fake-socket.ts';

interface Asked {
  frames?: string[];
  first?: number;
  after?: number;
}

interface Request {
  path: string;
  asked: Asked;
  answer(status: number, body?: object): void;
  fail(): void;
}

/** One polled session: the server's side of it, and its requests on their way. */
export class FakePoll extends FakeSocket {
  override state: FakeSocket['state'] = 'open';
  /** What befalls the next request: it is lost, its answer is, or it arrives a second time. */
  mishap: 'request' | 'answer' | 'twice' | undefined;
  readonly #name: string;
  /** On the way to the server. */
  readonly #requests: Request[] = [];
  /** Waits at the server. */
  #held: Request | undefined;
  #given: Arrival[] = [];
  #acknowledged = 0;
  #taken = 0;

  constructor(server: FakeServer, url: string, name: string) {
    super(server, url, []);
    this.#name = name;
  }

  ask(path: string, asked: Asked, signal: AbortSignal | null | undefined): Promise<Response> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new TypeError('The network failed.'));
      signal?.addEventListener('abort', fail);
      const answer = (status: number, body?: object) =>
        resolve({ ok: status < 300, status, text: async () => (body ? JSON.stringify(body) : '') } as Response);
      this.#requests.push({ path, asked, answer, fail });
      this.onTraffic();
    });
  }

  override get canGoUp(): boolean {
    return this.#requests.length > 0;
  }

  override get canGoDown(): boolean {
    return this.#held !== undefined && this.down.length + this.#given.length > 0;
  }

  override close(): void {
    super.close();
    for (const { fail } of this.#requests.splice(0)) fail();
    this.#held?.fail();
  }

  /** The server gets the oldest request. */
  override deliverUp(): void {
    const request = this.#requests.shift();
    if (!request) return;
    const { mishap } = this;
    this.mishap = undefined;
    if (mishap === 'request') return request.fail();
    this.#handle(mishap === 'answer' ? { ...request, answer: request.fail } : request);
    if (mishap === 'twice') this.#handle({ ...request, answer: () => {}, fail: () => {} });
  }

  /** Some of the oldest frames, or one further back, set out in an answer, if a request waits for one. */
  override deliverDown(at = 0): void {
    const held = this.#held;
    if (!held || !this.canGoDown) return;
    this.#given.push(...this.down.splice(at, at > 0 ? 1 : Math.ceil(this.down.length / 2)));
    const frames = this.#given.flatMap((arrival) => ('frame' in arrival ? [arrival.frame] : []));
    const [close] = this.#given.flatMap((arrival) => ('close' in arrival ? [arrival.close] : []));
    this.#held = undefined;
    held.answer(200, {
      ...(held.path === '' && { session: this.#name }),
      frames,
      ...(close && { close: { code: close, reason: '' } }),
    });
    if (close) this.close();
  }

  #handle(request: Request): void {
    const { path, asked, answer } = request;
    if (path === '/end') {
      this.close();
      return answer(204);
    }
    if (path !== '/receive') {
      const { first = 1, frames = [] } = asked;
      if (first > this.#taken + 1) return answer(409);
      const news = frames.slice(this.#taken + 1 - first);
      this.#taken += news.length;
      for (const frame of news) this.session.receive(frame);
      if (path === '/send') return answer(204);
    }
    const count = (asked.after ?? 0) - this.#acknowledged;
    if (count < 0 || count > this.#given.length) return answer(400);
    this.#given.splice(0, count);
    this.#acknowledged += count;
    this.#held?.answer(409);
    this.#held = request;
    this.onTraffic();
  }
}

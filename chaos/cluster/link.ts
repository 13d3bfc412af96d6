import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** How a link is at the moment. */
export interface LinkState {
  /** `cut` ends all connections and takes no others; `stalled` lets nothing through, and nobody is told. */
  flow: 'up' | 'cut' | 'stalled';
  /** How much later each byte arrives, in milliseconds. */
  delay: number;
  /** Bytes a second and direction. */
  rate: number;
}

const good: LinkState = { flow: 'up', delay: 0, rate: Number.POSITIVE_INFINITY };
/** What may wait in a link before it stops reading, in bytes: about what the buffers of two sockets hold. */
const room = 256 * 1024;

/** A way from one process to another, over TCP, that can be cut, stalled, made long and made narrow. */
export class Link {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: number;
  #state: LinkState = good;
  #changed = Promise.withResolvers<void>();

  /** @param target port at which the other end is at first */
  static async open(target = 0): Promise<Link> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Link(server, target);
  }

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as { port: number }).port;
    server.on('connection', (near) => this.#join(near));
  }

  /** Connections from now on go there. */
  leadTo(port: number): void {
    this.#target = port;
  }

  /** What is not named is good again. */
  become(state: Partial<LinkState>): void {
    this.#state = { ...good, ...state };
    if (this.#state.flow === 'cut') this.dropAll();
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Ends the connections that there are, in the middle of whatever they carry. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): Promise<unknown> {
    this.become({ flow: 'cut' });
    return new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near: Socket): void {
    if (this.#state.flow === 'cut' || this.#target === 0) return void near.destroy();
    const far = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      this.#carry(from, to);
    }
  }

  #carry(from: Socket, to: Socket): void {
    const waiting: { due: number; chunk: Buffer | null }[] = [];
    let held = 0;
    let carrying = false;
    const pass = async () => {
      carrying = true;
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        while (this.#state.flow === 'stalled') await this.#changed.promise;
        const early = next.due - performance.now();
        if (early > 0) await wait(early);
        if (next.chunk === null) to.end();
        else {
          to.write(next.chunk);
          held -= next.chunk.length;
          const { rate } = this.#state;
          if (Number.isFinite(rate)) await wait((next.chunk.length / rate) * 1000);
        }
        if (held < room) from.resume();
      }
      carrying = false;
    };
    const take = (chunk: Buffer | null) => {
      waiting.push({ due: performance.now() + this.#state.delay, chunk });
      held += chunk?.length ?? 0;
      if (held >= room) from.pause();
      if (!carrying) void pass();
    };
    from.on('data', take);
    from.on('end', () => take(null));
  }
}

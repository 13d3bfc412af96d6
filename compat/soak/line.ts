import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from './random.ts';

/** A way to the server, byte by byte, that can be cut and held up. */
export class Line {
  /** Without a slash at its end. */
  readonly url: string;
  /** How often each kind of trouble has been made, and how many connections there were. */
  readonly counts = { cut: 0, long: 0, stall: 0, flap: 0, connections: 0 };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #state: 'up' | 'down' | 'held' = 'up';

  static async open(target: string): Promise<Line> {
    const port = Number(new URL(target).port);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Line(server, port);
  }

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    server.on('connection', (near) => {
      if (this.#state === 'down') return near.destroy();
      this.counts.connections += 1;
      const far = connect({ port: target, host: '127.0.0.1' });
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
        if (this.#state === 'held') socket.pause();
      }
    });
  }

  /** Ends all connections, in the middle of whatever they carry, and takes no others. */
  cut(): void {
    this.#state = 'down';
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    if (this.#state === 'held') for (const socket of this.#sockets) socket.resume();
    this.#state = 'up';
  }

  /** Nothing goes through either way, and nobody is told. */
  hold(): void {
    this.#state = 'held';
    for (const socket of this.#sockets) socket.pause();
  }

  close(): Promise<unknown> {
    this.cut();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** Cuts and restores until it is told to stop; then the line is up. */
  async makeTrouble(random: Random, stop: AbortSignal): Promise<void> {
    const pass = (least: number, most: number) =>
      wait(1000 * random.between(least, most), undefined, { signal: stop }).catch(() => {});
    while (!stop.aborted) {
      await pass(0.3, 12);
      if (stop.aborted) break;
      const kind = random.weighted({ cut: 6, long: 1, stall: 2, flap: 1 });
      this.counts[kind] += 1;
      if (kind === 'stall') {
        this.hold();
        await pass(1, 15);
        // What was held up arrives after all, or never does.
        if (random.next() < 0.5) this.cut();
      } else if (kind === 'flap') {
        for (let time = 0; time < 5; time += 1) {
          this.cut();
          await pass(0, 0.2);
          this.restore();
          await pass(0, 0.3);
        }
      } else {
        this.cut();
        await pass(...((kind === 'long' ? [15, 45] : [0, 6]) as [number, number]));
      }
      this.restore();
    }
    this.restore();
  }
}

import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Link } from './link.ts';

/**
 * What one client sees instead of the nodes: each of its connections goes to the next one, whether that is well or not.
 * A real balancer would ask first; this one has clients find out, and wander.
 */
export class Balancer {
  /** Without a slash at its end. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next: number;

  /** @param first at which of the ways it begins */
  static async open(ways: readonly Link[], first: number): Promise<Balancer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Balancer(server, ways, first);
  }

  private constructor(server: Server, ways: readonly Link[], first: number) {
    this.#server = server;
    this.#next = first;
    this.url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    server.on('connection', (near) => {
      const way = ways[this.#next % ways.length] as Link;
      this.#next += 1;
      const far = connect({ port: way.port, host: '127.0.0.1', noDelay: true });
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
        from.pipe(to);
      }
    });
  }

  /** Ends its connections: the client comes back at the next node. */
  roam(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): Promise<unknown> {
    this.roam();
    return new Promise((resolve) => this.#server.close(resolve));
  }
}

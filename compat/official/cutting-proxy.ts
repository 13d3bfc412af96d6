import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * A way to the server that can be cut: what goes through it ends, and nothing gets through until it is mended. Or only
 * what clients say is held up on it, as on a line that is slow in that direction.
 */
export class CuttingProxy {
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new Set<Socket>();
  /** What clients have connected with. */
  readonly #near = new Set<Socket>();
  #port: number;
  #isCut = false;

  static async open(target: string): Promise<CuttingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CuttingProxy(server, Number(new URL(target).port));
  }

  private constructor(server: ReturnType<typeof createServer>, port: number) {
    this.#server = server;
    this.#port = port;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (near) => {
      if (this.#isCut) return near.destroy();
      const far = connect(this.#port, '127.0.0.1');
      near.pipe(far).pipe(near);
      this.#near.add(near);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          this.#near.delete(near);
          near.destroy();
          far.destroy();
        });
      }
    });
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  /** Whoever connects from now on gets to another server. */
  leadTo(target: string): void {
    this.#port = Number(new URL(target).port);
  }

  /** What clients say from now on does not come to the server before `release`; they hear it as before. */
  holdUp(): void {
    for (const near of this.#near) near.pause();
  }

  release(): void {
    for (const near of this.#near) near.resume();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A client of the realtime API that does no more than ask. */
import { realtimePath, realtimeSubprotocol } from '../../packages/protocol/src/index.ts';

export class RealtimeCaller {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  #last = 0;

  static async open(url: string): Promise<RealtimeCaller> {
    const socket = new WebSocket(url.replace('http', 'ws') + realtimePath, realtimeSubprotocol);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error('The socket could not be opened.'));
    });
    return new RealtimeCaller(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data));
      const waiting = this.#waiting.get(frame.id);
      if (!waiting) return;
      this.#waiting.delete(frame.id);
      if (frame.error) waiting.reject(new Error(JSON.stringify(frame.error)));
      else waiting.resolve(frame.result as never);
    };
  }

  call<Result = Record<string, unknown>>(method: string, params: object): Promise<Result> {
    this.#last += 1;
    const id = this.#last;
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Resolves when the other side knows. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.onclose = () => resolve();
      this.#socket.close();
    });
  }
}

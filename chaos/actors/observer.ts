import { type AnyStreamEvent, realtimePath, realtimeSubprotocol, type StreamSid } from '@colloquy/protocol';

/** Reads the log of conversations as one of those who are in them, from when he came in. */
export class Observer {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;

  static async connect(url: string, token: string): Promise<Observer> {
    const socket = new WebSocket(url.replace('http', 'ws') + realtimePath, realtimeSubprotocol);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error('The observer was not let in.')));
    });
    const observer = new Observer(socket);
    await observer.#call('connect', { token });
    return observer;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const { id, result, error } = JSON.parse(String(data));
      const waiting = this.#waiting.get(id);
      if (error) waiting?.reject(new Error(JSON.stringify(error)));
      else waiting?.resolve(result);
    });
    socket.addEventListener('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The observer was cut off.'));
    });
  }

  async log(stream: string, first: number): Promise<AnyStreamEvent[]> {
    const events: AnyStreamEvent[] = [];
    for (let after = first; ; ) {
      const page = (await this.#call('events.list', { stream: stream as StreamSid, after, limit: 1000 })) as {
        items: AnyStreamEvent[];
        head: number;
      };
      events.push(...page.items);
      after = page.items.at(-1)?.position ?? page.head;
      if (after >= page.head) return events;
    }
  }

  close(): void {
    this.#socket.close();
  }

  #call(method: string, params: object): Promise<unknown> {
    this.#last += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#last, waiting);
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id: this.#last, method, params }));
    return waiting.promise;
  }
}

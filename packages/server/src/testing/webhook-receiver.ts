import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a webhook's owner sees it. */
export interface ReceivedRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Of the form or the query, in the order they came. */
  parameters: [name: string, value: string][];
  /** The same by name. */
  values: Record<string, string>;
}

export interface ReceiverAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Sends nothing until the promise resolves. */
  after?: Promise<unknown>;
}

/** A real HTTP server that takes what webhooks send. */
export class WebhookReceiver {
  readonly received: ReceivedRequest[] = [];
  /** What to answer next, by request; 204 when nothing is said. */
  answer: (request: ReceivedRequest) => ReceiverAnswer = () => ({ status: 204 });
  readonly #server = createServer((request, response) => {
    void this.#take(request).then(async (received) => {
      const { status, headers = {}, body = '', after } = this.answer(received);
      this.received.push(received);
      for (const watcher of this.#watchers.splice(0)) watcher();
      await after;
      response.writeHead(status, headers).end(body);
    });
  });
  readonly #watchers: (() => void)[] = [];

  static async open(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** Its address, with a path and whatever else belongs to a URL. */
  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** The first so many requests to a path, once they have come. */
  async first(count: number, path = '/'): Promise<ReceivedRequest[]> {
    for (;;) {
      const there = this.received.filter((one) => one.path.startsWith(path));
      if (there.length >= count) return there.slice(0, count);
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage): Promise<ReceivedRequest> {
    let body = '';
    for await (const piece of request) body += piece;
    const { method = '', url = '', headers } = request;
    const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
    const parameters = [...new URLSearchParams(method === 'GET' ? query : body)];
    return { method, path: url, headers, parameters, values: Object.fromEntries(parameters) };
  }
}

/** A REST client over kept sockets that costs little itself: one request at a time on each, read by its length. */
import { connect, type Socket } from 'node:net';
import type { Config } from '../packages/server/src/index.ts';

interface Answer {
  status: number;
  body: string;
}

class Line {
  readonly #port: number;
  #socket: Socket | undefined;
  #received = '';
  #waiting: { answer(answer: Answer): void; fail(error: Error): void } | undefined;

  constructor(port: number) {
    this.#port = port;
    this.#socket = this.#connect();
  }

  request(text: string): Promise<Answer> {
    // A server ends what nobody has asked anything by for a while.
    this.#socket ??= this.#connect();
    const socket = this.#socket;
    return new Promise((answer, fail) => {
      this.#waiting = { answer, fail };
      socket.write(text);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    this.#received = '';
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => this.#take(data));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#socket = undefined;
      this.#waiting?.fail(new Error('The connection was closed before the answer came.'));
    });
    return socket;
  }

  #take(data: string): void {
    this.#received += data;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#received.slice(0, end))?.[1] ?? 0);
    if (this.#received.length < end + 4 + length) return;
    const status = Number(this.#received.slice(9, 12));
    const body = this.#received.slice(end + 4, end + 4 + length);
    this.#received = this.#received.slice(end + 4 + length);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.answer({ status, body });
  }
}

export class RestCaller {
  readonly #lines: Line[];
  readonly #authorization: string;

  constructor(url: string, credentials: Pick<Config['credentials'], 'accountSid' | 'authToken'>, lines = 1) {
    const port = Number(new URL(url).port);
    this.#lines = Array.from({ length: lines }, () => new Line(port));
    const pair = `${credentials.accountSid}:${credentials.authToken}`;
    this.#authorization = Buffer.from(pair).toString('base64');
  }

  /** @param line which of the sockets; a socket carries one request at a time */
  post(path: string, form: Record<string, string>, line = 0): Promise<Record<string, unknown>> {
    return this.#ask('POST', path, line, new URLSearchParams(form).toString());
  }

  get(path: string, line = 0): Promise<Record<string, unknown>> {
    return this.#ask('GET', path, line);
  }

  async delete(path: string, line = 0): Promise<void> {
    await this.#ask('DELETE', path, line);
  }

  async #ask(method: string, path: string, line: number, body?: string): Promise<Record<string, unknown>> {
    const request = [
      `${method} ${path} HTTP/1.1`,
      'Host: 127.0.0.1',
      `Authorization: Basic ${this.#authorization}`,
      ...(body === undefined
        ? []
        : ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`]),
    ];
    const answer = await (this.#lines[line] as Line).request(`${request.join('\r\n')}\r\n\r\n${body ?? ''}`);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return answer.body === '' ? {} : JSON.parse(answer.body);
  }

  close(): void {
    for (const line of this.#lines) line.close();
  }
}

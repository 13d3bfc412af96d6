/** A REST client over kept sockets that costs little itself: one request at a time on each, read by its length. */
import { connect, type Socket } from 'node:net';
import type { Config } from '../packages/server/src/index.ts';

class Line {
  readonly #socket: Socket;
  #received = '';
  #waiting: ((answer: { status: number; body: string }) => void) | undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (data: string) => {
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
      waiting?.({ status, body });
    });
  }

  request(text: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#socket.write(text);
    });
  }

  close(): void {
    this.#socket.destroy();
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

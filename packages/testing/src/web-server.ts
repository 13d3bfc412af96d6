/** What simulators of HTTP APIs stand on: a server on this machine, and bodies that are read whole. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebServer {
  /** Without a slash at the end. */
  url: string;
  /** Cuts what is open. */
  close(): Promise<void>;
}

export type WebHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** @param port 0 for a free one */
export async function serveWeb(handle: WebHandler, port = 0, host = '127.0.0.1'): Promise<WebServer> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** @param most in bytes; what is longer ends with an error */
export async function bodyOf(request: IncomingMessage, most = 64 * 1024 * 1024): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += (piece as Buffer).length;
    if (size > most) throw new Error(`The body is longer than ${most} bytes.`);
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

export function answerJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** The user and password of a request; undefined without Basic authentication (RFC 7617). */
export function basicOf(request: IncomingMessage): { user: string; password: string } | undefined {
  const encoded = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString();
  const colon = pair.indexOf(':');
  return colon === -1 ? undefined : { user: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

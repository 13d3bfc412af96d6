/** A page of another site must not reach the simulators through a developer's browser. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Is it asked under a name of this machine, by a program or a page of this machine? */
export function isFromHere({ headers }: IncomingMessage): boolean {
  const { host, origin } = headers;
  return isLoopback(`http://${host}`) && (origin === undefined || isLoopback(origin));
}

/** CORS, for a page that may ask. */
export function allowPage({ headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Vary', 'Origin');
  if (headers.origin === undefined) return;
  response.setHeader('Access-Control-Allow-Origin', headers.origin);
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
  response.setHeader('Access-Control-Allow-Headers', 'Content-Type');
  response.setHeader('Access-Control-Max-Age', '600');
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const isHere = hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname);
  return isHere && (protocol === 'http:' || protocol === 'https:');
}

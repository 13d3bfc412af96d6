/** For tests of channels as an operator meets them: the whole server, reached by a provider over a port. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { serveWeb } from '@colloquy/testing';
import type { Config } from '../config/config.ts';
import { authorization, type OpenRest, openRest } from '../testing/open-rest.ts';

export interface FrontDoor {
  rest: OpenRest;
  publicUrl: string;
  /** JSON, as `/v1/x` wants it. */
  // biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<{ status: number; body: any }>;
  /** A conversation with one person outside chat. @returns its SID */
  converse(address: string, proxyAddress: string): Promise<string>;
  /** @returns the SID of a file that a message can have */
  upload(contentType: string, bytes: Buffer): Promise<string>;
  /** Resolves each when others than the server are under way with nothing over a socket: simulators, for example. */
  readonly idlers: (() => Promise<void>)[];
  /** Reads until it is so, while the clock moves in small steps. */
  until<T>(read: () => Promise<T>, so: (value: T) => boolean): Promise<T>;
  close(): Promise<void>;
}

/** So long what is under way may take before the clock moves on, and all of it: less than a test may take. Milliseconds. */
const patienceMs = 50;
const longest = 25_000;

export async function openFrontDoor(overrides: Partial<Config> = {}): Promise<FrontDoor> {
  let rest: OpenRest;
  const idlers: (() => Promise<void>)[] = [];
  const port = await serveWeb(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const answer = await rest.server.inject({
      method: request.method as 'GET',
      url: request.url ?? '/',
      headers: request.headers as Record<string, string>,
      ...(pieces.length > 0 && { payload: Buffer.concat(pieces) }),
    });
    response.writeHead(answer.statusCode, answer.headers as Record<string, string>).end(answer.rawPayload);
  });
  rest = await openRest({ publicUrl: port.url, sandbox: 'off', ...overrides });
  return {
    rest,
    publicUrl: port.url,
    idlers,
    call: async (method, path, body) => {
      const answer = await rest.server.inject({
        method,
        url: path,
        headers: { authorization: authorization.byAccount },
        ...(body !== undefined && { payload: body as object }),
      });
      return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() };
    },
    converse: async (address, proxyAddress) => {
      const { sid } = await rest.post('/v1/Conversations');
      const participant = { 'MessagingBinding.Address': address, 'MessagingBinding.ProxyAddress': proxyAddress };
      await rest.post(`/v1/Conversations/${sid}/Participants`, participant);
      return sid;
    },
    upload: async (contentType, bytes) => {
      const { default_chat_service_sid: service } = await rest.get('/v1/Configuration');
      const headers = { authorization: authorization.byAccount, 'content-type': contentType };
      const answer = await fetch(`${port.url}/v1/Services/${service}/Media`, {
        method: 'POST',
        headers,
        body: new Uint8Array(bytes),
      });
      if (!answer.ok) throw new Error(await answer.text());
      return ((await answer.json()) as { sid: string }).sid;
    },
    until: async (read, so) => {
      const end = performance.now() + longest;
      while (performance.now() < end) {
        const value = await read();
        if (so(value)) return value;
        // What is under way over a socket takes real time; what waits for the clock would wait for ever.
        const idle = Promise.all([rest.server.idle(), ...idlers.map((one) => one())]);
        const patience = new AbortController();
        const waited = setTimeout(patienceMs, undefined, { signal: patience.signal }).catch(() => {});
        await Promise.race([idle, waited]);
        patience.abort();
        rest.clock.advance(100);
        await setImmediate();
      }
      throw new Error(`It did not come to that: ${JSON.stringify(await read())}`);
    },
    close: async () => {
      await rest.discard();
      await port.close();
    },
  };
}

/** The whole server on a port, and what tests of media do with it. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { makeToken } from '../api/tokens.ts';
import type { Config } from '../config/config.ts';
import { directoryIdFile } from '../media/disk/directory-id.ts';
import { authorization, type OpenRest, openRest, testCredentials } from './open-rest.ts';

export interface OpenMedia extends OpenRest {
  /** Where the server listens. */
  url: string;
  /** The default service. */
  service: string;
  /** An access token. */
  token(identity: string, service?: string): Promise<string>;
  /** A request as the account, unless the headers say who asks. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** As a back end, of the default service. @returns the resource */
  upload(
    bytes: NonNullable<RequestInit['body']>,
    type: string,
    more?: { query?: string; headers?: Record<string, string> },
  ): Promise<Resource>;
  /** Stops the server; its directory stays. */
  shut(): Promise<void>;
  /** The files that are kept on disk, also what is not whole. */
  files(): string[];
}

// biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
export type Resource = any;

export async function openMediaServer(overrides: Partial<Config> = {}, logger?: Logger): Promise<OpenMedia> {
  const at = await openRest({ publicUrl: null, ...overrides }, logger);
  const { url } = await at.server.listen();
  const [{ sid: service }] = (await at.get('/v1/Services')).services;
  const request = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('x-twilio-token') && !headers.has('authorization')) {
      headers.set('authorization', authorization.byAccount);
    }
    return fetch(path.startsWith('/') ? url + path : path, { ...init, headers });
  };
  let shutting: Promise<void> | undefined;
  const shut = () => {
    // Connections that were used at the very end stay open until the server cuts them off, which takes its clock.
    if (!shutting) {
      const timer = setInterval(() => at.clock.advance(3000), 20);
      shutting = at.server.close().finally(() => clearInterval(timer));
    }
    return shutting;
  };
  return {
    ...at,
    url,
    service,
    fetch: request,
    token: (identity, of = service) => makeToken(testCredentials, { identity, service: of }, at.clock.now()),
    upload: async (bytes, type, { query = '', headers = {} } = {}) => {
      const path = `/v1/Services/${service}/Media${query}`;
      const response = await request(path, {
        method: 'POST',
        body: bytes,
        headers: { 'Content-Type': type, ...headers },
      });
      const body = (await response.json()) as Resource;
      if (response.status !== 201) throw new Error(`${response.status} ${JSON.stringify(body)}`);
      return body;
    },
    shut,
    discard: async () => {
      await shut();
      rmSync(at.config.dataDir, { recursive: true });
    },
    files: () => {
      try {
        const entries = readdirSync(join(at.config.dataDir, 'media'), { recursive: true, withFileTypes: true });
        return entries.filter((entry) => entry.isFile() && entry.name !== directoryIdFile).map((entry) => entry.name);
      } catch {
        return [];
      }
    },
  };
}

/** The smallest picture that is one. */
export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

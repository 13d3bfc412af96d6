import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import type { BasicCredentials } from '../api/http/authentication.ts';
import type { Config } from '../config/config.ts';
import { createServer, type Server } from '../server.ts';
import { ManualClock } from './manual-clock.ts';
import { databaseOf } from './new-database.ts';
import { testAccount } from './open-core.ts';

export const testCredentials: BasicCredentials = {
  accountSid: testAccount,
  authToken: 'a token that only tests know of ..',
  apiKeySid: `SK${'2'.repeat(32)}`,
  apiKeySecret: 'a secret that only tests know of .',
};

export const authorization = {
  byAccount: basic(testCredentials.accountSid, testCredentials.authToken),
  byApiKey: basic(testCredentials.apiKeySid, testCredentials.apiKeySecret),
};

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export type Method = 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH' | 'HEAD' | 'OPTIONS';

/** Fields of a form; an array sends a name several times, text is sent as it is. */
export type Form = string | Record<string, string | string[]>;

export interface Asked {
  form?: Form;
  headers?: Record<string, string>;
}

export interface Answered {
  status: number;
  headers: Record<string, string | string[] | number | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
  body: any;
  /** As it came. */
  text: string;
}

export interface OpenRest {
  server: Server;
  clock: ManualClock;
  config: Config;
  /** A request as the account, without a port. */
  ask(method: Method, path: string, asked?: Asked): Promise<Answered>;
  /** The same, which has to succeed. @returns the body */
  // biome-ignore lint/suspicious/noExplicitAny: see Answered
  get(path: string): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: see Answered
  post(path: string, form?: Form): Promise<any>;
  remove(path: string): Promise<void>;
  /** Types of the events that were logged while something was done, in their order. */
  eventsOf(action: () => Promise<unknown>): Promise<string[]>;
  discard(): Promise<void>;
}

/** The whole server on a database of its own, with a clock that stands still. */
export async function openRest(
  overrides: Partial<Config> = {},
  logger: Logger = pino({ level: 'silent' }),
): Promise<OpenRest> {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-rest-'));
  const clock = new ManualClock();
  // A test of one engine says so, with or without an address.
  const databaseUrl = 'databaseUrl' in overrides ? undefined : await databaseOf(overrides.dataDir ?? directory);
  const config: Config = {
    ...(databaseUrl !== undefined && { databaseUrl }),
    port: 0,
    host: '127.0.0.1',
    dataDir: directory,
    publicUrl: 'https://chat.example.com',
    mode: 'production',
    sandbox: ['+12025550100', 'whatsapp:+12025550100', '+12025550101'],
    outgoingNetworks: ['127.0.0.0/8'],
    preWebhook: { timeoutMs: 5000, onFailure: 'proceed' },
    logLevel: 'silent',
    credentials: testCredentials,
    credentialsFile: join(directory, 'credentials.json'),
    ...overrides,
  };
  const server = await createServer(config, { clock, logger });

  const ask: OpenRest['ask'] = async (method, path, { form, headers = {} } = {}) => {
    const answer = await server.inject({
      method,
      url: path,
      headers: {
        authorization: authorization.byAccount,
        ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      ...(form !== undefined && { payload: typeof form === 'string' ? form : encode(form) }),
    });
    const isJson = answer.payload !== '' && String(answer.headers['content-type']).startsWith('application/json');
    const { statusCode: status, headers: got, payload: text } = answer;
    return { status, headers: got, body: isJson ? answer.json() : text, text };
  };
  const succeed = async (method: Method, path: string, form?: Form) => {
    const answer = await ask(method, path, form === undefined ? {} : { form });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    server,
    clock,
    config,
    ask,
    get: (path) => succeed('GET', path),
    post: (path, form = {}) => succeed('POST', path, form),
    remove: (path) => succeed('DELETE', path),
    eventsOf: async (action) => {
      const { db } = server.core;
      const newest = await db.sql.selectFrom('events').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
      await action();
      const events = await db.sql
        .selectFrom('events')
        .select('type')
        .where('id', '>', newest?.id ?? 0)
        .orderBy('id')
        .execute();
      return events.map((event) => event.type);
    },
    discard: async () => {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function encode(form: Record<string, string | string[]>): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const one of Array.isArray(value) ? value : [value]) fields.append(name, one);
  }
  return fields.toString();
}

/** An installation that holds much, and one that holds little, on either engine. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, makeToken } from '../../packages/server/src/index.ts';
import type { Loading } from '../../packages/server/src/storage/loading.ts';
import { openPostgresLoading } from '../../packages/server/src/storage/postgres/loading.ts';
import { openSqliteLoading } from '../../packages/server/src/storage/sqlite/loading.ts';
import { latestSchema, type Row, readTable, tables } from '../../packages/server/src/storage/tables.ts';
import { openCore, testAccount } from '../../packages/server/src/testing/open-core.ts';
import { Child } from '../child.ts';
import type { RunningPostgres } from '../nodes.ts';
import { RestCaller } from '../rest-caller.ts';
import type { ServerFacts } from '../server-process.ts';
import { Filling } from './filling.ts';

/** How much there is of each. */
export interface Size {
  /** Messages of one conversation. */
  messages: number;
  /** Conversations of the service. */
  conversations: number;
  /** Conversations that one user is in. */
  memberships: number;
  /** Participants of one conversation. */
  people: number;
}

export const small: Size = { messages: 10, conversations: 10, memberships: 10, people: 10 };
export const big: Size = { messages: 1_000_000, conversations: 100_000, memberships: 10_000, people: 10_000 };

/** What is looked at. */
export interface Places {
  service: string;
  /** Conversation of many messages. */
  long: string;
  /** Conversation of many people. */
  crowded: string;
  /** One of those of the service, with two people. */
  usual: string;
  /** In many conversations. */
  busy: string;
  /** In three. */
  idle: string;
}

const credentials: Config['credentials'] = {
  accountSid: testAccount,
  authToken: 'a'.repeat(32),
  apiKeySid: `SK${'2'.repeat(32)}`,
  apiKeySecret: 'b'.repeat(32),
};

/** Keeps what was filled in, to be measured again. */
export interface Filled {
  directory: string;
  databaseUrl: string | undefined;
  places: Places;
}

/** @param postgres SQLite when left out */
export async function fill(size: Size, postgres?: RunningPostgres): Promise<Filled> {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-growth-'));
  const databaseUrl = await postgres?.create();
  const base = await baseRows();
  const now = Date.now();
  const loading: Loading = databaseUrl
    ? await openPostgresLoading(databaseUrl, latestSchema, now)
    : await openSqliteLoading(directory, latestSchema, now);
  const filling = await Filling.begin(loading, base);
  const long = await filling.conversation(['ann', 'idle'], size.messages);
  let usual = '';
  for (let n = 0; n < size.conversations; n += 1) {
    const other = n < size.memberships ? 'busy' : `person-${n % size.people}`;
    usual = await filling.conversation(['ann-2', other], 1);
  }
  const crowded = await filling.conversation(['ann', 'idle', ...people(size.people - 2)], 10);
  await filling.conversation(['idle'], 1);
  await filling.finish();
  const service = String(base.get('services')?.[0]?.['sid']);
  return { directory, databaseUrl, places: { service, long, crowded, usual, busy: 'busy', idle: 'idle' } };
}

function people(count: number): string[] {
  return Array.from({ length: count }, (_unused, n) => `person-${n}`);
}

export function remove({ directory }: Filled): void {
  rmSync(directory, { recursive: true, force: true });
}

/** What a server has made of its account before anybody uses it. */
async function baseRows(): Promise<Map<string, Row[]>> {
  const at = await openCore();
  const base = new Map<string, Row[]>();
  for (const table of tables) {
    const rows: Row[] = [];
    for await (const piece of readTable(at.storage.reader, table)) rows.push(...piece);
    base.set(table.name, rows);
  }
  await at.discard();
  return base;
}

/** A server on it, and how to ask it. */
export class Installation {
  readonly places: Places;
  readonly rest: RestCaller;
  readonly url: string;
  readonly #child: Child<ServerFacts>;

  static async start({ directory, databaseUrl, places }: Filled): Promise<Installation> {
    mkdirSync(directory, { recursive: true });
    const child = await Child.start<ServerFacts>('./server-process.ts', {
      COLLOQUY_BENCH_DATA: directory,
      COLLOQUY_BENCH_CREDENTIALS: JSON.stringify(credentials),
      ...(databaseUrl !== undefined && { COLLOQUY_BENCH_DATABASE: databaseUrl }),
    });
    return new Installation(child, places);
  }

  private constructor(child: Child<ServerFacts>, places: Places) {
    this.#child = child;
    this.places = places;
    this.url = child.facts.url;
    this.rest = new RestCaller(this.url, credentials);
  }

  token(identity: string): Promise<string> {
    return makeToken(credentials, { identity, service: this.places.service }, Date.now());
  }

  async stop(): Promise<void> {
    this.rest.close();
    await this.#child.stop();
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sid } from '@colloquy/protocol';
import type { Bus } from '../bus/bus.ts';
import { memoryBus } from '../bus/memory/memory-bus.ts';
import { ensureAccount } from '../core/accounts/actions.ts';
import type { AccountActor, UserActor } from '../core/actor.ts';
import { Core } from '../core/core.ts';
import { openActionRates } from '../core/rates/actions.ts';
import type { RateLimits } from '../core/rates/rate-limits.ts';
import { connectUser } from '../core/users/actions.ts';
import type { LoggedEvent, StorageDriver } from '../storage/driver.ts';
import { openPostgres } from '../storage/postgres/driver.ts';
import { openSqlite } from '../storage/sqlite/driver.ts';
import { runCommands } from '../storage-choice.ts';
import { writerUrl } from '../writer-url.ts';
import { ManualClock } from './manual-clock.ts';
import { databaseOf } from './new-database.ts';

export const testAccount: Sid<'AC'> = `AC${'1'.repeat(32)}`;

/** The core on a real database, without any API. */
export interface OpenCore {
  core: Core;
  bus: Bus;
  clock: ManualClock;
  storage: StorageDriver;
  directory: string;
  /** The default service. */
  service: Sid<'IS'>;
  account: AccountActor;
  /** Every event committed since this was opened. */
  events: LoggedEvent[];
  /** The actor of an identity, made if missing. */
  user(identity: string): Promise<UserActor>;
  /** Closes the database and leaves the directory, to be opened again. */
  close(): Promise<void>;
  /** Closes and removes the directory. */
  discard(): Promise<void>;
}

export interface CoreOptions {
  /** An earlier core's; a new temporary one when left out. */
  directory?: string;
  /** Of PostgreSQL; undefined: SQLite, whatever the tests are run on. */
  databaseUrl?: string | undefined;
  clock?: ManualClock;
  rateLimits?: RateLimits;
  /** Told when the process would have to end, with PostgreSQL. */
  onLost?: (error: Error) => void;
}

export async function openCore(options: CoreOptions = {}): Promise<OpenCore> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'colloquy-test-'));
  const url = 'databaseUrl' in options ? options.databaseUrl : await databaseOf(directory);
  const clock = options.clock ?? new ManualClock();
  const storage = url
    ? await openPostgres({ url, run: runCommands(), now: clock.now(), onLost: options.onLost })
    : await openSqlite({ directory, writer: writerUrl, now: clock.now() });
  const bus = memoryBus((error) => {
    throw error;
  });
  const events: LoggedEvent[] = [];
  bus.subscribe((commit) => events.push(...commit.events));
  const gate = openActionRates(storage.reader, clock, options.rateLimits ?? {});
  const core = new Core(storage, bus, clock, undefined, gate);
  const account: AccountActor = { kind: 'account', account: testAccount };
  const { default_chat_service_sid } = await core.run(ensureAccount, account, { account: testAccount });
  const service = default_chat_service_sid as Sid<'IS'>;
  return {
    core,
    bus,
    clock,
    storage,
    directory,
    service,
    account,
    events,
    user: async (identity) => {
      const row = await core.run(connectUser, account, { service, identity });
      return { kind: 'user', account: testAccount, service, user: row.sid as Sid<'US'>, identity };
    },
    close: () => storage.close(),
    discard: async () => {
      await storage.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

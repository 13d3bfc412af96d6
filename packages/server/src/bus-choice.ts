import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Bus } from './bus/bus.ts';
import { memoryBus } from './bus/memory/memory-bus.ts';
import type { Carrier } from './bus/shared/carrier.ts';
import { type BusStatus, SharedBus } from './bus/shared/shared-bus.ts';
import type { StreamLog } from './bus/shared/stream-log.ts';
import type { Scheduler } from './core/clock.ts';
import { readEvents } from './core/log.ts';
import { notifiableWoken } from './core/push/notifiable.ts';
import { selectMoved, selectStreamHeads } from './core/streams.ts';
import { sweepWoken } from './core/sweeps.ts';
import type { StorageDriver } from './storage/driver.ts';
import { ToldLately } from './telemetry/logs/told-lately.ts';

export interface OpenBus {
  bus: Bus;
  /** How it goes now; undefined where this process is alone with its database. */
  status(): BusStatus | undefined;
  close(): Promise<void>;
}

export interface BusOptions {
  storage: StorageDriver;
  /** Of the NATS servers; none: nodes find each other's commits in the log. */
  natsUrls?: readonly string[] | undefined;
  /** Keeps apart the installations that share NATS servers. */
  account: string;
  /** That all nodes have, and nobody else. */
  secret: string;
  clock: Scheduler;
  logger: Logger;
}

/**
 * The bus that fits the database: of this process alone, or between all that share it. NATS being away keeps nobody
 * from anything.
 */
export async function openBus(options: BusOptions): Promise<OpenBus> {
  const { storage, clock, logger } = options;
  const onError = (error: unknown) => logger.error({ error }, 'a listener of the bus failed');
  if (storage.exclusive) {
    // Most likely it is the database that was forgotten.
    if (options.natsUrls) logger.warn('natsUrl is given without databaseUrl, and means nothing: this server is alone');
    return { bus: memoryBus(onError), status: () => undefined, close: async () => {} };
  }
  const carrier = await openNats(options);
  const told = new ToldLately(clock);
  const bus = new SharedBus({
    log: logOf(storage),
    ...(carrier && { carrier }),
    clock,
    staysHere: (name) => name === sweepWoken || name.startsWith(notifiableWoken),
    onError: (error) => {
      if (!told.has(error)) logger.error({ error }, 'the bus failed; it is tried again');
    },
  });
  await bus.start();
  return { bus, status: () => bus.status, close: () => bus.close() };
}

/**
 * Its library is loaded only where there is one. The subjects name the account, for permissions, and the database: a copy
 * of it, with the same account and secrets, may use the same NATS servers.
 */
async function openNats({
  storage,
  natsUrls,
  account,
  secret,
  clock,
  logger,
}: BusOptions): Promise<Carrier | undefined> {
  if (!natsUrls) return undefined;
  const { NatsCarrier } = await import('./bus/nats/nats-carrier.ts');
  // Where the database does not say which one it is, a copy at least has another log, if it was made by a backup.
  const database = hash('sha256', storage.identity ?? String(storage.epoch), 'hex').slice(0, 16);
  return new NatsCarrier({ servers: natsUrls, prefix: `colloquy.${account}.${database}`, secret, clock, logger });
}

export function logOf(storage: StorageDriver): StreamLog {
  const { reader } = storage;
  return {
    read: (stream, after, limit) => readEvents(reader, stream, after, limit),
    heads: (streams) => selectStreamHeads(reader, streams),
    settled: () => storage.settledEvent(),
    moved: (after, upTo) => selectMoved(reader, after, upTo),
  };
}

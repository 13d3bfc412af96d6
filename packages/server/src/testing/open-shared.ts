import { SharedBus } from '../bus/shared/shared-bus.ts';
import { logOf } from '../bus-choice.ts';
import { Core } from '../core/core.ts';
import { ManualClock } from './manual-clock.ts';
import { type OpenCore, openCore } from './open-core.ts';
import { runPostgres } from './run-postgres.ts';
import { turnsWhile } from './turns.ts';

/** The core of one of several servers on a PostgreSQL, between which nothing carries: each looks into the log. */
export interface SharedCore extends OpenCore {
  /** Looks into the log; resolves when it has seen all that is settled there. */
  look(): Promise<void>;
}

/** @param clock of all of them */
async function openShared(databaseUrl: string, clock: ManualClock): Promise<SharedCore> {
  const at = await openCore({ databaseUrl, clock });
  const bus = new SharedBus({
    log: logOf(at.storage),
    clock,
    staysHere: () => true,
    onError: (error) => {
      throw error;
    },
  });
  await bus.start();
  const core = new Core(at.storage, bus, clock);
  return {
    ...at,
    bus,
    core,
    look: async () => {
      const settled = await at.storage.settledEvent();
      clock.advance(1000);
      await turnsWhile(() => (core.moves.upTo ?? 0) < settled);
    },
    discard: async () => {
      await bus.close();
      await at.discard();
    },
  };
}

export interface SharedCores {
  servers: SharedCore[];
  discard(): Promise<void>;
}

/** Two of them on a PostgreSQL of their own. @param programs of PostgreSQL */
export async function openTwoShared(programs: string): Promise<SharedCores> {
  const postgres = await runPostgres(programs, { fsync: 'off' });
  const servers: SharedCore[] = [];
  const discard = async () => {
    for (const server of servers) await server.discard();
    await postgres.discard();
  };
  try {
    const [url, clock] = [await postgres.create(), new ManualClock()];
    for (let n = 0; n < 2; n += 1) servers.push(await openShared(url, clock));
  } catch (error) {
    await discard();
    throw error;
  }
  return { servers, discard };
}

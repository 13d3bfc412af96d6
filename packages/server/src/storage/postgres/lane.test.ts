import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import type { Call, Committed } from '../driver.ts';
import { TransactionConflict } from './errors.ts';
import { Lane } from './lane.ts';

const programs = findPostgres();

describe.skipIf(programs === undefined)('Calls whose batch has met others, and that are tried one by one,', () => {
  let postgres: RunningPostgres;
  let node: OpenCore;
  let url: string;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
    url = await postgres.create();
    node = await openCore({ databaseUrl: url });
  });
  afterAll(async () => {
    await node.discard();
    await postgres.discard();
  });

  const calls = ['first', 'second', 'third', 'fourth'].map(
    (command): Call => ({ command, actor: {}, input: {}, now: 0 }),
  );
  /** @param alone what becomes of one when it is tried by itself; nothing when it goes well */
  async function written(
    alone: (command: string) => void,
  ): Promise<{ tries: string[]; outcomes: Committed['outcomes'] }> {
    const tries: string[] = [];
    const lane = new Lane(url, async (_connection, _db, batch) => {
      if (batch.length > 1) throw new TransactionConflict('There was a circle.');
      const { command } = batch[0] as Call;
      tries.push(command);
      alone(command);
      return { outcomes: [{ ok: true, value: command }], events: [], woken: [] };
    });
    try {
      const { outcomes } = await lane.write(calls, [['1'], ['2'], ['3'], ['4']]);
      return { tries, outcomes };
    } finally {
      await lane.close();
    }
  }

  test('wait for a lock that somebody else holds once, and not each after the other.', async () => {
    let passed = 0;
    const { now } = performance;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + passed);
    const held = 'canceling statement due to lock timeout';
    const { tries, outcomes } = await written((command) => {
      if (command !== 'second') return;
      passed += 12_000;
      throw new TransactionConflict(held);
    }).finally(() => clock.mockRestore());
    expect(tries).toEqual(['first', 'second']);
    expect(outcomes).toEqual([
      { ok: true, value: 'first' },
      { ok: false, unavailable: held, unknown: false },
      { ok: false, unavailable: held },
      { ok: false, unavailable: held },
    ]);
  });

  test('do not suffer from one that meets others again and again.', async () => {
    const { tries, outcomes } = await written((command) => {
      if (command === 'second') throw new TransactionConflict('There was a circle.');
    });
    expect(tries.filter((command) => command === 'second').length).toBeGreaterThan(3);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true, true]);
  });
});

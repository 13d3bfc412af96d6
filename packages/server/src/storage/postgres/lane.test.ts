import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import type { Call, Committed } from '../driver.ts';
import { LockTimeout, TransactionConflict } from './errors.ts';
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
    keys = ['1', '2', '3', '4'],
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
      const { outcomes } = await lane.write(
        calls,
        keys.map((key) => [key]),
      );
      return { tries, outcomes };
    } finally {
      await lane.close();
    }
  }

  const held = 'canceling statement due to lock timeout';
  /** Has those wait for twelve seconds, and then fail of that. */
  async function waited(failing: readonly string[], failure: Error, keys?: string[]) {
    let passed = 0;
    const { now } = performance;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + passed);
    const wait = (command: string) => {
      if (!failing.includes(command)) return;
      passed += 12_000;
      throw failure;
    };
    return written(wait, keys).finally(() => clock.mockRestore());
  }

  test('do not suffer from one that needs a row which somebody else holds.', async () => {
    const { tries, outcomes } = await waited(['second'], new LockTimeout(held));
    expect(tries).toEqual(['first', 'second', 'third', 'fourth']);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true, true]);
  });

  test('wait for what somebody else holds no second time where one has its key.', async () => {
    const { tries, outcomes } = await waited(['second'], new LockTimeout(held), ['1', '2', '2', '4']);
    expect(tries).toEqual(['first', 'second', 'fourth']);
    expect(outcomes).toMatchObject([
      { ok: true },
      { ok: false, unavailable: held },
      { ok: false, unavailable: expect.any(String) },
      { ok: true },
    ]);
  });

  test('are given up after two that waited one after the other, as where somebody else has locked a table.', async () => {
    const { tries, outcomes } = await waited(['first', 'second', 'third'], new LockTimeout(held));
    expect(tries).toEqual(['first', 'second']);
    expect(outcomes).toEqual([
      { ok: false, unavailable: held, unknown: false },
      { ok: false, unavailable: held, unknown: false },
      { ok: false, unavailable: held },
      { ok: false, unavailable: held },
    ]);
    expect((await waited(['first', 'third'], new LockTimeout(held))).tries).toHaveLength(4);
  });

  test('are not given up since some of them met others, however long that took.', async () => {
    const { tries } = await waited(['first', 'second'], new TransactionConflict('There was a circle.'));
    expect(tries).toEqual(['first', 'second', 'third', 'fourth']);
  });

  test('do not suffer from one that meets others again and again.', async () => {
    const { tries, outcomes } = await written((command) => {
      if (command === 'second') throw new TransactionConflict('There was a circle.');
    });
    expect(tries.filter((command) => command === 'second').length).toBeGreaterThan(3);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true, true]);
  });
});

import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { type OpenRest, openRest } from '../testing/open-rest.ts';
import { anySteps, play } from '../testing/random-traffic.ts';
import { examine } from './examine.ts';

async function findingsIn(at: OpenRest): Promise<string[]> {
  const snapshots = openSqliteSnapshots(join(at.config.dataDir, 'colloquy.db'));
  try {
    const found: string[] = [];
    await examine(snapshots, { onFinding: ({ where, problem }) => found.push(`${where}: ${problem}`) });
    return found;
  } finally {
    await snapshots.close();
  }
}

describe('The doctor', () => {
  test('finds nothing, whatever was asked of the server.', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps({ minLength: 40, maxLength: 120 }), async (steps) => {
        const at = await openRest({ databaseUrl: undefined });
        try {
          await play(at, steps);
          expect(await findingsIn(at)).toEqual([]);
          await at.server.idle();
          expect(await findingsIn(at)).toEqual([]);
        } finally {
          await at.discard();
        }
      }),
      { numRuns: 5, endOnFailure: true },
    );
  }, 120_000);

  test('finds nothing while the server is at work.', async () => {
    const at = await openRest({ databaseUrl: undefined });
    try {
      const [steps = []] = fc.sample(anySteps({ minLength: 400, maxLength: 400 }), { numRuns: 1, seed: 3 });
      let playing = true;
      const traffic = play(at, steps).finally(() => {
        playing = false;
      });
      let looks = 0;
      while (playing) {
        expect(await findingsIn(at)).toEqual([]);
        looks += 1;
      }
      await traffic;
      expect(looks).toBeGreaterThan(1);
    } finally {
      await at.discard();
    }
  }, 120_000);
});

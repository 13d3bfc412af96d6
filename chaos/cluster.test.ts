import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { possibleKinds } from './faults/kinds.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { canOpenCluster, sets } from './sets.ts';

test.skipIf(!canOpenCluster())(
  'Three nodes on PostgreSQL and NATS lose nothing, though each of them and the ways between them break.',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'colloquy-chaos-test-'));
    try {
      const evidence = await run({
        ...{ seed: 6, minutes: 0.75, set: 'cluster' },
        open: sets.cluster,
        faults: (at) => possibleKinds(at, false),
        journal: join(folder, 'journal.ndjson'),
        keep: false,
        say: () => {},
      });
      const { wrong, faults, counts } = report(evidence);
      expect(Object.entries(wrong).filter(([, sentences]) => sentences.length > 0)).toEqual([]);
      expect(faults.length).toBeGreaterThan(2);
      expect(counts.messages).toBeGreaterThan(50);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  600_000,
);

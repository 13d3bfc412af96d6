import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { possibleKinds } from './faults/kinds.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { canLimitFiles, sets } from './sets.ts';

test('A node that is killed, paused, ended and cut off, whose disk is full and whose clock is wrong, loses nothing.', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'colloquy-chaos-test-'));
  try {
    const evidence = await run({
      ...{ seed: 3, minutes: 0.75, set: 'single' },
      open: sets.single,
      faults: (at) => possibleKinds(at, canLimitFiles()),
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
}, 400_000);

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In bytes. */
const enough = 2 * 1024 ** 3;

/**
 * A folder for the temporary files of tests that is in memory, where nothing waits for a disk: most tests write to a
 * database of their own, and each commit is forced to the disk. What survives the death of a process does there, too.
 *
 * @param room that it has to have left, in bytes
 * @returns undefined where there is none, or none with room in which programs may run
 */
export function findMemoryFolder(folder = '/dev/shm', room = enough) {
  let trial;
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < room) return undefined;
    trial = mkdtempSync(join(folder, 'colloquy-'));
    const program = join(trial, 'program');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
    return spawnSync(program).status === 0 ? folder : undefined;
  } catch {
    return undefined;
  } finally {
    if (trial !== undefined) rmSync(trial, { recursive: true, force: true });
  }
}

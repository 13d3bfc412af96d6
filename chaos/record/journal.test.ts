import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Journal, readJournal } from './journal.ts';

test('A journal has what was noted though its writer never closed it, but for a line that was torn.', () => {
  const folder = mkdtempSync(join(tmpdir(), 'colloquy-chaos-journal-'));
  try {
    const path = join(folder, 'journal.ndjson');
    const journal = new Journal(path);
    journal.note({ kind: 'ended', node: 'node-1', how: 'SIGKILL' });
    appendFileSync(path, '{"t":1,"kind":"en');
    expect(readJournal(path)).toEqual([{ t: expect.any(Number), kind: 'ended', node: 'node-1', how: 'SIGKILL' }]);
    journal.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

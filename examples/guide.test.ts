import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createServer, loadConfig } from '@colloquy/server';
import { expect, test } from 'vitest';

const here = (file: string) => new URL(file, import.meta.url);

test('README shows the guide as it is.', () => {
  const readme = readFileSync(here('../README.md'), 'utf8');
  const shown = /<!-- examples\/guide\.ts -->\n```ts\n(.*?)\n```/s.exec(readme)?.[1];
  expect(shown).toBe(readFileSync(here('guide.ts'), 'utf8').trimEnd());
});

test('The guide runs, and prints what happens.', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'colloquy-guide-'));
  const config = loadConfig(['--port', '0', '--data-dir', dataDir, '--log-level', 'silent'], {}, dataDir);
  const server = await createServer(config);
  const { url } = await server.listen();
  const env = { ...process.env, COLLOQUY_PUBLIC_URL: url, COLLOQUY_DATA_DIR: dataDir };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@colloquy/source', new URL('guide.ts', import.meta.url).pathname],
    { env },
  );
  expect(stdout.split('\n')).toEqual([
    'ann takes part (chat)',
    'ben takes part (chat)',
    'by phone takes part (sms)',
    'ben sees: ann: Your parcel is on its way.',
    'ben sees: ann: It comes on Friday.',
    'ann has 1 unread of 2',
    '0: Your parcel is on its way. | 1: It comes on Friday.',
    'ann is in 1 such conversation',
    '',
  ]);
  await server.close();
  rmSync(dataDir, { recursive: true });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createServer, loadConfig } from '@colloquy/server';
import { expect, test } from 'vitest';
import { writeCurlConfig } from '../packages/server/src/process/curl-config.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('The lines of README with curl make a conversation, a participant and a message.', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'colloquy-curl-'));
  const config = loadConfig(['--port', '0', '--log-level', 'silent'], {}, cwd);
  const server = await createServer(config);
  const { url } = await server.listen();
  writeCurlConfig(config);
  const lines = [...readme.matchAll(/^curl -K .*$/gm)].map(([line]) => line.replace('http://127.0.0.1:8010', url));
  const answers: unknown[] = [];
  for (const line of lines) {
    const { stdout } = await promisify(execFile)('sh', ['-c', line.replace('curl ', 'curl --silent --fail ')], { cwd });
    answers.push(JSON.parse(stdout));
  }
  expect(answers).toMatchObject([{ unique_name: 'hello' }, { identity: 'ann' }, { author: 'ann', body: 'Hello' }]);
  await server.close();
  rmSync(cwd, { recursive: true });
});

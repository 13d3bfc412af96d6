import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createServer, loadConfig, type Server } from '@colloquy/server';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(join(root, 'docs/guides/working-with-conversations.md'), 'utf8');

/** A block of code, what it prints, and what happens to the server before. */
interface Step {
  code: string;
  prints: string;
  server: string | undefined;
}

const block = /(?:<!-- the server (\w+) -->\s+)?^```ts\n(.*?)^```$(?:\n```text\n(.*?)^```$)?/gms;
const steps: Step[] = [...page.matchAll(block)].map(([, server, code = '', prints = '']) => ({ code, prints, server }));

let folder: string;
let server: Server;
let url: string;

async function start(port: string): Promise<void> {
  const args = ['--port', port, '--data-dir', join(folder, 'data'), '--log-level', 'silent'];
  server = await createServer(loadConfig(args, {}, folder));
  ({ url } = await server.listen());
}

/** What the page takes for granted: a template, and a service that tells who is online. */
async function prepare(): Promise<void> {
  const { accountSid, authToken } = JSON.parse(readFileSync(join(folder, 'data/credentials.json'), 'utf8'));
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const call = async (path: string, body?: string | URLSearchParams) => {
    const type = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
    const answer = await fetch(`${url}${path}`, {
      headers: { authorization, ...type },
      ...(body && { method: 'POST', body }),
    });
    expect(answer.ok, path).toBe(true);
    return (await answer.json()) as Record<string, string>;
  };
  const service = (await call('/v1/Configuration'))['default_chat_service_sid'];
  await call(`/v1/Services/${service}/Configuration`, new URLSearchParams({ ReachabilityEnabled: 'true' }));
  const quickReply = { body: 'It comes on {{day}}. Does that suit you?', actions: [{ title: 'Yes', id: 'yes' }] };
  const template = { language: 'en', variables: { day: 'Monday' }, types: { 'twilio/quick-reply': quickReply } };
  await call('/v1/Content', JSON.stringify({ friendly_name: 'delivery', ...template }));
}

/** The page as one program, which waits after each block until it may go on. */
function writeProgram(): void {
  const program = steps.map(({ code }, step) => `await reached(${step});\n${code}`).join('\n');
  const files = {
    'page.ts': `import { reached } from './steps.ts';\n${program}await reached(${steps.length});\n`,
    'steps.ts': [
      "import 'fake-indexeddb/auto';",
      'export function reached(step: number): Promise<void> {',
      '  process.send?.(step);',
      "  return new Promise((resolve) => process.once('message', () => resolve()));",
      '}',
      '',
    ].join('\n'),
    'your-back-end.ts': `export { accessToken as getToken, url } from '${join(root, 'examples/access-token.ts')}';\n`,
    'package.json': '{ "type": "module" }',
    'tsconfig.json': JSON.stringify({
      extends: join(root, 'tsconfig.tests.json'),
      compilerOptions: { types: [join(root, 'node_modules/@types/node')] },
      include: ['*.ts'],
    }),
  };
  mkdirSync(join(folder, 'program'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'program/node_modules'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'program', name), text);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-guide-'));
  await start('0');
  await prepare();
  writeProgram();
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

test('The blocks of the page run one after the other, and print what the page says.', { timeout: 60_000 }, async () => {
  expect(steps.length).toBeGreaterThan(30);
  const env = { ...process.env, COLLOQUY_PUBLIC_URL: url, COLLOQUY_DATA_DIR: join(folder, 'data') };
  const program = fork(join(folder, 'program/page.ts'), {
    env,
    silent: true,
    execArgv: ['--conditions=@colloquy/source'],
  });
  let printed = '';
  let errors = '';
  program.stdout?.on('data', (text) => {
    printed += text;
  });
  program.stderr?.on('data', (text) => {
    errors += text;
  });
  const ended = once(program, 'exit');
  const reached = async (step: number) => {
    const [at] = await Promise.race([once(program, 'message'), ended.then(() => ['the end'])]);
    expect(at, `${printed}\n${errors}`).toBe(step);
  };
  /** What other clients hear may be printed a little later than the block is through. */
  const lines = async (expected: string) => {
    const signal = AbortSignal.timeout(5000);
    const more = () => once(program.stdout as NodeJS.ReadableStream, 'data', { signal });
    while (printed.length < expected.length && !signal.aborted) await more().catch(() => {});
    return printed;
  };

  await reached(0);
  for (const [at, step] of steps.entries()) {
    if (step.server === 'stops') await server.close();
    if (step.server === 'starts') await start(new URL(url).port);
    printed = '';
    program.send('go on');
    await reached(at + 1);
    expect.soft(await lines(step.prints), step.code).toBe(step.prints);
  }
  program.send('go on');
  program.disconnect();
  expect(await ended).toEqual([0, null]);
  expect(errors).toBe('');
});

test('The blocks of the page have the right types.', async () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const run = promisify(execFile)(process.execPath, [compiler, '-p', join(folder, 'program')]);
  expect((await run.catch((error) => error)).stdout).toBe('');
});

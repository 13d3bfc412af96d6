import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));
const { PATH = '', CI } = process.env;
/** Of Linux: sets a limit of a running process. */
const hasPrlimit = PATH.split(delimiter).some((folder) => existsSync(join(folder, 'prlimit')));

let cwd: string;
let child: ChildProcess | undefined;
let output: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'colloquy-full-'));
});
afterEach(async () => {
  if (child && child.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(cwd, { recursive: true, force: true });
});

/** Resolves with what the server says, once it has said that. */
async function said(form: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = form.exec(output);
    if (found) return found;
    await Promise.race([once(child?.stdout as never, 'data'), once(child as ChildProcess, 'exit')]);
    if (child?.exitCode !== null) throw new Error(`The server ended: ${output}`);
  }
}

/** Starts a server that is told of files that may not grow, instead of being killed. @returns its address */
async function start(): Promise<string> {
  const flags = `--conditions=@colloquy/source ${program} --port 0 --log-level error`;
  output = '';
  child = spawn('sh', ['-c', `trap '' XFSZ; exec ${process.execPath} ${flags}`], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  return (await said(/Playground +(\S+)\/\n[\s\S]*Try/))[1] as string;
}

function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(child?.pid), `--fsize=${bytes}:`]);
}

test.skipIf(!hasPrlimit && CI !== 'true')(
  'While files cannot grow nothing is acknowledged that is not kept, and afterwards all goes on.',
  async () => {
    let url = await start();
    const { accountSid, authToken } = JSON.parse(readFileSync(join(cwd, 'data', 'credentials.json'), 'utf8'));
    const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
    const ask = (path: string, form?: Record<string, string>) =>
      fetch(url + path, {
        method: form ? 'POST' : 'GET',
        headers: { authorization },
        ...(form && { body: new URLSearchParams(form) }),
      });
    await ask('/v1/Conversations', { UniqueName: 'order' });
    const kept: string[] = [];
    const send = async (body: string) => {
      const response = await ask('/v1/Conversations/order/Messages', { Body: body });
      if (response.status === 201) kept.push(body);
      return response;
    };

    await send('before');
    limitFiles(64 * 1024);
    let refused = await send('0');
    for (let n = 1; refused.status === 201 && n < 200; n += 1) refused = await send(String(n));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('Retry-After')).toBe('1');
    expect(await refused.json()).toMatchObject({ code: 20503 });
    expect((await ask('/v1/Conversations/order')).status).toBe(200);
    // What is left of the room would be enough for a change as small as the one that it tries.
    limitFiles(4096);
    const unready = await ask('/ready');
    expect(unready.status).toBe(503);
    expect(await unready.json()).toMatchObject({
      status: 'not ready',
      problems: [expect.stringMatching(/^The storage (cannot|could not) be written to/)],
    });
    expect((await ask('/health')).status).toBe(200);

    // When it is idle it moves the log into the database, which cannot grow either.
    await said(/The log was not moved/);
    limitFiles('unlimited');
    expect((await send('after')).status).toBe(201);

    child?.kill('SIGKILL');
    await once(child as ChildProcess, 'exit');
    url = await start();
    const { messages } = (await (await ask('/v1/Conversations/order/Messages?PageSize=100')).json()) as {
      messages: { index: number; body: string }[];
    };
    expect(messages.map((message) => message.body)).toEqual(kept);
    expect(messages.map((message) => message.index)).toEqual(kept.map((_body, index) => index));
  },
  30_000,
);

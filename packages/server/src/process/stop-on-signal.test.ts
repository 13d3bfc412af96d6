import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const module = fileURLToPath(new URL('./stop-on-signal.ts', import.meta.url));
let child: ChildProcess;
let lines: AsyncIterator<string>;

/** Starts a process that stops by `close`, a function's source, and waits until it is ready. */
async function start(close: string, drainLimit?: number): Promise<void> {
  const program = `
    import { stopOnSignal } from ${JSON.stringify(module)};
    stopOnSignal(${close}, (sentence) => console.log(sentence), ${drainLimit && `() => ${drainLimit}`});
    setInterval(() => {}, 1000);
    console.log('ready');`;
  child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  expect(await line()).toBe('ready');
}

/** The next line the process prints; undefined when it prints no more. */
async function line(): Promise<string | undefined> {
  return (await lines.next()).value;
}

async function exitCode(): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

afterEach(() => child.kill('SIGKILL'));

test.each(['SIGTERM', 'SIGINT'] as const)('%s closes, then ends with 0', async (signal) => {
  await start(`async () => { console.log('closing'); await new Promise(setImmediate); console.log('closed'); }`);
  child.kill(signal);
  expect([await line(), await line(), await line()]).toEqual(['closing', 'closed', undefined]);
  expect(await exitCode()).toBe(0);
});

test('signals that arrive together are one, as Ctrl-C in a terminal sends them', async () => {
  await start(`() => new Promise((resolve) => setTimeout(resolve, 100))`);
  child.kill('SIGINT');
  child.kill('SIGTERM');
  child.kill('SIGINT');
  expect(await exitCode()).toBe(0);
});

test('a second signal, once the process said that it waits, ends it at once with 1', async () => {
  await start(`() => new Promise(() => {})`);
  child.kill('SIGTERM');
  expect(await line()).toBe('Finishing what is under way. A second signal ends it at once.');
  child.kill('SIGTERM');
  expect(await exitCode()).toBe(1);
});

test('closing that fails ends with 1 and says why', async () => {
  await start(`async () => { throw new Error('the disk is gone'); }`);
  child.kill('SIGTERM');
  expect(await line()).toBe('Stopping failed: Error: the disk is gone');
  expect(await exitCode()).toBe(1);
});

test('closing that takes longer than the limit is cut off with 1', async () => {
  await start(`() => new Promise(() => {})`, 500);
  child.kill('SIGTERM');
  expect(await line()).toMatch(/^Finishing/);
  expect(await line()).toBe('Not everything was finished after 0.5 seconds.');
  expect(await exitCode()).toBe(1);
});

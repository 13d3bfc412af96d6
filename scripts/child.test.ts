import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { run } from './child.mjs';

const module = new URL('./child.mjs', import.meta.url).href;
const node = process.execPath;

test('run gives the exit code of the program', async () => {
  expect(await run(node, ['--eval', 'process.exit(3)'])).toBe(3);
  expect(await run(node, ['--eval', ''])).toBe(0);
});

test('run gives 128 and the number of the signal that ended the program', async () => {
  expect(await run(node, ['--eval', 'process.kill(process.pid, "SIGKILL")'])).toBe(137);
});

test('run rejects when there is no such program', async () => {
  await expect(run('/nowhere/program', [])).rejects.toThrow('ENOENT');
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s reaches the program, and its answer is the exit code', async (signal) => {
  const program = `process.on('${signal}', () => process.exit(7)); setInterval(() => {}, 1000); console.log('ready');`;
  const wrapper = `
    import { run, runScript } from ${JSON.stringify(module)};
    await runScript(() => run(process.execPath, ['--eval', ${JSON.stringify(program)}]));`;
  const child = spawn(node, ['--input-type=module', '--eval', wrapper], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([7, null]);
});

test('a program that npm would leave behind ends when its script has lost its parent', async () => {
  const program = `process.on('SIGTERM', () => { console.log('ended'); process.exit(); });
    setInterval(() => {}, 1000); console.log('ready');`;
  const script = `
    import { run } from ${JSON.stringify(module)};
    await run(process.execPath, ['--eval', ${JSON.stringify(program)}]);`;
  // Stands for the shell that npm runs scripts in, and that a signal ends.
  const shell = `require('node:child_process').spawn(process.execPath, ['--input-type=module', '--eval', ${JSON.stringify(script)}],
    { stdio: 'inherit', env: { ...process.env, npm_lifecycle_event: 'start' } });`;
  const child = spawn(node, ['--eval', shell], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    if (!output) child.kill('SIGKILL');
    output += chunk;
  }
  expect(output).toBe('ready\nended\n');
});

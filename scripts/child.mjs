import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** @type {NodeJS.Signals[]} */
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program in this terminal until it ends; signals are passed on to it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} its exit code; 128 + n when signal n ended it, as a shell says it
 */
export function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => child.kill(signal);
    const done = () => {
      clearInterval(orphaned);
      for (const signal of passedOn) process.removeListener(signal, pass);
    };
    for (const signal of passedOn) process.on(signal, pass);
    const orphaned = watchParent(() => pass('SIGTERM'));
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      done();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/**
 * npm passes a signal on to the shell it runs a script in. Some shells die of it and leave the script behind, which
 * then sees nothing but another parent.
 *
 * @param {() => void} whenGone
 */
function watchParent(whenGone) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    whenGone();
  }, 200);
  timer.unref();
  return timer;
}

/** A failure that the reader can mend: it is shown as its sentence, without a stack. */
export class Stop extends Error {}

/**
 * Runs a script's main function; the process ends with the code it returns.
 *
 * @param {() => Promise<number | undefined>} main
 */
export async function runScript(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error);
    process.exitCode = 1;
  }
}

/**
 * Says what is being done and, afterwards, how long it took. On stderr, so that stdout stays the program's.
 *
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(what, work) {
  console.error(`${what} …`);
  const started = performance.now();
  const result = await work();
  console.error(`… done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

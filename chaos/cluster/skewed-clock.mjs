/**
 * Loaded into a node before the server: its wall clock is wrong by what a file says, in milliseconds, which is looked at
 * ten times a second. Timers and the monotonic clock go on as they do, with a real clock that is wrong as well. Nodes on
 * PostgreSQL have to find out by it alone what time it is: `checker/times.ts` sees to that.
 */
import { readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';

const file = process.env.CHAOS_CLOCK_FILE ?? '';
const trueNow = Date.now;
let skew = 0;
const look = () => {
  try {
    skew = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    skew = 0;
  }
};
look();
setInterval(look, 100).unref();

const now = () => trueNow() + skew;
Date.now = now;
globalThis.Date = new Proxy(Date, {
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
});

// Node keeps what it has compiled when it ends, which a killed process does not.
setTimeout(flushCompileCache, 5000).unref();

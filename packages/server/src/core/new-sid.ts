import { randomFillSync } from 'node:crypto';
import type { Sid, SidPrefix } from '@colloquy/protocol';

const pool = Buffer.alloc(8 * 512);
let used = pool.length;
let lastTime = 0;
let counter = 0;

/**
 * A new SID: 12 digits of time, 4 of a counter, 16 random ones. Time-ordered, since random keys cost a
 * third of the insert rate once a table is large; unguessable by the 64 random bits.
 *
 * @param now milliseconds; a clock that goes back does not break the order within this process
 */
export function newSid<P extends SidPrefix>(prefix: P, now: number): Sid<P> {
  if (now > lastTime) {
    lastTime = now;
    counter = 0;
  } else if (counter === 0xffff) {
    lastTime += 1;
    counter = 0;
  } else {
    counter += 1;
  }
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.toString('hex', used, used + 8);
  used += 8;
  return `${prefix}${lastTime.toString(16).padStart(12, '0')}${counter.toString(16).padStart(4, '0')}${random}`;
}

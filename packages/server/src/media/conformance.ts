/** What every media store has to pass. */
import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MediaStore } from './store.ts';

export interface StoreUnderTest {
  store: MediaStore;
  /** Names of everything that is stored, also of what is not whole. */
  stored(): Promise<string[]>;
  /** A store over the same files, as after a restart. */
  reopen(): MediaStore;
  stop(): Promise<void>;
}

let count = 0;
function newSid(): string {
  count += 1;
  return `ME${String(count).padStart(32, '0')}`;
}

async function* pieces(...bytes: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* bytes;
}

async function* brokenAfter(length: number): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(64 * 1024);
  for (let sent = 0; sent < length; sent += piece.byteLength) yield piece;
  throw new Error('the line broke');
}

export function testMediaStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`the media store ${name}`, () => {
    let at: StoreUnderTest;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.stop());

    const never = new AbortController().signal;
    const read = async (sid: string, range?: { first: number; last: number }) => {
      const stream = await at.store.open(sid, range);
      return stream && (await buffer(stream));
    };

    it.each([0, 1, 4096, 8 * 1024 * 1024 - 1, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1, 20 * 1024 * 1024])(
      'gives back %i bytes as they were, also after a restart',
      async (size) => {
        const bytes = randomBytes(size);
        const sid = newSid();
        const middle = Math.floor(size / 3);
        await at.store.put(sid, pieces(bytes.subarray(0, middle), bytes.subarray(middle)), never);
        expect(digest(await read(sid))).toBe(digest(bytes));
        const again = await at.reopen().open(sid);
        expect(again && digest(await buffer(again))).toBe(digest(bytes));
      },
    );

    it('gives any piece of a file', async () => {
      const bytes = randomBytes(100_000);
      const sid = newSid();
      await at.store.put(sid, pieces(bytes), never);
      for (const [first, last] of [
        [0, 0],
        [0, 99_999],
        [99_999, 99_999],
        [1000, 70_000],
      ] as const) {
        expect(digest(await read(sid, { first, last }))).toBe(digest(bytes.subarray(first, last + 1)));
      }
    });

    it('has nothing under a name that was never stored', async () => {
      expect(await at.store.open(newSid())).toBeUndefined();
    });

    it('forgets a file, and does not mind forgetting it again', async () => {
      const sid = newSid();
      await at.store.put(sid, pieces(randomBytes(10)), never);
      await at.store.remove(sid);
      await at.store.remove(sid);
      expect(await at.store.open(sid)).toBeUndefined();
      expect((await at.stored()).filter((one) => one.includes(sid))).toEqual([]);
    });

    it.each([100_000, 17 * 1024 * 1024])(
      'shows nothing of a file that broke off after %i bytes, and forgets what it kept of it',
      async (length) => {
        const sid = newSid();
        await expect(at.store.put(sid, brokenAfter(length), never)).rejects.toThrow('the line broke');
        expect(await at.store.open(sid)).toBeUndefined();
        await at.store.remove(sid);
        expect((await at.stored()).filter((one) => one.includes(sid))).toEqual([]);
      },
    );

    it('gives up when it is told to', async () => {
      const sid = newSid();
      const giveUp = new AbortController();
      const endless = async function* () {
        for (let sent = 0; ; sent += 1) {
          if (sent === 100) giveUp.abort();
          yield new Uint8Array(64 * 1024);
        }
      };
      await expect(at.store.put(sid, endless(), giveUp.signal)).rejects.toThrow();
      expect(await at.store.open(sid)).toBeUndefined();
      await at.store.remove(sid);
      expect((await at.stored()).filter((one) => one.includes(sid))).toEqual([]);
    });

    it('keeps files apart that are stored at the same time', async () => {
      const files = Array.from({ length: 8 }, () => ({ sid: newSid(), bytes: randomBytes(300_000) }));
      await Promise.all(files.map(({ sid, bytes }) => at.store.put(sid, pieces(bytes), never)));
      for (const { sid, bytes } of files) expect(digest(await read(sid))).toBe(digest(bytes));
    });
  });
}

function digest(bytes: Uint8Array | undefined): string | undefined {
  return bytes && createHash('sha256').update(bytes).digest('hex');
}

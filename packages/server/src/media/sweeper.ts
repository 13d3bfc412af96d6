import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import { type Bus, isWoken } from '../bus/bus.ts';
import type { Core } from '../core/core.ts';
import { expireMedia, mediaNews, noteSwept, postponeSweep } from '../core/media/actions.ts';
import { nextRemoval, sweepsDueBy } from '../core/media/store.ts';
import type { MediaStore } from './store.ts';

export interface MediaSweeperOptions {
  core: Core;
  bus: Bus;
  store: MediaStore;
  account: Sid<'AC'>;
  logger: Logger;
}

export interface MediaSweeper {
  /** Resolves when nothing is being removed and nothing is due. */
  idle(): Promise<void>;
  /** Ends after the file under way. */
  stop(): Promise<void>;
}

/** Files that are removed between two notes of it; after a crash so many may be removed again. */
const pieceSize = 50;
/** After the store could not remove something. */
const retryAfter = 60_000;
/** Another server may have noted something, and the news of it have got lost with that server; milliseconds. */
const lookEvery = 10 * 60_000;

/**
 * Removes media that nobody attached in time, and the bytes of all media that are gone. What has to be removed stands
 * in the database, so it begins with what the last run of the server left, crashes included.
 */
export function startMediaSweeper({ core, bus, store, account, logger }: MediaSweeperOptions): MediaSweeper {
  const actor = { kind: 'system', account } as const;
  const { clock } = core;
  let stopped = false;
  let working: Promise<void> | undefined;
  let wokenMeanwhile = false;
  let callOff = () => {};

  async function remove(sid: string): Promise<void> {
    try {
      await store.remove(sid);
    } catch (error) {
      await core.run(postponeSweep, actor, { sid, until: clock.now() + retryAfter });
      throw error;
    }
  }

  async function forgetDue(): Promise<boolean> {
    const sids = await sweepsDueBy(core.db, clock.now(), pieceSize);
    const forgotten: string[] = [];
    try {
      for (const sid of sids) {
        if (stopped) break;
        await remove(sid);
        forgotten.push(sid);
      }
    } finally {
      if (forgotten.length > 0) await core.run(noteSwept, actor, { sids: forgotten });
    }
    return sids.length > 0;
  }

  /** @returns whether there may be more to do at once */
  async function sweepPiece(): Promise<boolean> {
    wokenMeanwhile = false;
    // First, since it makes room on a disk that is full, where nothing can be written until there is some.
    const forgot = await forgetDue();
    const { more } = await core.run(expireMedia, actor, {});
    if (forgot || more) return true;
    const next = (await nextRemoval(core.db)) ?? Number.POSITIVE_INFINITY;
    if (next <= clock.now()) return true;
    callOff();
    callOff = clock.at(Math.min(next, clock.now() + lookEvery), wake);
    return wokenMeanwhile;
  }

  async function sweep(): Promise<void> {
    try {
      while (!stopped && (await sweepPiece()));
    } catch (error) {
      logger.error({ error }, 'media could not be removed; it is tried again');
      callOff();
      callOff = clock.at(clock.now() + retryAfter, wake);
    }
  }

  function wake(): void {
    if (stopped) return;
    wokenMeanwhile = true;
    working ??= sweep().finally(() => {
      working = undefined;
      // Somebody called while the last questions were asked.
      if (wokenMeanwhile) wake();
    });
  }

  const unsubscribe = bus.subscribe(({ woken }) => {
    if (isWoken(woken, mediaNews)) wake();
  });
  wake();
  return {
    idle: async () => {
      while (working) await working;
    },
    stop: async () => {
      stopped = true;
      unsubscribe();
      await working;
      callOff();
    },
  };
}

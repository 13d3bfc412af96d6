import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import { type Bus, isWoken } from '../bus/bus.ts';
import { expireConversation, selectDue, selectNextDeadline } from '../core/conversations/expire.ts';
import { timersWoken } from '../core/conversations/state.ts';
import type { Core } from '../core/core.ts';

/** So many share a commit; whoever writes meanwhile waits no longer than for these. */
const pieceSize = 100;
/** When something could not be moved, it is tried again after that time. */
const tryAgainAfter = 10_000;

/** Another server may have set an earlier timer, and the news of it have got lost with that server; milliseconds. */
const lookEvery = 60_000;

export interface ConversationTimers {
  /** Resolves when nothing is due any more. */
  settled(): Promise<void>;
  /** Stops after the piece under way. */
  stop(): Promise<void>;
}

/**
 * Makes conversations inactive and closed when their timers run out, beginning with what ran out while the server
 * was down. It sleeps until the next deadline, a minute at most, and is woken by changes that bring an earlier one. Deadlines are in
 * the database, and each move looks again whether it is due: so a restart forgets none, and of several nodes one
 * makes the move.
 */
export function startConversationTimers(core: Core, bus: Bus, account: Sid<'AC'>, logger: Logger): ConversationTimers {
  const actor = { kind: 'system', account } as const;
  let stopped = false;
  let queued = false;
  let callOff = () => {};
  let work: Promise<void> = Promise.resolve();

  /** @returns whether it moved */
  const expire = async (conversation: string): Promise<boolean> => {
    try {
      return await core.run(expireConversation, actor, { conversation });
    } catch (error) {
      logger.error({ error, conversation }, 'a timer could not be carried out; it is tried again');
      return false;
    }
  };

  /** @returns whether everything that is due has moved */
  const fireDue = async (): Promise<boolean> => {
    const unmoved = new Set<string>();
    while (!stopped) {
      const due = await selectDue(core.db, core.clock.now(), pieceSize + unmoved.size);
      const piece = due.filter((conversation) => !unmoved.has(conversation)).slice(0, pieceSize);
      if (piece.length === 0) break;
      const moved = await Promise.all(piece.map(expire));
      piece.forEach((conversation, at) => {
        if (!moved[at]) unmoved.add(conversation);
      });
    }
    return unmoved.size === 0;
  };

  const round = async () => {
    queued = false;
    callOff();
    const done = await fireDue();
    const next = stopped ? undefined : await selectNextDeadline(core.db);
    if (stopped) return;
    const now = core.clock.now();
    if (next === undefined || next > now) callOff = core.clock.at(Math.min(next ?? Infinity, now + lookEvery), look);
    else if (done) look();
    else callOff = core.clock.at(now + tryAgainAfter, look);
  };

  const look = () => {
    if (queued || stopped) return;
    queued = true;
    work = work.then(round).catch((error) => {
      logger.error({ error }, 'the timers of conversations failed; they are tried again');
      if (!stopped) callOff = core.clock.at(core.clock.now() + tryAgainAfter, look);
    });
  };

  const unsubscribe = bus.subscribe(({ woken }) => {
    if (isWoken(woken, timersWoken)) look();
  });
  look();

  return {
    settled: async () => {
      for (let seen: Promise<void> | undefined; seen !== work; ) {
        seen = work;
        await seen;
      }
    },
    stop: () => {
      stopped = true;
      unsubscribe();
      callOff();
      return work;
    },
  };
}

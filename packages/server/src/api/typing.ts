import type { Bus } from '../bus/bus.ts';
import type { UserActor } from '../core/actor.ts';
import type { Clock } from '../core/clock.ts';
import { findConversation } from '../core/conversations/actions.ts';
import type { Core } from '../core/core.ts';
import { findParticipant } from '../core/participants/actions.ts';
import { refuse } from '../core/refusal.ts';

/** A repetition within so long tells nobody anything new; milliseconds. */
const repeats = 1000;
/** So many are remembered. Of more, the first ones may repeat themselves. */
const mostRemembered = 10_000;

const toldOf = new WeakMap<Core, Told>();

/**
 * Tells the others in a conversation that the user types, once in a second: each time goes to every connection there.
 *
 * @param ref SID or unique name
 * @throws Refusal 50350 where he is not in it
 */
export async function signalTyping(core: Core, bus: Bus, actor: UserActor, ref: string): Promise<void> {
  const conversation = await findConversation(core.db, actor.service, ref);
  const own = conversation && (await findParticipant(core.db, conversation.sid, actor.identity));
  if (!own) throw refuse(50350);
  let told = toldOf.get(core);
  if (!told) {
    told = new Told(core.clock);
    toldOf.set(core, told);
  }
  if (!told.isNew(own.sid)) return;
  bus.signal({
    type: 'typing',
    conversation: own.conversation_sid,
    participant: own.sid,
    user: actor.user,
    identity: actor.identity,
  });
}

/** Participants of whom it was told a moment ago that they type. */
class Told {
  readonly #clock: Clock;
  /** When. The oldest first. */
  readonly #times = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isNew(participant: string): boolean {
    const now = this.#clock.now();
    for (const [one, time] of this.#times) {
      // A clock may have been put back.
      const isOver = now - time >= repeats || now < time;
      if (!isOver && this.#times.size < mostRemembered) break;
      this.#times.delete(one);
    }
    if (this.#times.has(participant)) return false;
    this.#times.set(participant, now);
    return true;
  }
}

/**
 * A `deliver_sm` has no id. When the line is cut before the SMSC has our answer, it delivers the same again, and nothing
 * in it says so; and people do write the same twice. So what was taken is noted until it is certain that the answer
 * arrived: the same, by another connection or after a long wait, is a repetition until then.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Body, Session } from '@colloquy/smpp';
import type { SenderHost } from '../channel.ts';

interface Taken {
  eventId: string;
  /** When it came or, later, when it was answered; in milliseconds. */
  at: number;
}

interface Known extends Taken {
  digest: string;
  /** Null: of an earlier run. */
  session: Session | null;
  /** When it last came. */
  since: number;
  answered: boolean;
}

const prefix = 'taken/';
/** So long no SMSC waits at least before it takes an answer for lost and delivers again by the same connection. */
const patienceMs = 5000;
/** An answer is there after so long, if the connection is. */
const arrivedAfterMs = 10_000;
/** SMSCs that try again do so sooner. */
const keptForMs = 60 * 60_000;

export type Inbound = Pick<Body<'deliver_sm'>, 'source' | 'destination' | 'esmClass' | 'dataCoding' | 'tlvs'> & {
  shortMessage?: Uint8Array;
};

export interface Recognised {
  /** What to call it: the same as before, where it is a repetition. */
  eventId: string;
  again: boolean;
  /** Resolves when a repetition would be recognised after a crash, too. */
  store(): Promise<void>;
  /** To be called when the answer is written. */
  answered(): void;
}

export class Redeliveries {
  readonly #host: SenderHost;
  readonly #known = new Map<string, Known[]>();
  #callOff: (() => void) | null = null;

  constructor(host: SenderHost) {
    this.#host = host;
  }

  /** Takes over what an earlier run knew. */
  async load(): Promise<void> {
    for (const { name, value } of await this.#host.recallAll<Taken>(prefix)) {
      const [digest = ''] = name.slice(prefix.length).split('/', 1);
      this.#add({ ...value, digest, session: null, since: value.at, answered: true });
    }
  }

  stop(): void {
    this.#callOff?.();
  }

  recognise(inbound: Inbound, session: Session): Recognised {
    const digest = digestOf(inbound);
    const now = this.#host.clock.now();
    const before = this.#known.get(digest)?.find((one) => one.session !== session || isSlow(one, now));
    const known = before ?? { eventId: randomUUID(), at: now, digest, session, since: now, answered: false };
    Object.assign(known, { session, since: now, answered: false });
    const { eventId, at } = known;
    if (!before) this.#add(known);
    return {
      eventId,
      again: before !== undefined,
      store: async () => {
        if (!before) await this.#host.note(nameOf(known), { eventId, at });
      },
      answered: () => {
        known.answered = true;
        known.at = this.#host.clock.now();
      },
    };
  }

  #add(known: Known): void {
    this.#known.set(known.digest, [...(this.#known.get(known.digest) ?? []), known]);
    this.#sweepLater();
  }

  #sweepLater(): void {
    if (this.#callOff || this.#known.size === 0) return;
    const { clock } = this.#host;
    this.#callOff = clock.at(clock.now() + arrivedAfterMs, () => {
      this.#callOff = null;
      for (const known of [...this.#known.values()].flat()) if (isOver(known, clock.now())) this.#drop(known);
      this.#sweepLater();
    });
  }

  #drop(known: Known): void {
    const left = (this.#known.get(known.digest) ?? []).filter((one) => one !== known);
    if (left.length > 0) this.#known.set(known.digest, left);
    else this.#known.delete(known.digest);
    this.#host
      .note(nameOf(known), undefined)
      .catch((error) => this.#host.logger.error({ error }, 'what was received over SMPP could not be noted'));
  }
}

/** Has it waited, or did it wait, so long for its answer that the SMSC may have given up? */
function isSlow({ at, since, answered }: Known, now: number): boolean {
  return (answered ? at : now) - since >= patienceMs;
}

function isOver({ at, session, answered }: Known, now: number): boolean {
  return (answered && session?.open === true && now - at >= arrivedAfterMs) || now - at >= keptForMs;
}

function nameOf({ digest, eventId }: Known): string {
  return `${prefix}${digest}/${eventId}`;
}

function digestOf({ source, destination, esmClass, dataCoding, shortMessage, tlvs }: Inbound): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([source, destination, esmClass, dataCoding]));
  if (shortMessage) hash.update(shortMessage);
  for (const [tag, value] of tlvs) hash.update(`\0${tag} `).update(value);
  return hash.digest('hex').slice(0, 32);
}

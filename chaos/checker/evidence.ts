import type { AnyStreamEvent } from '@colloquy/protocol';
import type { Asked, Entry, Found, Outcome, Run, Timed, Told } from '../record/entries.ts';

/** Something that was asked for, with the last that was told of it. */
export interface Request extends Timed<Asked> {
  outcome: Outcome;
  told: Timed<Told> | undefined;
}

/** A message as the log has it from its first event to its last. */
export interface Logged {
  sid: string;
  index: number;
  /** The id that its text begins with. */
  id: string;
  position: number;
  /** When it was added, by the server; milliseconds since 1970. */
  time: number;
  /** Texts, in the order in which it had them. */
  bodies: string[];
  removed: boolean;
}

/** A journal, sorted for those who judge it. */
export class Evidence {
  readonly run: Timed<Run> | undefined;
  readonly requests: Request[];
  readonly found: Timed<Found>[];
  readonly #entries: readonly Timed[];
  readonly #logged = new Map<string, Logged[]>();

  constructor(entries: readonly Timed[]) {
    this.#entries = entries;
    this.run = this.of('run')[0];
    this.found = this.of('found');
    const told = new Map<string, Timed<Told>>();
    for (const entry of this.of('told')) {
      // What was acknowledged once stays so, whatever came after it.
      if (told.get(entry.id)?.outcome !== 'acknowledged') told.set(entry.id, worse(told.get(entry.id), entry));
    }
    this.requests = this.of('asked').map((asked) => {
      const last = told.get(asked.id);
      return { ...asked, outcome: last?.outcome ?? 'unknown', told: last };
    });
  }

  /** In the order of the journal, which times of a millisecond do not have. */
  of<K extends Entry['kind']>(...kinds: K[]): Timed<Extract<Entry, { kind: K }>>[] {
    return this.#entries.filter(({ kind }) => kinds.some((one) => one === kind)) as Timed<
      Extract<Entry, { kind: K }>
    >[];
  }

  /** The messages of a conversation by its log, in its order. */
  logged({ conversation, log }: Found): Logged[] {
    const known = this.#logged.get(conversation);
    if (known) return known;
    const bySid = new Map<string, Logged>();
    for (const event of log) applyTo(bySid, event);
    const all = [...bySid.values()];
    this.#logged.set(conversation, all);
    return all;
  }
}

/** The first word of a text. */
export function idOf(body: string | null): string {
  return (body ?? '').split(' ', 1)[0] ?? '';
}

/** Was it refused by an answer that is none of a server that cannot do it now? */
export function isUnfounded(told: Told | undefined): boolean {
  return told?.status !== undefined && told.status !== 503;
}

/** A repeated request that is refused says nothing of the first one, whose answer was lost. */
function worse(before: Timed<Told> | undefined, now: Timed<Told>): Timed<Told> {
  return before?.outcome === 'unknown' && now.outcome === 'refused' ? before : now;
}

function applyTo(bySid: Map<string, Logged>, event: AnyStreamEvent): void {
  if (event.type === 'message.added') {
    const { sid, index, body } = event.data;
    const { position, time } = event;
    bySid.set(sid, { sid, index, id: idOf(body), position, time, bodies: [body ?? ''], removed: false });
  } else if (event.type === 'message.updated') {
    const message = bySid.get(event.data.sid);
    const body = event.data.body ?? '';
    if (message && message.bodies.at(-1) !== body) message.bodies.push(body);
  } else if (event.type === 'message.removed') {
    const message = bySid.get(event.data.sid);
    if (message) message.removed = true;
  }
}

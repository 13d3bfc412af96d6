import type { Clock } from '../../core/clock.ts';
import type { Reconciliation } from '../channel.ts';
import type { Json } from '../json.ts';
import { type SendRequest, textOf } from '../message.ts';
import { createdAt, rowsOf, type TwilioApi, textIn } from './api.ts';
import { templateIn } from './plan.ts';

/** How far Twilio's clock and this one may be apart, and how old a message may be that nobody knows the time of. */
const slack = 2 * 60 * 1000;
/** Twilio holds messages back for so long; one that is older is another one. */
const longest = 24 * 60 * 60 * 1000;
/** Of the messages that went out lately, what they were called: so many are remembered. */
const mostKnown = 5000;

/** Finds out what became of a send that had no answer, by the list of messages that Twilio has. */
export class Attempts {
  readonly #clock: Clock;
  readonly #smartEncoded: boolean;
  /** Delivery → when it was first tried. */
  readonly #begun = new Map<string, number>();
  readonly #known = new Set<string>();

  /** @param smartEncoded whether Twilio replaces signs of what it is given */
  constructor(clock: Clock, smartEncoded: boolean) {
    this.#clock = clock;
    this.#smartEncoded = smartEncoded;
  }

  begin(deliveryId: string): void {
    if (!this.#begun.has(deliveryId)) this.#begun.set(deliveryId, this.#clock.now());
  }

  /** It is settled: as this message, or as none. */
  end(deliveryId: string, sid?: string): void {
    this.#begun.delete(deliveryId);
    if (sid === undefined) return;
    this.#known.add(sid);
    for (const oldest of this.#known) {
      if (this.#known.size <= mostKnown) break;
      this.#known.delete(oldest);
    }
  }

  /** @throws SendFailure when Twilio does not answer */
  async find(api: TwilioApi, request: SendRequest, signal: AbortSignal): Promise<Reconciliation> {
    const query = { To: request.recipient, From: request.sender, PageSize: '50' };
    const answer = await api.get('/Messages.json', query, signal);
    if (answer.status !== 200) return 'unknown';
    const begun = this.#begun.get(request.deliveryId);
    const now = this.#clock.now();
    // Beyond the process that began it nobody knows when that was.
    const since = (begun ?? now) - slack;
    const alike = rowsOf(answer, 'messages').filter(
      (row) => this.#couldBe(row, request) && createdAt(row) > now - longest,
    );
    // Lists begin with the newest; of several the first belongs to the first attempt.
    const found = alike.findLast((row) => createdAt(row) >= since);
    if (!found) return begun === undefined && alike.length > 0 ? 'unknown' : 'absent';
    const providerId = textIn(found, 'sid');
    this.end(request.deliveryId, providerId);
    return { outcome: 'accepted', providerId, status: null };
  }

  #couldBe(row: Json, request: SendRequest): boolean {
    if (this.#known.has(textIn(row, 'sid')) || !textIn(row, 'direction').startsWith('outbound')) return false;
    // What a template says is known only at Twilio.
    return (
      templateIn(request.data) !== undefined || this.#plain(textIn(row, 'body')) === this.#plain(textOf(request.parts))
    );
  }

  /** Blanks at the ends get lost on the way. */
  #plain(text: string): string {
    return this.#smartEncoded ? text.replace(/[^\p{L}\p{N}]/gu, '') : text.trim();
  }
}

import type { Address, ProviderError } from '../../channels/message.ts';
import type { Clock } from '../../core/clock.ts';

/** The first wait after a throttle whose length the provider does not say; doubled from one to the next. */
const firstWait = 1000;
const longestWait = 5 * 60 * 1000;
/** How long a sender rests when its credentials or its account were refused, before one more try. */
const rest = 5 * 60 * 1000;
/** The same where a report said that there was too much, and not for how long. */
const restAfterThrottle = 60_000;

/** Does what stands in the way of a message stand in the way of all of its sender? */
export function concernsSender({ kind, scope }: Pick<ProviderError, 'kind' | 'scope'>): boolean {
  return kind === 'credentials' || kind === 'billing' || (kind === 'throttle' && scope === 'sender');
}

/** How long a sender rests after a report that says so, in milliseconds. */
export function restAfter({ kind, retryAfterMs }: Pick<ProviderError, 'kind' | 'retryAfterMs'>): number {
  return kind === 'throttle' ? (retryAfterMs ?? restAfterThrottle) : rest;
}

interface Gate {
  opensAt: number;
  wait: number;
  /** Null when it was only throttled. */
  refusal: ProviderError | null;
}

/**
 * Own addresses that must not send for a while: nothing else from them is tried until then, and nothing is
 * lost. Kept in memory: after a restart the first send finds out again.
 */
export class SenderGates {
  readonly #clock: Clock;
  readonly #gates = new Map<Address, Gate>();
  readonly #refused = new Set<Address>();
  /**
   * The provider took messages of these and reported later that it does not send them. So only a report can tell that it
   * does again, and until then one delivery is let through at a time.
   */
  readonly #probations = new Map<Address, { every: number; delivery: string | null }>();
  readonly #onNews: (sender: Address, refusal: ProviderError | null) => void;

  readonly #isShownRefused: (sender: Address) => boolean;

  /**
   * @param onNews is told when the provider refuses a sender, and when it takes something from it again
   * @param isShownRefused is it still shown as refused, by an earlier run or for another of its addresses?
   */
  constructor(
    clock: Clock,
    onNews: (sender: Address, refusal: ProviderError | null) => void = () => {},
    isShownRefused: (sender: Address) => boolean = () => false,
  ) {
    this.#clock = clock;
    this.#onNews = onNews;
    this.#isShownRefused = isShownRefused;
  }

  /** When the sender may go on with a delivery; in the past when it may now. */
  opensAt(sender: Address, delivery: string): number {
    if (this.#probations.get(sender)?.delivery === delivery) return 0;
    return this.#gates.get(sender)?.opensAt ?? 0;
  }

  /** Asked right before a delivery is sent: of those that wait for a report, the first goes through. */
  passes(sender: Address, delivery: string): boolean {
    const now = this.#clock.now();
    if (this.opensAt(sender, delivery) > now) return false;
    const probation = this.#probations.get(sender);
    if (probation && probation.delivery !== delivery) {
      probation.delivery = delivery;
      this.#close(sender, now + probation.every, firstWait, this.refusalOf(sender));
    }
    return true;
  }

  /** Why it must not now, where the provider said more than to slow down. */
  refusalOf(sender: Address): ProviderError | null {
    return this.#gates.get(sender)?.refusal ?? null;
  }

  /** The provider asked to slow down. */
  throttle(sender: Address, retryAfterMs: number | undefined): number {
    const now = this.#clock.now();
    const gate = this.#gates.get(sender);
    // Of several sends under way each is told so; only one of them doubles the wait.
    const closed = gate !== undefined && gate.opensAt > now;
    const wait = closed ? gate.wait : Math.min((gate?.wait ?? firstWait / 2) * 2, longestWait);
    return this.#close(sender, Math.max(gate?.opensAt ?? 0, now + (retryAfterMs ?? wait)), wait, null);
  }

  /** Credentials or billing: every send would fail in the same way. */
  refuse(sender: Address, error: ProviderError): number {
    const until = this.#close(sender, this.#clock.now() + rest, firstWait, error);
    this.#refused.add(sender);
    this.#onNews(sender, error);
    return until;
  }

  /** The provider reported that it does not send what it had taken, for a reason that concerns the whole sender. */
  reported(sender: Address, error: ProviderError): void {
    const every = restAfter(error);
    if (error.kind === 'throttle') this.throttle(sender, every);
    else this.refuse(sender, error);
    this.#probations.set(sender, { every, delivery: null });
  }

  /** The provider reported that a delivery is on its way. */
  arrived(delivery: string): void {
    for (const [sender, probation] of this.#probations) {
      if (probation.delivery !== delivery) continue;
      this.#probations.delete(sender);
      this.open(sender);
    }
  }

  /** A send went through. */
  open(sender: Address): void {
    if (this.#probations.has(sender)) return;
    this.#gates.delete(sender);
    const wasRefused = this.#refused.delete(sender) || this.#isShownRefused(sender);
    if (wasRefused) this.#onNews(sender, null);
  }

  /** Something changed about a sender: the next send finds out. */
  forget(sender: Address): void {
    this.#gates.delete(sender);
    this.#probations.delete(sender);
  }

  #close(sender: Address, opensAt: number, wait: number, refusal: ProviderError | null): number {
    this.#gates.set(sender, { opensAt, wait, refusal });
    return opensAt;
  }
}

/** Updates wait until the bot has fetched them or its webhook has taken them. */
import type { Scheduler } from '../clock.ts';
import { TelegramRefusal } from './state.ts';

export interface Update {
  update_id: number;
  [kind: string]: unknown;
}

export interface Webhook {
  url: string;
  secret: string | null;
}

/** After a webhook that failed, in milliseconds: twice as long each time. */
const firstRetry = 1000;

/** What a bot gets when it names no kinds: all but these. Source: Bot API, `getUpdates`. */
const onlyWhenNamed = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);

export class Updates {
  readonly #clock: Scheduler;
  #queue: Update[] = [];
  #next = 1;
  #allowed: string[] | null = null;
  #webhook: Webhook | null = null;
  #poll: { end(refusal?: TelegramRefusal): void } | undefined;
  #posting: Promise<void> | undefined;
  #failures = 0;
  #callOff: () => void = () => {};

  constructor(clock: Scheduler) {
    this.#clock = clock;
  }

  get webhook(): Webhook | null {
    return this.#webhook;
  }

  get pending(): number {
    return this.#queue.length;
  }

  /** Is the bot waiting for the next one? */
  get polled(): boolean {
    return this.#poll !== undefined;
  }

  add(kind: string, value: unknown): Update | null {
    const wanted = this.#allowed ? this.#allowed.includes(kind) : !onlyWhenNamed.has(kind);
    if (!wanted) return null;
    const update: Update = { update_id: this.#next, [kind]: value };
    this.#next += 1;
    this.#queue.push(update);
    this.#poll?.end();
    this.#post();
    return update;
  }

  /** The same update again, as after an answer that got lost. */
  repeat(update: Update): void {
    this.#queue.unshift(update);
    this.#poll?.end();
    this.#post();
  }

  /** Waits for the first update that was not confirmed; one bot at a time. */
  async fetch(options: { offset: number; limit: number; timeout: number; allowed: string[] | null; cut: AbortSignal }) {
    if (this.#webhook) {
      const reason =
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
      throw new TelegramRefusal(409, reason);
    }
    this.#poll?.end(
      new TelegramRefusal(
        409,
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      ),
    );
    if (options.allowed) this.#allowed = options.allowed;
    this.#queue = this.#queue.filter(({ update_id }) => update_id >= options.offset);
    if (this.#queue.length === 0 && options.timeout > 0) await this.#wait(options.timeout, options.cut);
    return this.#queue.slice(0, Math.min(100, Math.max(1, options.limit)));
  }

  setWebhook(webhook: Webhook | null, allowed: string[] | null, drop: boolean): void {
    this.#webhook = webhook;
    if (allowed) this.#allowed = allowed;
    if (drop) this.#queue = [];
    this.#failures = 0;
    this.#post();
  }

  /** Resolves when no post is under way. */
  async idle(): Promise<void> {
    while (this.#posting) await this.#posting;
  }

  stop(): void {
    this.#callOff();
    this.#webhook = null;
    this.#poll?.end();
  }

  #wait(seconds: number, cut: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (refusal?: TelegramRefusal) => {
        callOff();
        if (this.#poll === poll) this.#poll = undefined;
        if (refusal) reject(refusal);
        else resolve();
      };
      const poll = { end };
      const callOff = this.#clock.at(this.#clock.now() + seconds * 1000, () => end());
      cut.addEventListener('abort', () => end(), { once: true });
      this.#poll = poll;
    });
  }

  /** One at a time, in order. */
  #post(): void {
    if (this.#posting || !this.#webhook || this.#queue.length === 0) return;
    this.#callOff();
    this.#posting = this.#postAll().finally(() => {
      this.#posting = undefined;
      if (this.#failures === 0) return;
      const wait = firstRetry * 2 ** (this.#failures - 1);
      this.#callOff = this.#clock.at(this.#clock.now() + wait, () => this.#post());
    });
  }

  async #postAll(): Promise<void> {
    for (let [update] = this.#queue; update && this.#webhook; [update] = this.#queue) {
      const { url, secret } = this.#webhook;
      const headers = {
        'Content-Type': 'application/json',
        ...(secret !== null && { 'X-Telegram-Bot-Api-Secret-Token': secret }),
      };
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(update) }).catch(() => null);
      await answer?.body?.cancel();
      if (!answer?.ok) {
        this.#failures += 1;
        return;
      }
      this.#failures = 0;
      this.#queue = this.#queue.filter((one) => one !== update);
    }
  }
}

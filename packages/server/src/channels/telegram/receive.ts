import type { SenderHost } from '../channel.ts';
import { asObjects, type Json } from '../json.ts';
import { type BotAnswer, type BotApi, numberIn } from './api.ts';
import { pressedIn, wantedUpdates } from './inbound.ts';

/** How long Telegram holds a question back until there is news, in seconds. */
const patience = 50;
/** In milliseconds, beyond that. */
const grace = 10_000;
const firstWait = 1000;
const longestWait = 60_000;
/** With a token that is refused, and with another process that asks for the same bot. */
const refusedWait = 5 * 60_000;
const rivalWait = 10_000;
/** After a week without news Telegram counts from any number, so an older place says nothing. */
const placeKeptFor = 6 * 24 * 60 * 60 * 1000;
/** The name under which it is noted up to where updates were taken in. */
const noted = 'offset';

interface Place {
  offset: number;
  at: number;
}

/** Gets what is new: by asking for it, or by telling Telegram whom to call. */
export class Receiver {
  readonly #api: BotApi;
  readonly #host: SenderHost;
  readonly #take: (updates: readonly Json[]) => Promise<void>;
  readonly #webhook: { url: string; secret: string } | null;
  readonly #abort = new AbortController();
  #callOff: () => void = () => {};
  #working: Promise<void> | undefined;
  #wait = firstWait;
  /** Is it clear that Telegram does not call anybody else? */
  #cleared = false;
  /** Why nothing comes in; null when something would. */
  problem: string | null = null;

  /**
   * @param take resolves when the updates are on disk
   * @param webhook null: Telegram is asked
   */
  constructor(
    api: BotApi,
    host: SenderHost,
    take: (updates: readonly Json[]) => Promise<void>,
    webhook: { url: string; secret: string } | null,
  ) {
    this.#api = api;
    this.#host = host;
    this.#take = take;
    this.#webhook = webhook;
  }

  start(): void {
    this.#working = (this.#webhook ? this.#register(this.#webhook) : this.#poll())
      .catch((error: unknown) => {
        if (this.#abort.signal.aborted) return null;
        this.#host.logger.warn({ error }, 'Telegram was not reached');
        return this.#trouble(error instanceof Error ? error.message : String(error));
      })
      .then((wait) => {
        this.#working = undefined;
        if (wait === null || this.#abort.signal.aborted) return;
        const { clock } = this.#host;
        if (wait === 0) this.start();
        else this.#callOff = clock.at(clock.now() + wait, () => this.start());
      });
  }

  async stop(): Promise<void> {
    this.#callOff();
    this.#abort.abort();
    await this.#working;
  }

  /** @returns after how many milliseconds to go on; null: there is nothing more to do */
  async #register({ url, secret }: { url: string; secret: string }): Promise<number | null> {
    const parameters = { url, secret_token: secret, allowed_updates: wantedUpdates, max_connections: 40 };
    const answer = await this.#api.call('setWebhook', parameters, this.#abort.signal);
    if (!answer.ok) return this.#refused(answer);
    this.problem = null;
    return null;
  }

  async #poll(): Promise<number> {
    const { signal } = this.#abort;
    if (!this.#cleared) {
      const cleared = await this.#api.call('deleteWebhook', {}, signal);
      if (!cleared.ok) return this.#refused(cleared);
      this.#cleared = true;
    }
    const offset = await this.#offset();
    const question = { offset, timeout: patience, allowed_updates: wantedUpdates };
    const answer = await this.#api.call('getUpdates', question, signal, patience * 1000 + grace);
    if (!answer.ok) return this.#refused(answer);
    const updates = asObjects(answer.result);
    if (updates.length > 0) {
      await this.#take(updates);
      // Not before: what Telegram is not asked for again it forgets.
      const last = Math.max(...updates.map((update) => numberIn(update, 'update_id') ?? 0));
      await this.#host.note(noted, { offset: last + 1, at: this.#host.clock.now() } satisfies Place);
      for (const update of updates) void this.#answerButton(pressedIn(update));
    }
    this.problem = null;
    this.#wait = firstWait;
    return 0;
  }

  async #offset(): Promise<number> {
    const place = await this.#host.recall<Place>(noted);
    return place && place.at > this.#host.clock.now() - placeKeptFor ? place.offset : 0;
  }

  /** Ends the little clock on the button; nothing depends on it. */
  async #answerButton(query: string | undefined): Promise<void> {
    if (query === undefined) return;
    await this.#api.call('answerCallbackQuery', { callback_query_id: query }, this.#abort.signal).catch(() => {});
  }

  #refused({ code, status, description, retryAfter }: BotAnswer): number {
    const wait = this.#trouble(description);
    // Somebody set a webhook, or there is another process with this token.
    if (code === 409) {
      this.#cleared = false;
      return rivalWait;
    }
    if (code === 401 || code === 404) return refusedWait;
    if (code === 429 || status === 429) return (retryAfter ?? 1) * 1000;
    return wait;
  }

  #trouble(reason: string): number {
    this.problem = reason;
    const wait = this.#wait;
    this.#wait = Math.min(longestWait, wait * 2);
    return wait;
  }
}

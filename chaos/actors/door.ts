import type { Journal } from '../record/journal.ts';

/** An answer, or why there is none. */
export type Reply = { status: number; body: Record<string, unknown> } | { lost: string };

export interface RequestOptions {
  /** `Idempotency-Key`. */
  key?: string;
  json?: boolean;
  /** Milliseconds for the whole answer. */
  patience?: number;
}

/** The REST API as a back end sees it that gives up waiting at some point. */
export class Door {
  readonly #url: string;
  readonly #authorization: string;
  readonly #journal: Journal;
  readonly #actor: string;

  /** @param actor who is named where an answer must not be */
  constructor(url: string, credentials: { accountSid: string; authToken: string }, journal: Journal, actor: string) {
    this.#url = url;
    this.#authorization = `Basic ${btoa(`${credentials.accountSid}:${credentials.authToken}`)}`;
    this.#journal = journal;
    this.#actor = actor;
  }

  async ask(method: string, path: string, form?: object | URLSearchParams, options: RequestOptions = {}) {
    const { key, json = false, patience = 10_000 } = options;
    const headers: Record<string, string> = {
      authorization: this.#authorization,
      // Without it what a back end does is told to no webhook.
      'x-twilio-webhook-enabled': 'true',
      ...(json && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const body = form && (json ? JSON.stringify(form) : new URLSearchParams(form as Record<string, string>));
    let reply: Reply;
    try {
      const signal = AbortSignal.timeout(patience);
      const answer = await fetch(this.#url + path, { method, headers, signal, ...(body && { body }) });
      const text = await answer.text();
      // 503: not now. 504: nobody can say whether it has happened.
      if (answer.status >= 500 && answer.status !== 503 && answer.status !== 504) {
        const what = `${method} ${path} was answered with ${answer.status}: ${text}`;
        this.#journal.note({ kind: 'offence', actor: this.#actor, what });
      }
      reply = { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
    } catch (error) {
      const { message, cause } = error as Error;
      reply = { lost: cause ? `${message}: ${(cause as Error).message}` : message };
    }
    return reply;
  }

  /** Asks until there is an answer below 500. For what can be repeated. @throws Error when it is a refusal */
  async insist(method: string, path: string, form?: object | URLSearchParams, options: RequestOptions = {}) {
    for (;;) {
      const reply = await this.ask(method, path, form, options);
      if ('lost' in reply || reply.status >= 500) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        continue;
      }
      if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
      return reply.body;
    }
  }

  /** All items of a list that the contract pages. */
  async all(path: string, member: string): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    for (let next: string | null = path; next !== null; ) {
      const page = await this.insist('GET', next);
      items.push(...(page[member] as Record<string, unknown>[]));
      const url = (page['meta'] as { next_page_url: string | null }).next_page_url;
      next = url === null ? null : new URL(url).pathname + new URL(url).search;
    }
    return items;
  }
}

import type { IncomingHttpHeaders } from 'node:http';
import type { OpenAnswer, Outgoing } from '../../delivery/http/outgoing.ts';
import { asObjects, type Json, readObject } from '../json.ts';
import type { TwilioConfig } from './config.ts';

export interface TwilioAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Null where it is no JSON object: something between us and Twilio spoke then. */
  body: Json | null;
}

/** In bytes; a page of 200 messages is the largest. */
const longestAnswer = 4 * 1024 * 1024;
/** In milliseconds: less than a channel has to send. */
const callTimeout = 25_000;
const fileTimeout = 2 * 60 * 1000;
/** A list is not followed further; it would be of many thousands of messages. */
const mostPages = 50;

/** Calls version 2010-04-01 of Twilio's API for one account. Paths are below the account. */
export class TwilioApi {
  readonly #outgoing: Outgoing;
  readonly #config: TwilioConfig;
  /** Without a slash at the end. */
  readonly url: string;

  constructor(outgoing: Outgoing, config: TwilioConfig) {
    this.#outgoing = outgoing;
    this.#config = config;
    this.url = config.apiUrl.replace(/\/+$/, '');
  }

  get base(): string {
    return `/2010-04-01/Accounts/${this.#config.accountSid}`;
  }

  /** @throws SendFailure when no whole answer came, as all of these do */
  get(path: string, query: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<TwilioAnswer> {
    return this.#call('GET', withQuery(this.base + path, query), this.#authorization(), undefined, signal);
  }

  post(path: string, form: URLSearchParams, signal?: AbortSignal): Promise<TwilioAnswer> {
    return this.#call('POST', this.base + path, this.#authorization(), form, signal);
  }

  /** The account itself, which API keys may not see: this shows whether the auth token is right. */
  account(signal?: AbortSignal): Promise<TwilioAnswer> {
    const { accountSid, authToken } = this.#config;
    return this.#call('GET', `${this.base}.json`, basic(accountSid, authToken), undefined, signal);
  }

  /**
   * The pages of a list, as they are fetched. An answer that is no page is the last one.
   *
   * @param query with `PageSize`
   */
  async *pages(path: string, query: Readonly<Record<string, string>>, signal?: AbortSignal) {
    let next: string | null = withQuery(this.base + path, query);
    for (let page = 0; next !== null && page < mostPages; page += 1) {
      const answer: TwilioAnswer = await this.#call('GET', next, this.#authorization(), undefined, signal);
      yield answer;
      const link: unknown = answer.status === 200 ? answer.body?.['next_page_uri'] : null;
      // Credentials go to this account of this host, whatever a page says.
      next = typeof link === 'string' && link.startsWith(`${this.base}/`) ? link : null;
    }
  }

  /** A file: its headers, and the bytes as they come. Credentials go along only where the URL is one of this account. */
  open(url: string, own: boolean, maxBytes: number, signal: AbortSignal): Promise<OpenAnswer> {
    return this.#outgoing.open({
      url,
      method: 'GET',
      headers: own ? { authorization: this.#authorization() } : {},
      timeoutMs: fileTimeout,
      maxAnswerBytes: maxBytes,
      signal,
    });
  }

  #authorization(): string {
    const { accountSid, authToken, apiKeySid, apiKeySecret } = this.#config;
    return apiKeySid !== undefined && apiKeySecret !== undefined
      ? basic(apiKeySid, apiKeySecret)
      : basic(accountSid, authToken);
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    authorization: string,
    form: URLSearchParams | undefined,
    signal: AbortSignal | undefined,
  ): Promise<TwilioAnswer> {
    const { status, headers, body } = await this.#outgoing.send({
      url: this.url + path,
      method,
      headers: {
        authorization,
        accept: 'application/json',
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form && { body: form.toString() }),
      timeoutMs: callTimeout,
      maxAnswerBytes: longestAnswer,
      signal,
    });
    return { status, headers, body: readObject(body.toString()) ?? null };
  }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query)}`;
}

/** The rows of a page, under the name that the list has. */
export function rowsOf({ body }: TwilioAnswer, key: string): Json[] {
  return asObjects(body?.[key]);
}

export function textIn(row: Json | null, name: string): string {
  const value = row?.[name];
  return typeof value === 'string' ? value : '';
}

/** When a resource was made, in milliseconds; 0 where it does not say. */
export function createdAt(row: Json): number {
  return Date.parse(textIn(row, 'date_created')) || 0;
}

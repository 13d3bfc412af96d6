import type { Readable } from 'node:stream';
import type { OpenAnswer, Outgoing } from '../../delivery/http/outgoing.ts';
import { asObject, type Json, readObject } from '../json.ts';
import { multipart } from '../multipart.ts';
import type { TelegramConfig } from './config.ts';

/** Source: Bot API, "Making requests". */
export interface BotAnswer {
  status: number;
  ok: boolean;
  /** Of any shape: methods differ. */
  result: unknown;
  /** Of a refusal; 0 where something else than the Bot API answered. */
  code: number;
  description: string;
  /** Seconds. */
  retryAfter: number | undefined;
  migrateTo: number | undefined;
}

export interface Upload {
  field: string;
  filename: string;
  contentType: string;
  size: number;
  bytes: Readable;
}

/** In bytes; a page of 100 updates is the largest. */
const longestAnswer = 8 * 1024 * 1024;
/** In milliseconds: less than a channel has to send. */
const callTimeout = 25_000;
const fileTimeout = 5 * 60 * 1000;

/** Calls the Bot API for one bot. The token is part of every URL, so no URL goes into an error or a log. */
export class BotApi {
  readonly #outgoing: Outgoing;
  readonly #config: TelegramConfig;

  constructor(outgoing: Outgoing, config: TelegramConfig) {
    this.#outgoing = outgoing;
    this.#config = config;
  }

  /** @throws SendFailure when no whole answer came, as all of these do */
  async call(method: string, parameters: Json, signal?: AbortSignal, timeoutMs = callTimeout): Promise<BotAnswer> {
    const { status, body } = await this.#outgoing.send({
      url: this.#url(`bot${this.#config.token}/${method}`),
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(parameters),
      timeoutMs,
      maxAnswerBytes: longestAnswer,
      signal,
    });
    return readAnswer(status, body.toString());
  }

  /** Parameters that are objects are JSON in such a form. */
  async upload(method: string, parameters: Json, file: Upload, signal?: AbortSignal): Promise<BotAnswer> {
    const fields = Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]);
    const form = multipart(Object.fromEntries(fields), file);
    const { status, body } = await this.#outgoing.send({
      url: this.#url(`bot${this.#config.token}/${method}`),
      method: 'POST',
      headers: { 'content-type': form.contentType, 'content-length': String(form.length) },
      body: form.body,
      timeoutMs: fileTimeout,
      maxAnswerBytes: longestAnswer,
      signal,
    });
    return readAnswer(status, body.toString());
  }

  /** @param path as `getFile` says it */
  file(path: string, maxBytes: number, signal: AbortSignal): Promise<OpenAnswer> {
    return this.#outgoing.open({
      url: this.#url(`file/bot${this.#config.token}/${path}`),
      method: 'GET',
      timeoutMs: fileTimeout,
      maxAnswerBytes: maxBytes,
      signal,
    });
  }

  #url(path: string): string {
    return `${this.#config.apiUrl.replace(/\/+$/, '')}/${path}`;
  }
}

function readAnswer(status: number, text: string): BotAnswer {
  const body = readObject(text);
  const parameters = asObject(body?.['parameters']);
  const code = body?.['error_code'];
  const description = body?.['description'];
  return {
    status,
    ok: body?.['ok'] === true,
    result: body?.['result'],
    code: typeof code === 'number' ? code : 0,
    description: typeof description === 'string' ? description.slice(0, 1000) : `The answer has the status ${status}.`,
    retryAfter: numberIn(parameters, 'retry_after'),
    migrateTo: numberIn(parameters, 'migrate_to_chat_id'),
  };
}

export function numberIn(value: Json | undefined, name: string): number | undefined {
  const number = value?.[name];
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

/** A text that is not empty. */
export function textIn(value: Json | undefined, name: string): string | undefined {
  const text = value?.[name];
  return typeof text === 'string' && text !== '' ? text : undefined;
}

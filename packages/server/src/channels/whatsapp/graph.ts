import type { Readable } from 'node:stream';
import type { Outgoing } from '../../delivery/http/outgoing.ts';
import { type Json, readObject } from '../json.ts';
import type { WhatsAppConfig } from './config.ts';

/** The longest answer that is read, in bytes; a page of templates is the largest. */
const longestAnswer = 4 * 1024 * 1024;
/** In milliseconds: less than a channel has to send. */
const callTimeout = 25_000;
/** For files of up to 100 MB. */
export const fileTimeout = 10 * 60 * 1000;

export interface GraphAnswer {
  status: number;
  /** Null where it is no JSON object: something between us and Meta spoke then. */
  body: Json | null;
}

export interface GraphBody {
  type: string;
  bytes: string | Readable;
  /** Bytes of a stream. */
  length?: number;
}

/** Calls Meta's Graph API for one sender. */
export class Graph {
  readonly #outgoing: Outgoing;
  readonly #config: WhatsAppConfig;

  constructor(outgoing: Outgoing, config: WhatsAppConfig) {
    this.#outgoing = outgoing;
    this.#config = config;
  }

  /** @throws SendFailure when no whole answer came */
  get(path: string, query: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<GraphAnswer> {
    const search = new URLSearchParams(query).toString();
    return this.#call('GET', search === '' ? path : `${path}?${search}`, undefined, callTimeout, signal);
  }

  /** @throws SendFailure when no whole answer came */
  post(path: string, body: Json, signal?: AbortSignal): Promise<GraphAnswer> {
    const json = { type: 'application/json', bytes: JSON.stringify(body) };
    return this.#call('POST', path, json, callTimeout, signal);
  }

  /** @throws SendFailure when no whole answer came */
  upload(path: string, body: GraphBody, signal?: AbortSignal): Promise<GraphAnswer> {
    return this.#call('POST', path, body, fileTimeout, signal);
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    body: GraphBody | undefined,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<GraphAnswer> {
    const { graphUrl, graphVersion, accessToken } = this.#config;
    const answer = await this.#outgoing.send({
      url: `${graphUrl.replace(/\/+$/, '')}/${graphVersion}/${path}`,
      method,
      headers: {
        authorization: `Bearer ${accessToken}`,
        ...(body && { 'content-type': body.type }),
        ...(body?.length !== undefined && { 'content-length': String(body.length) }),
      },
      ...(body && { body: body.bytes }),
      timeoutMs,
      maxAnswerBytes: longestAnswer,
      signal,
    });
    return { status: answer.status, body: readObject(answer.body.toString()) ?? null };
  }
}

/** A text that is not empty; numbers, in which some write ids, count as theirs. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

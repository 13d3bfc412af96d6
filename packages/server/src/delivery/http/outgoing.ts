import { lookup } from 'node:dns/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent } from 'undici';
import type { Scheduler } from '../../core/clock.ts';
import { type CheckedUrl, Guard, type Resolve } from './guard.ts';
import { SendFailure } from './send-failure.ts';

/** For a connection to stand, in milliseconds; a request may end earlier. */
const connectTimeout = 10_000;

export interface OutgoingRequest {
  /** Absolute, http or https. User and password in it become Basic authentication; a fragment is not sent. */
  url: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** From now to the end of the answer, by the clock of the server. */
  timeoutMs: number;
  /** Largest body that is taken. */
  maxAnswerBytes: number;
  signal?: AbortSignal | undefined;
}

export interface OutgoingAnswer {
  /** Any: redirects are not followed, since they could lead where the URL could not. */
  status: number;
  /** Names in lower case. */
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface OutgoingOptions {
  clock: Scheduler;
  /** What may be called beyond the public internet, in CIDR form: the setting `outgoingNetworks`. */
  networks: readonly string[];
  /** The operating system's when left out. */
  resolve?: Resolve;
  /** To one host at a time, 64 when left out. More requests than that wait for each other, and their time runs. */
  connectionsPerOrigin?: number;
}

/** Calls addresses that others have given us: every such request of the server goes through here. */
export class Outgoing {
  readonly #clock: Scheduler;
  readonly #guard: Guard;
  readonly #agent: Agent;

  constructor(options: OutgoingOptions) {
    const { clock, networks, resolve = resolveBySystem, connectionsPerOrigin = 64 } = options;
    this.#clock = clock;
    this.#guard = new Guard(networks, resolve);
    this.#agent = new Agent({
      connections: connectionsPerOrigin,
      // The whole request has a time-out of its own, which follows the clock.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: connectTimeout, lookup: this.#guard.lookup },
    });
  }

  /** @throws SendFailure when no whole answer came, whatever the reason; an answer of any status is none */
  async send(request: OutgoingRequest): Promise<OutgoingAnswer> {
    const url = this.#guard.check(request.url);
    if (request.signal?.aborted) throw cancelled();
    const abort = new AbortController();
    const onCancel = () => abort.abort(cancelled());
    request.signal?.addEventListener('abort', onCancel, { once: true });
    const callOff = this.#clock.at(this.#clock.now() + request.timeoutMs, () =>
      abort.abort(new SendFailure('timeout', `No whole answer within ${request.timeoutMs} ms.`)),
    );
    // Undici heeds the signal only once there is a connection; nothing is sent when there is one afterwards.
    const givenUp = new Promise<never>((_resolve, reject) => {
      abort.signal.addEventListener('abort', () => reject(abort.signal.reason), { once: true });
    });
    try {
      return await Promise.race([this.#exchange(url, request, abort.signal), givenUp]);
    } catch (error) {
      throw asFailure(error);
    } finally {
      callOff();
      request.signal?.removeEventListener('abort', onCancel);
    }
  }

  async #exchange(
    { origin, path, authorization }: CheckedUrl,
    { method, headers, body, maxAnswerBytes }: OutgoingRequest,
    signal: AbortSignal,
  ): Promise<OutgoingAnswer> {
    const answer = await this.#agent.request({
      origin,
      path,
      method,
      headers: { ...(authorization !== undefined && { authorization }), ...headers },
      body: body ?? null,
      signal,
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: await readBody(answer.body, maxAnswerBytes),
    };
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

const resolveBySystem: Resolve = (hostname) => lookup(hostname, { all: true });

function cancelled(): SendFailure {
  return new SendFailure('cancelled', 'The request was called off.');
}

async function readBody(stream: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stream) {
    size += piece.length;
    // Leaving the loop ends the stream and with it the connection.
    if (size > limit) throw new SendFailure('tooLarge', `The answer's body is larger than ${limit} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function asFailure(error: unknown): SendFailure {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof SendFailure) return cause;
  const { code, message } = error as NodeJS.ErrnoException;
  return new SendFailure('connection', code ?? message, error);
}

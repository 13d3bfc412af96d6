import { lookup } from 'node:dns/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { pipeline, type Readable, Transform } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import type { Scheduler } from '../../core/clock.ts';
import { type CheckedUrl, Guard, type Resolve } from './guard.ts';
import { SendFailure } from './send-failure.ts';

/** For a connection to stand, in milliseconds; a request may end earlier. */
const connectTimeout = 10_000;
/** Before the answer; more of them would keep this process busy until the time is over. */
const mostInterim = 20;

export interface OutgoingRequest {
  /** Absolute, http or https. User and password in it become Basic authentication; a fragment is not sent. */
  url: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** A stream is sent in chunks unless the headers say how long it is. It is read once and destroyed in any case. */
  body?: string | Buffer | Readable;
  /** From now to the end of the answer, by the clock of the server. */
  timeoutMs: number;
  /** Largest body that is taken. */
  maxAnswerBytes: number;
  signal?: AbortSignal | undefined;
}

/** `2xx` and so on. */
export function statusClassOf({ status }: OutgoingAnswer): string {
  return `${Math.floor(status / 100)}xx`;
}

export interface OutgoingAnswer {
  /** Any: redirects are not followed, since they could lead where the URL could not. */
  status: number;
  /** Names in lower case. */
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** An answer whose body is still to come. */
export interface OpenAnswer extends Omit<OutgoingAnswer, 'body'> {
  /** Has to be read or destroyed. Fails with a SendFailure when the rest does not come, or is too much. */
  body: Readable;
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
    const exchange = this.#begin(request);
    const { givenUp, release } = exchange;
    const answer = async () => {
      const { statusCode: status, headers, body } = await this.#exchange(exchange, request);
      return { status, headers, body: await readBody(body, request.maxAnswerBytes) };
    };
    try {
      return await Promise.race([answer(), givenUp]);
    } catch (error) {
      throw asFailure(error);
    } finally {
      release();
    }
  }

  /**
   * The same for answers that are too large to be held: resolves with the headers.
   *
   * @throws SendFailure when they did not come
   */
  async open(request: OutgoingRequest): Promise<OpenAnswer> {
    const exchange = this.#begin(request);
    const { givenUp, release } = exchange;
    try {
      const { statusCode: status, headers, body } = await Promise.race([this.#exchange(exchange, request), givenUp]);
      return { status, headers, body: limited(body, request.maxAnswerBytes, release) };
    } catch (error) {
      release();
      throw asFailure(error);
    }
  }

  #begin(request: OutgoingRequest): Exchange {
    const body = typeof request.body === 'object' && 'destroy' in request.body ? request.body : undefined;
    try {
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
      givenUp.catch(() => {});
      const release = () => {
        callOff();
        request.signal?.removeEventListener('abort', onCancel);
        body?.destroy();
      };
      return { url, abort, givenUp, release };
    } catch (error) {
      body?.destroy();
      throw error;
    }
  }

  #exchange(
    { url: { origin, path, authorization }, abort }: Exchange,
    { method, headers, body }: OutgoingRequest,
  ): Promise<Dispatcher.ResponseData> {
    let interim = 0;
    return this.#agent.request({
      origin,
      path,
      method,
      headers: { ...(authorization !== undefined && { authorization }), ...headers },
      body: body ?? null,
      signal: abort.signal,
      onInfo: () => {
        interim += 1;
        if (interim > mostInterim) abort.abort(new SendFailure('connection', 'There is no end of interim answers.'));
      },
    });
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

interface Exchange {
  url: CheckedUrl;
  abort: AbortController;
  /** Rejects when that aborts. */
  givenUp: Promise<never>;
  release: () => void;
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

function limited(body: Readable, limit: number, release: () => void): Readable {
  let size = 0;
  const counter = new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      size += piece.length;
      if (size <= limit) done(null, piece);
      else done(new SendFailure('tooLarge', `The answer's body is larger than ${limit} bytes.`));
    },
    destroy: (error, done) => done(error && asFailure(error)),
  });
  return pipeline(body, counter, release);
}

function asFailure(error: unknown): SendFailure {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof SendFailure) return cause;
  const { code, message } = error as NodeJS.ErrnoException;
  return new SendFailure('connection', code ?? message, error);
}

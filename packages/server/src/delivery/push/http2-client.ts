import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';
import type { Scheduler } from '../../core/clock.ts';

/** From a request to the end of its answer, by the clock of the server. */
const requestTimeout = 20_000;
/** Errors of push services are a few hundred characters. */
const longestAnswer = 64 * 1024;
/** A connection that is used no more is closed by us; some networks only drop what goes over it. */
const idleTimeout = 10 * 60 * 1000;

export interface Http2Request {
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface Http2Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Certificates, as PEM. */
export type Http2Tls = Pick<SecureClientSessionOptions, 'ca' | 'cert' | 'key'>;

/** The code of a failure that is our own doing: the server stops, or others may have the work by now. */
export const calledOff = 'aborted';

/** A request that has no answer. Its `code` is Node's, `timeout` or `calledOff`. */
export class Http2Failure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'Http2Failure';
    this.code = code;
  }
}

/**
 * POST requests to one host over one HTTP/2 connection, as both push services want it: it is kept, carries all requests
 * at once, and is opened again when it is needed and gone.
 */
export class Http2Client {
  readonly #origin: string;
  readonly #clock: Scheduler;
  readonly #tls: Http2Tls;
  #session: ClientHttp2Session | undefined;
  readonly #why = new WeakMap<ClientHttp2Session, Error>();

  constructor(origin: string, clock: Scheduler, tls: Http2Tls = {}) {
    this.#origin = origin;
    this.#clock = clock;
    this.#tls = tls;
  }

  /** @throws Http2Failure when there is no whole answer */
  post({ path, headers, body }: Http2Request, signal: AbortSignal): Promise<Http2Answer> {
    return new Promise((resolve, reject) => {
      const callingOff = () => new Http2Failure(calledOff, 'The request was called off.');
      if (signal.aborted) return reject(callingOff());
      const session = this.#connected();
      const stream = session.request({ ...headers, ':method': 'POST', ':path': path });
      let answer: IncomingHttpHeaders = {};
      let text = '';
      const end = (failure?: Http2Failure) => {
        callOff();
        signal.removeEventListener('abort', abort);
        if (!failure) return resolve({ status: Number(answer[':status']), headers: answer, body: text });
        stream.close(constants.NGHTTP2_CANCEL);
        reject(failure);
      };
      const abort = () => end(callingOff());
      const callOff = this.#clock.at(this.#clock.now() + requestTimeout, () => {
        // Whatever is wrong with the connection, the next request gets another one.
        this.#forget(session);
        session.close();
        end(new Http2Failure('timeout', `${this.#origin} did not answer in ${requestTimeout / 1000} s.`));
      });
      signal.addEventListener('abort', abort, { once: true });
      stream.setEncoding('utf8');
      stream.on('response', (received) => {
        answer = received;
      });
      stream.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > longestAnswer) end(new Http2Failure('too-long', `${this.#origin} answered without end.`));
      });
      stream.on('error', (error: NodeJS.ErrnoException) => end(this.#failure(this.#why.get(session) ?? error)));
      stream.on('close', () => {
        // Also after an answer that broke off: `end` is called once only, the first time counts.
        if (answer[':status'] !== undefined && stream.rstCode === constants.NGHTTP2_NO_ERROR) return end();
        end(this.#failure(this.#why.get(session) ?? new Error('The connection was closed.')));
      });
      stream.end(body);
    });
  }

  /** What is under way fails. */
  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connected(): ClientHttp2Session {
    const known = this.#session;
    if (known && !known.closed && !known.destroyed) return known;
    const session = connect(this.#origin, this.#tls);
    this.#session = session;
    session.on('error', (error) => {
      this.#why.set(session, error);
      this.#forget(session);
    });
    // After this the other side takes no new requests.
    session.on('goaway', () => this.#forget(session));
    session.on('close', () => this.#forget(session));
    session.setTimeout(idleTimeout, () => session.close());
    return session;
  }

  #forget(session: ClientHttp2Session): void {
    if (this.#session === session) this.#session = undefined;
  }

  #failure(error: NodeJS.ErrnoException): Http2Failure {
    return new Http2Failure(error.code ?? 'failed', `${this.#origin}: ${error.message}`);
  }
}

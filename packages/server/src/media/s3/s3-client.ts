import { setTimeout } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { systemClock } from '../../core/clock.ts';

/** A bucket, and who may use it. */
export interface S3Bucket {
  /** Where the S3 API is, `https://s3.eu-central-1.amazonaws.com` or another server's; without a slash at its end. */
  endpoint: string;
  region: string;
  bucket: string;
  /** What the keys of all objects begin with; may be empty. */
  prefix: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Is the bucket named in the path? Otherwise it is the first label of the host name. */
  pathStyle: boolean;
}

/** The server answered, and said no. */
export class S3Error extends Error {
  readonly status: number;
  /** The service's own word: `NoSuchKey`, `NotImplemented` … */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = 'S3Error';
    this.status = status;
    this.code = code;
  }
}

/** How long a call may take: for a part of 8 MiB it allows a line of 1.2 Mbit/s. */
const callTimeout = 60_000;
/** How often a call is made that meets a broken line, an error of the server or a limit of its rates. */
const attempts = 4;

export interface S3Call {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Below the bucket; undefined for the bucket itself. */
  key?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer> | string;
  signal?: AbortSignal;
}

/** Signed calls to one bucket (AWS Signature Version 4). */
export class S3Client {
  readonly #bucket: S3Bucket;
  readonly #aws: AwsClient;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
    const { accessKeyId, secretAccessKey, region } = bucket;
    this.#aws = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
  }

  /**
   * @returns an answer of status 2xx, whose body is for the caller to read
   * @throws S3Error when the answer is another
   */
  async call({ method, key, query, headers, body, signal }: S3Call): Promise<Response> {
    const url = this.urlOf(key);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const init = { method, ...(headers && { headers }), ...(body !== undefined && { body }) };
    for (let attempt = 1; ; attempt += 1) {
      const problem = await this.#try(url.href, init, signal);
      if (problem instanceof Response) return problem;
      if (attempt === attempts || signal?.aborted || !isPassing(problem)) throw problem;
      await setTimeout(Math.random() * 100 * 2 ** attempt);
    }
  }

  async #try(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response | Error> {
    // The time-out is for the answer to begin; how long a body takes to be read is its reader's business.
    const late = new AbortController();
    const callOff = systemClock.at(systemClock.now() + callTimeout, () => late.abort());
    try {
      const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
      const response = await this.#aws.fetch(url, { ...init, signal: either });
      return response.ok ? response : await errorOf(response);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      callOff();
    }
  }

  /** Where an object is, or without a key the bucket. */
  urlOf(key: string | undefined): URL {
    const { endpoint, bucket, pathStyle, prefix } = this.#bucket;
    const url = new URL(endpoint);
    if (!pathStyle) url.hostname = `${bucket}.${url.hostname}`;
    const segments = pathStyle ? [bucket] : [];
    if (key !== undefined) segments.push(...`${prefix}${key}`.split('/'));
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${segments.map(encodeURIComponent).join('/')}`;
    return url;
  }

  /** The key of an object as the bucket lists it. */
  fullKey(key: string): string {
    return `${this.#bucket.prefix}${key}`;
  }
}

/** May the same call succeed soon? */
function isPassing(error: Error): boolean {
  if (!(error instanceof S3Error)) return true;
  return error.status === 429 || (error.status >= 500 && error.status !== 501);
}

async function errorOf(response: Response): Promise<S3Error> {
  const text = await response.text();
  const code = elementOf(text, 'Code') ?? response.statusText;
  return new S3Error(response.status, code, elementOf(text, 'Message') ?? `status ${response.status}`);
}

/** The text of the first element of that name. What we ask for holds neither nested elements nor entities. */
export function elementOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

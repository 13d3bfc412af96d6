/** The compact form in which the resources' files declare operations. */
import { type Fields, integer, text } from './fields.ts';
import type { SchemaName } from './schemas.ts';

export type DescribedMethod = 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH';

/** Under what a path is found: see `scopePrefixes`. */
export type Scope = 'account' | 'service' | 'both' | 'root';

export interface Answer {
  status: 200 | 201 | 202 | 204 | 302 | 503;
  /** Left out: no body, or `type` says what. */
  schema?: SchemaName;
  /** The answer is a page of a list with this array. */
  listKey?: string;
  /** The answer is a bare array of such. */
  isArray?: true;
  /** Content type of an answer that is not JSON. */
  type?: string;
}

export type Verb = 'list' | 'fetch' | 'create' | 'update' | 'remove';

export interface OperationDescription {
  verb: Verb;
  /** A sentence. */
  summary: string;
  query: Fields;
  headers: Fields;
  /** Form fields of the body. */
  form?: Fields;
  /** Members of a JSON body. */
  json?: Fields;
  /** The body is the bytes of a file. */
  raw?: true;
  answers: readonly Answer[];
  /** Whoever asks needs no credentials. */
  open?: true;
}

export interface EndpointDescription {
  scope: Scope;
  /** With `{Names}`, below the scope's prefix. */
  path: string;
  operations: { readonly [M in DescribedMethod]?: OperationDescription };
}

export interface ResourceDescription {
  name: string;
  /** What it is, in a sentence or two. */
  about: string;
  /** What refusals look like, where they differ from the rest. */
  errors?: SchemaName;
  endpoints: readonly EndpointDescription[];
}

type Operations = EndpointDescription['operations'];
type More = Partial<Pick<OperationDescription, 'query' | 'headers' | 'json' | 'raw' | 'open'>>;

/** Below `/v1`, for what an account has one of. */
export const ofAccount = (path: string, operations: Operations) => ({ scope: 'account', path, operations }) as const;
/** Below `/v1/Services/{ChatServiceSid}` only. */
export const ofService = (path: string, operations: Operations) => ({ scope: 'service', path, operations }) as const;
/** Below `/v1` for the account's default service, and below each service. */
export const ofBoth = (path: string, operations: Operations) => ({ scope: 'both', path, operations }) as const;
/** The whole path. */
export const atRoot = (path: string, operations: Operations) => ({ scope: 'root', path, operations }) as const;

const webhookHeader: Fields = {
  'X-Twilio-Webhook-Enabled': {
    schema: { type: 'string', enum: ['true', 'false'] },
    about: 'Whether webhooks are told of this change; without it they are not.',
    required: false,
  },
};

/** Of every operation that creates or changes. */
export const idempotencyHeader: Fields = {
  'Idempotency-Key': text('Repeating a request with the same key gives the first answer again.', 'idempotencyKey'),
};

/** Adds the header that asks for webhooks. */
export function withWebhooks(operation: OperationDescription): OperationDescription {
  return { ...operation, headers: { ...operation.headers, ...webhookHeader } };
}

/** Nothing but the description itself needs credentials to be read. */
export function withoutCredentials(operation: OperationDescription): OperationDescription {
  return { ...operation, open: true };
}

export function lists(
  schema: SchemaName,
  listKey: string,
  max: number,
  summary: string,
  filters: Fields = {},
): OperationDescription {
  const paging = {
    PageSize: integer(`How many on a page; more than ${max} are cut down to it.`, { min: 1, max }),
    Page: integer('Counts the pages for the caller; the token has the position.', { min: 0 }),
    PageToken: text('Position in the list, from the URLs of another page.'),
  };
  const answers = [{ status: 200, schema, listKey }] as const;
  return { verb: 'list', summary, query: { ...filters, ...paging }, headers: {}, answers };
}

export function fetches(schema: SchemaName, summary: string, more: More = {}): OperationDescription {
  return { verb: 'fetch', summary, query: {}, headers: {}, answers: [{ status: 200, schema }], ...more };
}

export function creates(schema: SchemaName, summary: string, form: Fields): OperationDescription {
  const answers = [{ status: 201, schema }] as const;
  return { verb: 'create', summary, query: {}, headers: idempotencyHeader, form, answers };
}

export function updates(schema: SchemaName, summary: string, form: Fields): OperationDescription {
  const answers = [{ status: 200, schema }] as const;
  return { verb: 'update', summary, query: {}, headers: idempotencyHeader, form, answers };
}

export function removes(summary: string): OperationDescription {
  return { verb: 'remove', summary, query: {}, headers: {}, answers: [{ status: 204 }] };
}

/** For what is not of the contract: JSON in both directions. */
export function posts(status: 200 | 201, schema: SchemaName, summary: string, more: More): OperationDescription {
  const answers = [{ status, schema }] as const;
  return { verb: 'create', summary, query: {}, headers: idempotencyHeader, answers, ...more };
}

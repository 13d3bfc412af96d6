import type { FastifyRequest } from 'fastify';
import type { AccountActor } from '../../core/actor.ts';
import type { Command } from '../../core/command.ts';
import type { Core } from '../../core/core.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';
import type { Vault } from '../../storage/vault.ts';
import { notFound } from '../http/errors.ts';
import { parseForm, queryOf } from '../http/form-body.ts';
import { commandKey } from '../http/idempotency.ts';
import { parseJson } from '../http/json.ts';
import type { Parameters } from '../http/parameters.ts';
import { publicUrlOf } from '../http/public-url.ts';
import { segmentOf } from '../http/segment.ts';
import type { PageTokens } from './page-tokens.ts';

/** What every operation works with. */
export interface CallContext {
  core: Core;
  actor: AccountActor;
  /** Null: derived from each request. */
  publicUrl: string | null;
  pageTokens: PageTokens;
  /** For the secrets of others. */
  vault: Vault;
  /** Does a proxy address belong to the account? */
  ownsAddress: (proxyAddress: string) => Promise<boolean>;
  /** Is group texting switched on? */
  groupTexting: boolean;
}

const jsonType = /^application\/json *(?:;|$)/i;
const formType = /^application\/x-www-form-urlencoded *(?:;|$)/i;

/**
 * One request, as an operation sees it. Path, query and body are read when they are asked for: the contract
 * wants to know first that what the path names exists (behaviour reference, section 2.3).
 */
export class Call {
  readonly core: Core;
  #actor: AccountActor;
  readonly pageTokens: PageTokens;
  readonly vault: Vault;
  readonly ownsAddress: CallContext['ownsAddress'];
  readonly groupTexting: boolean;
  /** Absolute URL of the version, without a slash at its end. */
  readonly versionUrl: string;
  readonly #request: FastifyRequest;

  constructor(context: CallContext, request: FastifyRequest) {
    this.core = context.core;
    this.#actor = context.actor;
    this.pageTokens = context.pageTokens;
    this.vault = context.vault;
    this.ownsAddress = context.ownsAddress;
    this.groupTexting = context.groupTexting;
    this.versionUrl = `${publicUrlOf(request, context.publicUrl)}/v1`;
    this.#request = request;
  }

  get actor(): AccountActor {
    return this.#actor;
  }

  /** From now on webhooks are told of the changes that this call makes. */
  tellWebhooks(): void {
    this.#actor = { ...this.#actor, firesWebhooks: true };
  }

  /** Runs a change; once, if the request says by its `Idempotency-Key` that it is a repetition. */
  run<Input, Output>(command: Command<Input, Output>, input: Input): Promise<Output> {
    return this.core.run(command, this.actor, input, commandKey(this.#request));
  }

  /** A segment of the path, decoded. */
  segment(name: string): string {
    return segmentOf(this.#request, name);
  }

  get query(): Parameters {
    return queryOf(this.#request);
  }

  get form(): Parameters {
    const body = this.#request.body as Buffer | undefined;
    if (body === undefined || body.length === 0) return parseForm(Buffer.alloc(0), 'body');
    const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = this.#request.headers;
    if (!formType.test(type) || encoding.toLowerCase() !== 'identity') throw refuse(20415);
    return parseForm(body, 'body');
  }

  /** Of the few operations that take JSON. */
  get json(): unknown {
    const body = this.#request.body as Buffer | undefined;
    if (body === undefined || body.length === 0) return {};
    const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = this.#request.headers;
    if (!jsonType.test(type) || encoding.toLowerCase() !== 'identity') throw refuse(20415);
    return parseJson(body);
  }

  /** What the path names is not there. */
  notFound(): Refusal {
    return notFound(this.#request);
  }
}

/** The service that a path is about: named in it, or else the account's default. */
export interface Scope {
  service: string;
  /** Is it named in the path? Then it also is in all URLs of the answer. */
  named: boolean;
  /** Absolute URL below which its resources are, without a slash at its end. */
  url: string;
}

export class ServiceCall extends Call {
  readonly scope: Scope;

  constructor(context: CallContext, request: FastifyRequest, service: string, named: boolean) {
    super(context, request);
    this.scope = { service, named, url: named ? `${this.versionUrl}/Services/${service}` : this.versionUrl };
  }
}

import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { loadAccount } from '../../core/accounts/actions.ts';
import { Refusal } from '../../core/refusal.ts';
import { findService } from '../../core/services/actions.ts';
import { allowed, corsHeaders, type Method } from '../http/cors.ts';
import { notFound } from '../http/errors.ts';
import { Call, type CallContext, ServiceCall } from './call.ts';

/** What one method does at one path. */
export interface Operation<C> {
  status: 200 | 201 | 204;
  /** Where the answer decides. */
  statusOf?: (body: Record<string, unknown>) => number;
  run: (call: C) => Promise<object | undefined>;
  /** Does it tell webhooks of its change when `X-Twilio-Webhook-Enabled` asks for that? Others ignore the header. */
  tellsWebhooks?: true;
}

/** A path below `/v1`, or below that and below each service, with a name after each colon. */
export interface Endpoint<C> {
  path: string;
  operations: { readonly [M in Method]?: Operation<C> };
}

export function reads<C>(run: (call: C) => Promise<object>): Operation<C> {
  return { status: 200, run };
}

export function creates<C>(run: (call: C) => Promise<object>): Operation<C> {
  return { status: 201, run };
}

export function updates<C>(run: (call: C) => Promise<object>): Operation<C> {
  return { status: 200, run };
}

export function removes<C>(run: (call: C) => Promise<unknown>): Operation<C> {
  return {
    status: 204,
    run: async (call) => {
      await run(call);
      return undefined;
    },
  };
}

/** Marks one of the operations that the contract lets tell webhooks. */
export function tellsWebhooks<C>(operation: Operation<C>): Operation<C> {
  return { ...operation, tellsWebhooks: true };
}

/** Commands say that a thing is not there by a code of its own; here the path named it. */
const absences: ReadonlySet<number> = new Set([50050, 50200, 50350, 50360, 50432, 50500]);

export type Authenticate = (header: string | undefined) => Refusal | undefined;

/** Gives an endpoint its routes. @returns the paths it now has */
function mount<C extends Call>(
  app: FastifyInstance,
  path: string,
  endpoint: Endpoint<C>,
  authenticate: Authenticate,
  callOf: (request: FastifyRequest) => C | Promise<C>,
): MountedPath {
  const methods = Object.keys(endpoint.operations) as Method[];
  const headers = corsHeaders(methods);
  const onRequest: onRequestHookHandler = (request, reply, done) => {
    reply.headers(headers);
    done(authenticate(request.headers.authorization));
  };
  for (const method of methods) {
    const operation = endpoint.operations[method];
    if (!operation) continue;
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        const call = await callOf(request);
        if (operation.tellsWebhooks && asksForWebhooks(request)) call.tellWebhooks();
        const body = await operation.run(call);
        const status = body && operation.statusOf ? operation.statusOf({ ...body }) : operation.status;
        return await reply.code(status).send(body);
      } catch (error) {
        // A path without names names nothing: it is what the body named that is not there.
        const absent = path.includes(':') && error instanceof Refusal && absences.has(error.code);
        throw absent ? notFound(request) : error;
      }
    };
    app.route({ method, url: path, onRequest, handler });
  }
  // A browser asks before it sends credentials.
  app.options(path, (_request, reply) => reply.code(204).headers(headers).header('Allow', allowed(methods)).send());
  return new MountedPath(path, methods);
}

/** Contract: `true` in any letter case. */
function asksForWebhooks({ headers }: FastifyRequest): boolean {
  return String(headers['x-twilio-webhook-enabled']).toLowerCase() === 'true';
}

/** A path that some methods are allowed on. */
export class MountedPath {
  readonly methods: readonly Method[];
  readonly #form: RegExp;

  constructor(path: string, methods: readonly Method[]) {
    this.methods = methods;
    this.#form = new RegExp(`^/v1${path.replace(/:\w+/g, '[^/]*')}$`);
  }

  matches(path: string): boolean {
    return this.#form.test(path);
  }
}

export function mountAccountEndpoint(
  app: FastifyInstance,
  endpoint: Endpoint<Call>,
  context: CallContext,
  authenticate: Authenticate,
): MountedPath {
  return mount(app, endpoint.path, endpoint, authenticate, (request) => new Call(context, request));
}

/** Below a service that the path names. */
export function mountServiceEndpoint(
  app: FastifyInstance,
  endpoint: Endpoint<ServiceCall>,
  context: CallContext,
  authenticate: Authenticate,
): MountedPath {
  return mount(app, `/Services/:service${endpoint.path}`, endpoint, authenticate, async (request) => {
    const { service } = request.params as { service: string };
    const row = await findService(context.core.db, context.actor.account, service);
    if (!row) throw notFound(request);
    return new ServiceCall(context, request, row.sid, true);
  });
}

/** The short path, which stands for the account's default service. */
export function mountDefaultServiceEndpoint(
  app: FastifyInstance,
  endpoint: Endpoint<ServiceCall>,
  context: CallContext,
  authenticate: Authenticate,
): MountedPath {
  const defaultService = onceATurn(async () => {
    const account = await loadAccount(context.core.db, context.actor.account);
    return account.default_chat_service_sid;
  });
  return mount(
    app,
    endpoint.path,
    endpoint,
    authenticate,
    async (request) => new ServiceCall(context, request, await defaultService(), false),
  );
}

/**
 * All requests that one turn of the event loop reads share a read: it is a tenth of what sending a message costs
 * this thread. None of them can have come later than an answer that told its caller of a change.
 */
function onceATurn<T>(read: () => Promise<T>): () => Promise<T> {
  let shared: Promise<T> | undefined;
  return () => {
    if (!shared) {
      shared = read();
      setImmediate(() => {
        shared = undefined;
      });
    }
    return shared;
  };
}

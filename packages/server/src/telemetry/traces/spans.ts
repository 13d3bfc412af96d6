import type { FastifyRequest } from 'fastify';
import type { Batch } from '../../core/witness.ts';
import type { Call, Outcome } from '../../storage/driver.ts';
import { context } from '../context.ts';
import { parseTraceParent } from '../traceparent.ts';
import type { OpenSpan, Tracing } from './tracing.ts';

/** The spans of what goes on in the server. What belongs to no request makes none: nobody would ask for it. */
export class Spans {
  readonly #tracing: Tracing;
  readonly #ofCalls = new WeakMap<Call, OpenSpan>();
  readonly #ofRequests = new WeakMap<FastifyRequest, OpenSpan>();

  constructor(tracing: Tracing) {
    this.#tracing = tracing;
  }

  beginRequest(request: FastifyRequest, route: string): void {
    const { method, id, headers } = request;
    const given = headers['traceparent'];
    const parent = parseTraceParent(given) ? String(given) : undefined;
    const attributes = { 'http.request.method': method, 'http.route': route, 'colloquy.request': id };
    this.#ofRequests.set(request, this.#tracing.begin(`${method} ${route}`, 'server', parent, attributes));
  }

  ofRequest(request: FastifyRequest): OpenSpan | undefined {
    return this.#ofRequests.get(request);
  }

  endRequest(request: FastifyRequest, status: number, code: number | undefined): void {
    const attributes = { 'http.response.status_code': status, ...(code !== undefined && { 'colloquy.code': code }) };
    this.#ofRequests.get(request)?.end(attributes, status >= 500 ? String(code ?? status) : undefined);
  }

  /** From somebody who sends no parent. */
  beginMethod(api: string, method: string, session: string): OpenSpan {
    return this.#tracing.begin(`${api} ${method}`, 'server', undefined, { 'colloquy.session': session });
  }

  /** @param parent of the request that the work came from */
  beginWork(work: { kind: string; id: string; attempt: number }, parent: string): OpenSpan {
    const attributes = { 'colloquy.work': work.id, 'colloquy.attempt': work.attempt };
    return this.#tracing.begin(`outbox ${work.kind}`, 'consumer', parent, attributes);
  }

  /** Undefined outside of what makes spans. */
  beginAttempt(name: string): OpenSpan | undefined {
    const parent = context.getStore()?.span;
    return parent && this.#tracing.begin(name, 'client', parent);
  }

  /** What follows from the call belongs to its span. */
  queued(call: Call): void {
    const parent = context.getStore()?.span;
    if (!parent) return;
    const span = this.#tracing.begin(`${call.rehearsal ? 'rehearse' : 'command'} ${call.command}`, 'internal', parent);
    this.#ofCalls.set(call, span);
    call.trace = span.parent;
  }

  ended({ calls, began, ended, committed }: Batch): void {
    for (const [at, { call, queued }] of calls.entries()) {
      const span = this.#ofCalls.get(call);
      if (!span) continue;
      this.#tracing.begin('wait', 'internal', span, {}, queued).end({}, undefined, began);
      const commit = this.#tracing.begin('commit', 'internal', span, { 'colloquy.commands': calls.length }, began);
      commit.end({}, committed ? undefined : 'lost', ended);
      span.end({}, errorOf(committed?.outcomes[at]), ended);
    }
  }
}

/** A refusal is an answer like others. */
function errorOf(outcome: Outcome | undefined): string | undefined {
  if (!outcome) return 'lost';
  return outcome.ok || 'refusal' in outcome ? undefined : 'fault';
}

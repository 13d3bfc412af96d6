import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Batch } from '../core/witness.ts';
import type { Call } from '../storage/driver.ts';
import { context } from './context.ts';
import type { Metrics } from './metrics/metrics.ts';
import { Spans } from './traces/spans.ts';
import type { Tracing } from './traces/tracing.ts';
import type { Attempt, SessionApi, Watch } from './watch.ts';

/** Makes figures, traces, log lines and their context of what the parts of the server tell. */
export class Telemetry implements Watch {
  /** Undefined: nobody wants them. */
  readonly metrics: Metrics | undefined;
  readonly spans: Spans | undefined;
  /** Gets a line for each request, if that is wanted. */
  readonly requestLog: Logger | undefined;
  readonly #tracing: Tracing | undefined;

  /** Loads what is wanted, and nothing else. */
  static async open(config: Config, logger: Logger): Promise<Telemetry> {
    const { traces } = config;
    const metrics = config.metrics === 'off' ? undefined : new (await import('./metrics/metrics.ts')).Metrics();
    const tracing =
      traces === undefined ? undefined : (await import('./traces/otlp.ts')).openTraces(traces, process.env, logger);
    return new Telemetry(metrics, tracing, config.requestLog === 'on' ? logger : undefined);
  }

  private constructor(metrics: Metrics | undefined, tracing: Tracing | undefined, requestLog: Logger | undefined) {
    this.metrics = metrics;
    this.#tracing = tracing;
    if (tracing) this.spans = new Spans(tracing);
    this.requestLog = requestLog;
  }

  queued(call: Call): void {
    this.spans?.queued(call);
  }

  ended(batch: Batch): void {
    this.metrics?.batch(batch);
    this.spans?.ended(batch);
  }

  request(
    { api, session, method }: { api: SessionApi; session: string; method: string },
    run: () => Promise<number>,
  ): Promise<unknown> {
    const span = this.spans?.beginMethod(api, method, session);
    return context.run({ session, method, ...(span && { span, trace: span.trace }) }, async () => {
      const began = performance.now();
      const code = await run();
      const ms = performance.now() - began;
      this.metrics?.sessionRequest(api, method, code, ms);
      span?.end(code === 0 ? {} : { 'colloquy.code': code }, code === 20500 ? String(code) : undefined);
      this.requestLog?.info({ api, ...(code !== 0 && { code }), ms: Math.round(ms * 10) / 10 }, 'answered');
    });
  }

  turnedAway(api: SessionApi, code: number): void {
    this.metrics?.error(api, code);
  }

  async work<T>(
    work: { kind: string; id: string; attempt: number; trace: string | null },
    run: () => Promise<T>,
  ): Promise<T> {
    const span = work.trace === null ? undefined : this.spans?.beginWork(work, work.trace);
    try {
      return await context.run({ work: work.id, ...(span && { span, trace: span.trace }) }, run);
    } finally {
      span?.end();
    }
  }

  async attempt<T>(attempt: Attempt, run: () => Promise<T>, outcomeOf: (result: T) => string): Promise<T> {
    const began = performance.now();
    const span = this.spans?.beginAttempt(`${attempt.kind} ${attempt.to}`);
    let outcome = 'failed';
    try {
      const result = await (span ? context.run({ ...context.getStore(), span }, run) : run());
      outcome = outcomeOf(result);
      return result;
    } finally {
      this.metrics?.attempt(attempt, outcome, performance.now() - began);
      span?.end({ 'colloquy.outcome': outcome }, outcome === 'failed' ? outcome : undefined);
    }
  }

  headers(): Record<string, string> {
    const span = context.getStore()?.span;
    return span ? { traceparent: span.parent } : {};
  }

  resumed(outcome: 'caught_up' | 'partly' | 'anew'): void {
    this.metrics?.resumed(outcome);
  }

  webhookEnded(outcome: 'delivered' | 'dead' | 'dropped'): void {
    this.metrics?.webhookEnded(outcome);
  }

  fellBehind(api: SessionApi): void {
    this.metrics?.fellBehind(api);
  }

  /** Hands on the traces that were not handed on yet. */
  async close(): Promise<void> {
    this.metrics?.close();
    await this.#tracing?.close();
  }
}

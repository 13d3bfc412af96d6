import type { Logger } from 'pino';
import type { Batch } from '../core/witness.ts';
import type { Call } from '../storage/driver.ts';
import { type Context, context } from './context.ts';
import { Metrics } from './metrics/metrics.ts';
import type { Attempt, SessionApi, Watch } from './watch.ts';

/** Makes figures and the context of log lines of what the parts of the server tell. */
export class Telemetry implements Watch {
  /** Undefined: nobody wants them. */
  readonly metrics: Metrics | undefined;

  readonly #log: Logger | undefined;

  /** @param options `log` gets a line for each request over a session */
  constructor({ metrics, log }: { metrics: boolean; log: Logger | undefined }) {
    if (metrics) this.metrics = new Metrics();
    this.#log = log;
  }

  queued(_call: Call): void {}

  ended(batch: Batch): void {
    this.metrics?.batch(batch);
  }

  request(
    { api, session, method }: { api: SessionApi; session: string; method: string },
    run: () => Promise<number>,
  ): Promise<unknown> {
    return context.run({ session, method }, async () => {
      const began = performance.now();
      const code = await run();
      const ms = performance.now() - began;
      this.metrics?.sessionRequest(api, method, code, ms);
      this.#log?.info({ api, ...(code !== 0 && { code }), ms: Math.round(ms * 10) / 10 }, 'answered');
    });
  }

  turnedAway(api: SessionApi, code: number): void {
    this.metrics?.error(api, code);
  }

  work<T>({ id }: { id: string }, run: () => Promise<T>): Promise<T> {
    const here: Context = { work: id };
    return context.run(here, run);
  }

  async attempt<T>(attempt: Attempt, run: () => Promise<T>, outcomeOf: (result: T) => string): Promise<T> {
    const began = performance.now();
    let outcome = 'failed';
    try {
      const result = await run();
      outcome = outcomeOf(result);
      return result;
    } finally {
      this.metrics?.attempt(attempt, outcome, performance.now() - began);
    }
  }

  resumed(outcome: 'caught_up' | 'partly' | 'anew'): void {
    this.metrics?.resumed(outcome);
  }

  fellBehind(api: SessionApi): void {
    this.metrics?.fellBehind(api);
  }

  close(): void {
    this.metrics?.close();
  }
}

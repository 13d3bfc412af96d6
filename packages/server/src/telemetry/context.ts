import { AsyncLocalStorage } from 'node:async_hooks';
import type { OpenSpan } from './traces/tracing.ts';

/** What is going on, as log lines name it. */
export interface Context {
  /** Id of a request over HTTP. */
  request?: string;
  /** Id of the trace that somebody outside, or this server, has it in. */
  trace?: string;
  /** Id of a session, and the method that it called. */
  session?: string;
  method?: string;
  /** Id of a piece of the outbox's work. */
  work?: string;
  /** Of a trace that this server makes: what comes next is a part of it. */
  span?: OpenSpan;
}

/** Follows the calls that a request or a piece of work makes, through everything that they wait for. */
export const context = new AsyncLocalStorage<Context>();

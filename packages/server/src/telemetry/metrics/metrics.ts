import { type ErrorCode, errors } from '@colloquy/protocol';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BusStatus } from '../../bus/shared/shared-bus.ts';
import { serverVersion } from '../../config/version.ts';
import type { Batch } from '../../core/witness.ts';
import type { Outcome } from '../../storage/driver.ts';
import type { Attempt, SessionApi } from '../watch.ts';
import { type Definition, type Definitions, definitions } from './definitions.ts';
import { watchProcess } from './process-metrics.ts';

/** Work of the outbox of one kind and state. */
export interface OutboxPart {
  kind: string;
  state: string;
  entries: number;
  /** Of the oldest; milliseconds. */
  age: number;
}

/** What is not counted as it happens but looked up when somebody asks. */
export interface Sources {
  /** What the server stores on. */
  storage: 'sqlite' | 'postgres';
  /** Commands that wait for a transaction or are in one. */
  queue(): { readonly waiting: number; readonly underWay: number };
  /** Connected clients by API. */
  sessions(): ReadonlyMap<SessionApi, { open: number; opened: number }>;
  /** Events handed to clients since the start. */
  deliveries(): number;
  /** Undefined of a server that has its database for itself. */
  bus(): BusStatus | undefined;
  /** As `/ready` says. */
  isReady(): Promise<boolean>;
  /** Undefined: it cannot be read now. */
  outbox(): Promise<readonly OutboxPart[] | undefined>;
}

const version = serverVersion();

type Instrument<D extends Definition> = D['kind'] extends 'histogram'
  ? Histogram<D['labels'][number]>
  : D['kind'] extends 'gauge'
    ? Gauge<D['labels'][number]>
    : Counter<D['labels'][number]>;
type Instruments = { readonly [Key in keyof Definitions]: Instrument<Definitions[Key]> };

/** The figures of one server. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #of: Instruments;
  readonly #process: ReturnType<typeof watchProcess>;
  #sources: Sources | undefined;

  constructor() {
    this.#of = Object.fromEntries(
      Object.entries(definitions).map(([key, definition]) => [key, instrument(definition, this.#registry)]),
    ) as unknown as Instruments;
    // A counter that begins with one has not grown, to whoever reads it: the first fault would go unnoticed.
    for (const api of ['rest', 'realtime', 'polling', 'twilsock'] as const)
      this.#of.errors.inc({ api, code: 20500 }, 0);
    for (const outcome of ['delivered', 'dead', 'dropped']) this.#of.webhookDeliveries.inc({ outcome }, 0);
    this.#process = watchProcess(this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Where to look up what is not counted. */
  readFrom(sources: Sources): void {
    this.#sources = sources;
  }

  /** All of it in the text format of Prometheus. */
  async read(): Promise<string> {
    if (this.#sources) await this.#lookUp(this.#sources);
    this.#process.read();
    return this.#registry.metrics();
  }

  /** Stops watching the process. */
  close(): void {
    this.#process.close();
  }

  /** @param ms from the head of the request to the end of its answer */
  httpRequest(method: string, route: string, status: number, ms: number): void {
    this.#of.httpRequests.observe({ method, route, status }, ms / 1000);
  }

  sessionRequest(api: SessionApi, method: string, code: number, ms: number): void {
    this.#of.sessionRequests.observe({ api, method, code }, ms / 1000);
    if (code !== 0) this.error(api, code);
  }

  error(api: 'rest' | SessionApi, code: number): void {
    this.#of.errors.inc({ api, code });
    if (errors[code as ErrorCode]?.status === 429) this.#of.rateLimited.inc({ api, code });
  }

  batch({ calls, began, ended, committed }: Batch): void {
    const { commandWaits, commandCommits, commits, batchCalls, events } = this.#of;
    const seconds = (ended - began) / 1000;
    commits.observe({ outcome: committed ? 'committed' : 'failed' }, seconds);
    batchCalls.observe(calls.length);
    for (const [at, { call, queued }] of calls.entries()) {
      const { command } = call;
      commandWaits.observe({ command }, (began - queued) / 1000);
      commandCommits.observe({ command, outcome: outcomeOf(committed?.outcomes[at]) }, seconds);
    }
    for (const { type } of committed?.events ?? []) events.inc({ type });
  }

  attempt({ kind, to }: Attempt, outcome: string, ms: number): void {
    this.#of.attempts.observe({ kind, to, outcome }, ms / 1000);
  }

  resumed(outcome: string): void {
    this.#of.resumes.inc({ outcome });
  }

  webhookEnded(outcome: string): void {
    this.#of.webhookDeliveries.inc({ outcome });
  }

  fellBehind(api: SessionApi): void {
    this.#of.fellBehind.inc({ api });
  }

  storageTrouble(): void {
    this.#of.storageTroubles.inc();
  }

  async #lookUp(sources: Sources): Promise<void> {
    const of = this.#of;
    of.build.set({ version, storage: sources.storage }, 1);
    const { waiting, underWay } = sources.queue();
    of.callsWaiting.set(waiting);
    of.callsUnderWay.set(underWay);
    for (const [api, { open, opened }] of sources.sessions()) {
      of.sessions.set({ api }, open);
      setCounter(of.sessionsOpened, { api }, opened);
    }
    setCounter(of.deliveries, {}, sources.deliveries());
    const bus = sources.bus();
    of.busConnected.set(bus?.isConnected === false ? 0 : 1);
    for (const direction of ['sent', 'received'] as const) {
      setCounter(of.busMessages, { direction }, bus?.[direction] ?? 0);
    }
    setCounter(of.busReads, {}, bus?.reads ?? 0);
    of.busStreams.set(bus?.streams ?? 0);
    of.ready.set((await sources.isReady()) ? 1 : 0);
    of.outboxEntries.reset();
    of.outboxAge.reset();
    for (const { kind, state, entries, age } of (await sources.outbox()) ?? []) {
      of.outboxEntries.set({ kind, state }, entries);
      of.outboxAge.set({ kind, state }, age / 1000);
    }
  }
}

function instrument({ kind, name, help, labels, buckets }: Definition, registry: Registry) {
  const configuration = { name, help, labelNames: labels, registers: [registry] };
  if (kind === 'histogram') return new Histogram({ ...configuration, ...(buckets && { buckets }) });
  return kind === 'gauge' ? new Gauge(configuration) : new Counter(configuration);
}

function outcomeOf(outcome: Outcome | undefined): string {
  if (!outcome || 'unavailable' in outcome) return 'lost';
  if (outcome.ok) return 'done';
  return 'refusal' in outcome ? 'refused' : 'fault';
}

/** Of what somebody else counts. */
export function setCounter<Label extends string>(
  counter: Counter<Label>,
  labels: Partial<Record<Label, string | number>>,
  value: number,
): void {
  counter.remove(labels);
  counter.inc(labels, value);
}

/** How a figure is kept and shown. */
export interface Definition<Label extends string = string> {
  kind: 'counter' | 'gauge' | 'histogram';
  /** As Prometheus sees it. */
  name: string;
  /** A whole sentence. */
  help: string;
  labels: readonly Label[];
  /** Upper bounds, of a histogram. */
  buckets?: number[];
}

/** From what a commit on a fast disk takes to what callers give up after. */
const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Of what crosses the internet. */
const remoteSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const amounts = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

function counter<const Label extends string = never>(name: string, help: string, labels: readonly Label[] = []) {
  return { kind: 'counter', name: `colloquy_${name}`, help, labels } as const;
}

function gauge<const Label extends string = never>(name: string, help: string, labels: readonly Label[] = []) {
  return { kind: 'gauge', name: `colloquy_${name}`, help, labels } as const;
}

function histogram<const Label extends string = never>(
  name: string,
  buckets: number[],
  help: string,
  labels: readonly Label[] = [],
) {
  return { kind: 'histogram', name: `colloquy_${name}`, help, labels, buckets } as const;
}

/** Every figure of our own, once: what is counted and the page about it both come from here. */
export const definitions = {
  build: gauge('build_info', 'Always 1; the labels say which version runs, and on what it stores.', [
    'version',
    'storage',
  ]),

  httpRequests: histogram(
    'http_request_duration_seconds',
    seconds,
    'How long requests over HTTP took, from their head to the end of their answer. `route` is the path with names in ' +
      'the place of values, `none` where there is no such path. Requests of clients without WebSockets wait up to 25 s ' +
      'for news, by design.',
    ['method', 'route', 'status'],
  ),
  sessionRequests: histogram(
    'session_request_duration_seconds',
    seconds,
    'How long requests took that came over an open connection. `code` is that of the error they were answered with, 0 ' +
      'for none.',
    ['api', 'method', 'code'],
  ),
  errors: counter(
    'request_errors_total',
    'Requests that were answered with an error, by its code (see the page about errors); `api` is `rest` or that of a ' +
      'connection.',
    ['api', 'code'],
  ),
  rateLimited: counter(
    'rate_limited_requests_total',
    'Those of them that were turned away since they came too often, or were too many.',
    ['api', 'code'],
  ),

  commandWaits: histogram(
    'command_wait_seconds',
    seconds,
    'How long commands (changes, by name) waited in the queue until their transaction began.',
    ['command'],
  ),
  commandCommits: histogram(
    'command_commit_seconds',
    seconds,
    'How long the transactions of commands took, until they were on disk. `outcome` is `done`, `refused` (a rule said ' +
      'no), `fault` (a mistake in the server) or `lost` (the transaction failed as a whole).',
    ['command', 'outcome'],
  ),
  commits: histogram(
    'commit_duration_seconds',
    seconds,
    'How long transactions took, each once, however many commands it carried. `outcome` is `committed` or `failed`.',
    ['outcome'],
  ),
  batchCalls: histogram('commit_commands', amounts, 'How many commands a transaction carried.'),
  callsWaiting: gauge(
    'commands_queued',
    'Commands that wait for a transaction. Beyond 20,000 new ones are turned away with 20503, but for those by which a server says that it lives, and claims and settles work.',
  ),
  callsUnderWay: gauge('commands_under_way', 'Commands in transactions that have begun and not ended.'),
  events: counter('events_total', 'Events that this server has written to the log, by type.', ['type']),

  sessions: gauge('sessions', 'Clients that are connected, by API; `polling` is the realtime API without WebSockets.', [
    'api',
  ]),
  sessionsOpened: counter('sessions_opened_total', 'Connections that clients have opened.', ['api']),
  fellBehind: counter(
    'sessions_fell_behind_total',
    'Connections that were closed since their client read too slowly; it comes back and gets what it missed.',
    ['api'],
  ),
  resumes: counter(
    'session_resumes_total',
    'Clients of the realtime API that came back. `outcome` is `caught_up` (it got every event that it missed), `partly` ' +
      '(of some conversations that was too much, and it reads them anew) or `anew` (it reads everything).',
    ['outcome'],
  ),
  deliveries: counter(
    'session_deliveries_total',
    'Events that were handed to connected clients: an event that ten of them hear counts ten times.',
  ),

  outboxEntries: gauge(
    'outbox_entries',
    'Work of the outbox by kind and state: `pending` (due, or for a later attempt), `waiting` (behind another one of ' +
      'its lane), `sending`, `dead` (failed for good, kept for an operator). What was given up of ' +
      'webhooks is not among these: `colloquy_webhook_deliveries_total` has it. Counted up to 10,000 of each, at most ' +
      'every 10 s. Of several servers of one database, each says the same.',
    ['kind', 'state'],
  ),
  outboxAge: gauge(
    'outbox_oldest_age_seconds',
    'How long ago the oldest of these was made. Work that is tried again is up to 24 hours old while a receiver is away.',
    ['kind', 'state'],
  ),
  attempts: histogram(
    'attempt_duration_seconds',
    remoteSeconds,
    'How long attempts took to reach somebody outside. `kind` is `channel`, `webhook`, `pre-webhook` or `push`; `to` is ' +
      'the type of the channel or the push service. `outcome` of channels is `accepted`, `rejected` or `unknown`; of ' +
      'webhooks the class of the status that was answered (`2xx`) or `failed`; of pushes `sent`, `gone`, `later` or ' +
      '`refused`.',
    ['kind', 'to', 'outcome'],
  ),
  webhookDeliveries: counter(
    'webhook_deliveries_total',
    'What was to be told to webhooks after a change, when it came to its end. `outcome` is `delivered`, `dead` (given up: ' +
      '`/v1/x/webhook-deliveries?state=dead` has it) or `dropped` (the webhook is not there any more).',
    ['outcome'],
  ),

  storageTroubles: counter(
    'storage_troubles_total',
    'Transactions and other work that failed for want of a working disk or database. Callers were told so.',
  ),
  busConnected: gauge(
    'bus_connected',
    'Whether the line to NATS is there: 1, or 0 while it is not. 1 as well where there is none by the configuration.',
  ),
  busMessages: counter(
    'bus_messages_total',
    'Messages between servers, as `direction` tells: those `sent` to NATS and those `received` from there.',
    ['direction'],
  ),
  busReads: counter(
    'bus_log_reads_total',
    'Times that a stream was read on from the log, since what others did there had not come over the bus, or not yet.',
  ),
  busStreams: gauge('bus_streams', 'Streams that are followed for those who are connected here.'),

  ready: gauge('ready', 'Whether `/ready` says yes: 1, or 0.'),
} satisfies Record<string, Definition>;

export type Definitions = typeof definitions;

function ofProcess(kind: 'counter' | 'gauge', name: string, help: string, labels: readonly string[] = []): Definition {
  return { kind, name, help, labels };
}

/** Of the process, under the names that Prometheus' own libraries give them; but those have collections as a histogram. */
export const processDefinitions = {
  cpu: ofProcess('counter', 'process_cpu_seconds_total', 'Processor time of the process, the writer thread included.'),
  start: ofProcess('gauge', 'process_start_time_seconds', 'When the process started, in seconds since 1970.'),
  memory: ofProcess('gauge', 'process_resident_memory_bytes', 'Memory of the machine that the process takes.'),
  files: ofProcess('gauge', 'process_open_fds', 'Open file descriptors, sockets among them; on Linux.'),
  heapUsed: ofProcess('gauge', 'nodejs_heap_size_used_bytes', 'Heap of the main thread that is used.'),
  heapTotal: ofProcess('gauge', 'nodejs_heap_size_total_bytes', 'Heap of the main thread.'),
  external: ofProcess('gauge', 'nodejs_external_memory_bytes', 'Memory outside of the heap that the heap refers to.'),
  lagMean: ofProcess(
    'gauge',
    'nodejs_eventloop_lag_mean_seconds',
    'How late the main thread is, since the last scrape.',
  ),
  lag99: ofProcess('gauge', 'nodejs_eventloop_lag_p99_seconds', 'The same, of which 99 % were shorter.'),
  lagMax: ofProcess('gauge', 'nodejs_eventloop_lag_max_seconds', 'The same, the longest.'),
  collections: ofProcess('counter', 'nodejs_gc_runs_total', 'Garbage collections of the main thread, by their kind.', [
    'kind',
  ]),
  collecting: ofProcess('counter', 'nodejs_gc_seconds_total', 'How long they took altogether.', ['kind']),
  version: ofProcess('gauge', 'nodejs_version_info', 'Always 1; the label says which Node.js runs.', ['version']),
} satisfies Record<string, Definition>;

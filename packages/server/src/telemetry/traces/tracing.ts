/** An operation that is under way, as a trace shows it. */
export interface OpenSpan {
  /** Of the whole trace: 32 hexadecimal digits. */
  readonly trace: string;
  /** Names it to others: W3C `traceparent`. */
  readonly parent: string;
  /**
   * @param error a word or a code when it failed
   * @param at milliseconds of `performance.now()`; now when left out
   */
  end(attributes?: Attributes, error?: string, at?: number): void;
}

export type Attributes = Readonly<Record<string, string | number>>;

/** What a span is to others: OpenTelemetry, SpanKind. */
export type SpanRole = 'server' | 'client' | 'consumer' | 'internal';

/** Makes spans, and hands them on to whoever collects them. */
export interface Tracing {
  /**
   * @param parent a span of this server, or a `traceparent` from outside; a new trace begins when left out
   * @param at milliseconds of `performance.now()`; now when left out
   */
  begin(
    name: string,
    role: SpanRole,
    parent: OpenSpan | string | undefined,
    attributes?: Attributes,
    at?: number,
  ): OpenSpan;
  /** Hands on what was not handed on yet. */
  close(): Promise<void>;
}

/**
 * Traces by OpenTelemetry, over OTLP/HTTP. Loaded only where the setting `traces` asks for it. Nothing of it is
 * registered globally: every server of a process has its own.
 */
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { serverVersion } from '../../config/version.ts';
import { parseTraceParent } from '../traceparent.ts';
import { samplerOf } from './sampler.ts';
import type { OpenSpan, SpanRole, Tracing } from './tracing.ts';

/** How long a stop waits for the collector; milliseconds. */
const farewell = 2000;
/** However long the collector is away, the log says so as often; milliseconds. */
const complainEvery = 60_000;

const kinds: Readonly<Record<SpanRole, SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

/** @param url where traces are sent, with the path */
export function openTraces(url: string, env: NodeJS.ProcessEnv, logger: Logger): Tracing {
  const exporter = new OTLPTraceExporter({ url });
  const sampler = samplerOf(env);
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'colloquy', 'service.version': serverVersion() }))
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    ...(sampler && { sampler }),
    spanProcessors: [new BatchSpanProcessor({ exporter: complaining(exporter, logger) })],
  });
  const tracer = provider.getTracer('colloquy', serverVersion());
  const spans = new WeakMap<OpenSpan, Span>();
  const contextOf = (parent: OpenSpan | string | undefined) => {
    if (parent === undefined) return ROOT_CONTEXT;
    if (typeof parent !== 'string') return trace.setSpan(ROOT_CONTEXT, spans.get(parent) as Span);
    const remote = parseTraceParent(parent);
    if (!remote) return ROOT_CONTEXT;
    const { trace: traceId, span: spanId, sampled } = remote;
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: sampled ? 1 : 0, isRemote: true });
  };
  return {
    begin: (name, role, parent, attributes = {}, at = performance.now()) => {
      const options = { kind: kinds[role], attributes, startTime: sinceEpoch(at) };
      const span = tracer.startSpan(name, options, contextOf(parent));
      const { traceId, spanId, traceFlags } = span.spanContext();
      const open: OpenSpan = {
        trace: traceId,
        parent: `00-${traceId}-${spanId}-0${traceFlags & 1}`,
        end: (more, error, end = performance.now()) => {
          if (more) span.setAttributes(more);
          if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', error);
          span.end(sinceEpoch(end));
        },
      };
      spans.set(open, span);
      return open;
    },
    close: async () => {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, farewell);
      await Promise.race([provider.shutdown().catch(() => {}), late]);
      clearTimeout(timer);
    },
  };
}

/** OpenTelemetry's way of saying so is for the whole process. */
function complaining(exporter: SpanExporter, logger: Logger): SpanExporter {
  let quietUntil = 0;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error && Date.now() >= quietUntil) {
          quietUntil = Date.now() + complainEvery;
          logger.warn({ reason: result.error.message }, 'traces were not taken by their collector');
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

/** Of `performance.now()`. */
function sinceEpoch(at: number): number {
  return performance.timeOrigin + at;
}

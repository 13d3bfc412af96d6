import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';

/**
 * What `OTEL_TRACES_SAMPLER` and its argument ask for: OpenTelemetry, General SDK Configuration.
 *
 * @returns undefined when they ask for nothing, or nothing that is known: then all is sampled that the caller samples
 */
export function samplerOf(env: NodeJS.ProcessEnv): Sampler | undefined {
  const share = Number(env['OTEL_TRACES_SAMPLER_ARG'] || 1);
  const root = new TraceIdRatioBasedSampler(share >= 0 && share <= 1 ? share : 1);
  switch (env['OTEL_TRACES_SAMPLER']) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return root;
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root });
    default:
      return undefined;
  }
}

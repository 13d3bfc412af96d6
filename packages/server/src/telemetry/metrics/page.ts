import { type Definition, definitions, processDefinitions } from './definitions.ts';

/** The page `docs/reference/metrics.md`. */
export function metricsPage(): string {
  return `${[
    '# Metrics',
    '<!-- Written from packages/server/src/telemetry/metrics/definitions.ts: `npm test -- packages/server/src/telemetry -u` -->',
    'Every server gives its figures at `/metrics`, in the text format of Prometheus: on its own port to whoever has the ' +
      "account's credentials, or on a port of their own to whoever reaches that. The setting " +
      '[`metrics`](settings.md#metrics) says which. The [guide to operating](../guides/operating.md) says what to watch.',
    'Times are in seconds, and counters begin at 0 when the process starts. A histogram has three series: `_bucket` with ' +
      'the label `le`, `_sum` and `_count`. Nothing in it names a conversation, a user, an address or anything that was said.',
    ...Object.values<Definition>(definitions).map(section),
    '# Of the process',
    "These have the names that Prometheus' own libraries give them, but for garbage collections, of which those have a " +
      'histogram.',
    table(['metric', 'kind', 'what it is'], Object.values(processDefinitions).map(row)),
  ].join('\n\n')}\n`;
}

function section({ name, kind, help, labels, buckets }: Definition): string {
  const facts = [
    `A ${kind}`,
    ...(labels.length > 0 ? [`labels ${labels.map(code).join(', ')}`] : []),
    ...(buckets ? [`buckets up to ${buckets.join(', ')}`] : []),
  ];
  return [`## ${name}`, '', help, '', `${facts.join('; ')}.`].join('\n');
}

function row({ name, kind, help, labels }: Definition): string[] {
  return [code(name) + (labels.length > 0 ? ` {${labels.map(code).join(', ')}}` : ''), kind, help];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

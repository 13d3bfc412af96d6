import type { Evidence } from './evidence.ts';

/** The doctor has looked at everything, and finds nothing. */
export function checkDoctor(evidence: Evidence): string[] {
  const consulted = evidence.of('consulted');
  return [
    ...(consulted.some(({ rows }) => rows > 0) ? [] : ['the journal does not say what the doctor found']),
    ...consulted.flatMap(({ findings }) => findings),
  ];
}

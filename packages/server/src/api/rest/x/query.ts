import { invalid, type Parameters } from '../../http/parameters.ts';

/** A whole number within bounds. */
export function readInteger(
  query: Parameters,
  name: string,
  range: { min: number; max: number; otherwise: number },
): number {
  const value = query.integer(name);
  if (value === undefined) return range.otherwise;
  if (value < range.min || value > range.max) throw invalid(name, `not from ${range.min} to ${range.max}`);
  return value;
}

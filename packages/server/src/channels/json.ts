import { parseBounded } from '../core/bounded-json.ts';

/** What providers send is read leniently: a field that is not what it should be is as if it were not there. */
export type Json = Readonly<Record<string, unknown>>;

/** The object that a text of JSON is; undefined where it is none, or no JSON, or more than can be looked through. */
export function readObject(text: string): Json | undefined {
  try {
    return asObject(parseBounded(text));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** The objects of a list. */
export function asObjects(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(asObject).filter((item) => item !== undefined) : [];
}

/**
 * What a webhook request says: form fields, in order. Names are literal, dots and letter case included.
 * Contract: "Conversations Webhooks"; behaviour reference, sections 11.3 and 11.4.
 */
export type Parameter = readonly [name: string, value: string];

/** Undefined leaves the parameter out; null sends it empty. */
export type ParameterValue = string | number | boolean | null | undefined;

export function parametersOf(...fields: (readonly [name: string, value: ParameterValue])[]): Parameter[] {
  return fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value === null ? '' : String(value)]]));
}

/** For a parameter that is sent only when it has a value. */
export function given(value: string | null | undefined): string | undefined {
  return value === null || value === '' ? undefined : value;
}

/** Dates in webhooks: ISO 8601, UTC, with milliseconds (behaviour reference, section 5). */
export function dateParameter(time: number): string {
  return new Date(time).toISOString();
}

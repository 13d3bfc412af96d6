import type { JsonSchema } from './fields.ts';

/** What a schema allows, in a few words. */
export function typeOf(schema: JsonSchema): string {
  const { type, enum: values, format, pattern, items, properties, anyOf } = schema;
  if (Array.isArray(anyOf)) return anyOf.map((one) => typeOf(one as JsonSchema)).join(' or ');
  if (Array.isArray(values)) return values.map((value) => (value === null ? 'null' : String(value))).join(', ');
  const types = Array.isArray(type) ? (type as string[]) : [String(type ?? 'anything')];
  const names = types.map((name) => {
    if (name === 'array') return `list of ${typeOf((items ?? {}) as JsonSchema)}`;
    if (name === 'object' && properties) return objectOf(properties as Record<string, JsonSchema>);
    if (name === 'string') return textOf(format, pattern);
    return name;
  });
  return names.join(' or ') + boundsOf(schema);
}

function objectOf(members: Record<string, JsonSchema>): string {
  return `{ ${Object.keys(members).join(', ')} }`;
}

function textOf(format: unknown, pattern: unknown): string {
  if (format === 'date-time') return 'date';
  if (format === 'uri') return 'URL';
  const prefix = typeof pattern === 'string' ? /^\^([A-Z]{2})/.exec(pattern)?.[1] : undefined;
  if (prefix !== undefined) return `SID ${prefix}…`;
  return pattern === undefined ? 'text' : 'SID';
}

function boundsOf({ minimum, maximum, maxLength, pattern }: JsonSchema): string {
  if (maximum !== undefined) return ` from ${minimum ?? 'any'} to ${maximum}`;
  if (minimum !== undefined) return ` from ${minimum}`;
  return maxLength === undefined || pattern !== undefined ? '' : ` of at most ${maxLength} characters`;
}

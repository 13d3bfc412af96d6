import { type Limits, type SidPrefix, sidKinds } from '@colloquy/protocol';

/** JSON Schema, dialect 2020-12, which is that of OpenAPI 3.1. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** A parameter, or a member of an answer. */
export interface Field {
  schema: JsonSchema;
  /** What it is, in one line. Empty where the name says it. */
  about: string;
  /** Has it to be sent? Of an answer every member is always there. */
  required: boolean;
  /** What bounds its length: the operator may have set it. */
  limit?: keyof Limits;
}

export type Fields = Readonly<Record<string, Field>>;

function field(schema: JsonSchema, about: string): Field {
  return { schema, about, required: false };
}

export function required(field: Field): Field {
  return { ...field, required: true };
}

/** @param limit how long it may be: characters, or bytes of a limit whose name says so */
export function text(about: string, limit?: keyof Limits): Field {
  return { ...field({ type: 'string' }, about), ...(limit !== undefined && { limit }) };
}

export function sid(prefix: SidPrefix, about: string = `SID of the ${sidKinds[prefix]}.`): Field {
  return field({ type: 'string', minLength: 34, maxLength: 34, pattern: `^${prefix}[0-9a-fA-F]{32}$` }, about);
}

/** Of a kind that is another provider's business. */
export function foreignSid(about: string): Field {
  return field({ type: 'string', minLength: 34, maxLength: 34, pattern: '^[a-zA-Z]{2}[0-9a-fA-F]{32}$' }, about);
}

export function integer(about: string, range: { min?: number; max?: number } = {}): Field {
  const { min, max } = range;
  return field(
    { type: 'integer', ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) },
    about,
  );
}

export function flag(about: string): Field {
  return field({ type: 'boolean' }, about);
}

export function choice(values: readonly string[], about: string): Field {
  return field({ type: 'string', enum: values }, about);
}

/** ISO 8601; answers have it in UTC and whole seconds. */
export function date(about: string): Field {
  return field({ type: 'string', format: 'date-time' }, about);
}

export function uri(about: string): Field {
  return field({ type: 'string', format: 'uri' }, about);
}

/** Of a parameter: a name that is sent once for each value. */
export function many({ schema, about }: Field): Field {
  return field({ type: 'array', items: schema }, about);
}

/** An object of which all members are named; those that are not required may be left out. */
export function object(members: Fields, about: string): Field {
  return field(objectSchema(members), about);
}

/** An object of which each member is always there. */
export function whole(members: Fields, about: string): Field {
  return object(allRequired(members), about);
}

export function allRequired(members: Fields): Fields {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, required(member)]));
}

/** An object with any members. */
export function anyObject(about: string): Field {
  return field({ type: 'object' }, about);
}

/** Any JSON value. */
export function anything(about: string): Field {
  return field({}, about);
}

export function either(forms: readonly Field[], about: string): Field {
  return field({ anyOf: forms.map((form) => form.schema) }, about);
}

/** Absolute URLs by name. */
export function links(...names: readonly string[]): Field {
  return whole(Object.fromEntries(names.map((name) => [name, uri('')])), 'Absolute URLs of what belongs to it.');
}

export function nullable({ schema, about, required: isRequired }: Field): Field {
  const { type, enum: values } = schema;
  const nullableSchema =
    typeof type === 'string'
      ? { ...schema, type: [type, 'null'], ...(Array.isArray(values) && { enum: [...values, null] }) }
      : { anyOf: [schema, { type: 'null' }] };
  return { schema: nullableSchema, about, required: isRequired };
}

export function objectSchema(members: Fields): JsonSchema {
  const names = Object.keys(members).filter((name) => members[name]?.required);
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(members).map(([name, member]) => [name, describedSchema(member)])),
    ...(names.length > 0 && { required: names }),
    additionalProperties: false,
  };
}

export function describedSchema({ schema, about }: Field): JsonSchema {
  return about === '' ? schema : { ...schema, description: about };
}

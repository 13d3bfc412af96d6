import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

export type Schema = Record<string, unknown>;

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: Schema;
}

export interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<
    string,
    { content?: Record<string, { schema: Schema; examples?: Record<string, { value: Schema }> }> }
  >;
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const file = createRequire(import.meta.url).resolve(
  '@twilio/cli-core/src/services/twilio-api/twilio_conversations_v1.json',
);
/** The contract, as its authors describe it. */
export const openApi = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
// Of `links`, which are looked at apart.
ajv.addFormat('uri-map', true);
ajv.addSchema({ $id: 'description', components: { schemas: tighten(openApi.components.schemas) } });

/**
 * The schema allows every member to be absent, and others to be there. A faithful server sends each of them and no
 * other (REST reference, section 4).
 */
function tighten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tighten);
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, tighten(part)]));
  if (typeof schema['$ref'] === 'string') return refer(schema['$ref']);
  // Free-form: anything is allowed already.
  if (schema['type'] === undefined) delete schema['nullable'];
  const { properties } = schema;
  if (typeof properties !== 'object' || properties === null || schema['type'] !== 'object') return schema;
  return { ...schema, required: Object.keys(properties), additionalProperties: false };
}

/**
 * Beside a reference OpenAPI 3.0 cannot say `nullable`; the status of a receipt is null while it is queued, the method
 * of a webhook until it is set.
 */
function refer(ref: string): Schema {
  const reference = { $ref: `description${ref}` };
  const nullable = /(receipt_enum_delivery_status|webhook(_configuration)?_enum_method)$/.test(ref);
  return nullable ? { anyOf: [{ type: 'null' }, reference] } : reference;
}

const errorBody = ajv.compile({
  type: 'object',
  required: ['code', 'message', 'more_info', 'status'],
  additionalProperties: false,
  properties: {
    code: { type: 'integer', minimum: 20000 },
    message: { type: 'string', minLength: 1 },
    more_info: { type: 'string', pattern: '^https://www\\.twilio\\.com/docs/errors/\\d{5}$' },
    status: { type: 'integer', minimum: 400, maximum: 499 },
  },
});

interface Described {
  /** `POST /v1/Conversations/{Sid}` */
  name: string;
  method: string;
  path: RegExp;
  operation: Operation;
}

const described: Described[] = Object.entries(openApi.paths)
  // Where a word and a parameter stand in the same place, the word is meant.
  .sort(([a], [b]) => a.split('{').length - b.split('{').length)
  .flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => ['get', 'post', 'delete'].includes(method))
      .map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        method,
        path: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
        operation,
      })),
  );

/** Names of the described operations on paths of a form. */
export function operationsOn(form: RegExp): string[] {
  return described
    .map(({ name }) => name)
    .filter((name) => form.test(name.slice(name.indexOf(' ') + 1)))
    .sort();
}

const validators = new Map<Schema, ValidateFunction>();

function validatorOf(schema: Schema): ValidateFunction {
  let validator = validators.get(schema);
  if (!validator) {
    validator = ajv.compile(tighten(schema) as Schema);
    validators.set(schema, validator);
  }
  return validator;
}

export interface Judgement {
  operation: string;
  /** What is wrong with the answer; empty when nothing is. */
  problems: string[];
}

/** Compares an answer with the description. */
export function judge(method: string, url: URL, status: number, body: unknown): Judgement {
  const found = described.find((one) => one.method === method.toLowerCase() && one.path.test(url.pathname));
  if (!found) return { operation: `${method} ${url.pathname}`, problems: ['not described'] };
  const { name, operation } = found;
  if (status >= 400) return { operation: name, problems: complaints(errorBody, body) };
  const response = operation.responses[status];
  if (!response) return { operation: name, problems: [`status ${status} is not described`] };
  const content = response.content?.['application/json'];
  if (!content)
    return { operation: name, problems: body === '' || body === undefined ? [] : ['the body is not empty'] };
  const [example] = Object.values(content.examples ?? {});
  return {
    operation: name,
    problems: [...complaints(validatorOf(content.schema), body), ...linkProblems(body, example?.value)],
  };
}

function complaints(validate: ValidateFunction, body: unknown): string[] {
  if (validate(body)) return [];
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
  );
}

/** What `links` has to hold is only in the examples. */
function linkProblems(body: unknown, example: unknown): string[] {
  const links = memberOf(body, 'links');
  const expected = memberOf(example, 'links');
  if (!expected) return [];
  const names = Object.keys(links ?? {}).sort();
  const wanted = Object.keys(expected).sort();
  const problems = names.join() === wanted.join() ? [] : [`links are ${names}, not ${wanted}`];
  for (const [name, link] of Object.entries(links ?? {})) {
    if (typeof link !== 'string' || !URL.canParse(link)) problems.push(`link ${name} is no absolute URL`);
  }
  return problems;
}

function memberOf(value: unknown, name: string): Record<string, unknown> | undefined {
  return (value as Record<string, Record<string, unknown>> | undefined)?.[name];
}

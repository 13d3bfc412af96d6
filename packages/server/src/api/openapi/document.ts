import type { Limits } from '@colloquy/protocol';
import type { Answer } from './describe.ts';
import { allRequired, type Field, type Fields, type JsonSchema, objectSchema } from './fields.ts';
import { type DescribedOperation, operations } from './operations.ts';
import { resources } from './resources.ts';
import { schemas } from './schemas.ts';

/** How a schema says that the operator bounds it, until it is known how. */
export function limited(field: Field, limits: Limits): Field {
  const { limit, schema, about } = field;
  if (limit === undefined) return field;
  if (limit.endsWith('Bytes')) return { ...field, about: `${about} At most ${limits[limit]} bytes.`.trim() };
  return { ...field, schema: { ...schema, maxLength: limits[limit] } };
}

const byReference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const page: JsonSchema = {
  type: 'object',
  properties: {
    page: { type: 'integer', minimum: 0 },
    page_size: { type: 'integer', minimum: 1 },
    first_page_url: { type: 'string', format: 'uri' },
    previous_page_url: { type: ['string', 'null'], format: 'uri' },
    url: { type: 'string', format: 'uri' },
    next_page_url: { type: ['string', 'null'], format: 'uri', description: 'Where the list goes on; null at its end.' },
    key: { type: 'string', description: 'Name of the array beside this.' },
  },
  required: ['page', 'page_size', 'first_page_url', 'previous_page_url', 'url', 'next_page_url', 'key'],
  additionalProperties: false,
};

const error: JsonSchema = {
  type: 'object',
  properties: {
    code: { type: 'integer', minimum: 20000, description: 'Tells what went wrong to a program.' },
    message: { type: 'string', minLength: 1, description: 'Tells it to a person.' },
    more_info: { type: 'string', format: 'uri' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
  },
  required: ['code', 'message', 'more_info', 'status'],
  additionalProperties: false,
};

/**
 * The description of this server: OpenAPI 3.1.
 *
 * @param limits as the operator has set them
 * @param version of the server
 * @param url where the paths begin, without a slash at its end; by default where the description itself comes from
 */
export function buildDocument(limits: Limits, version: string, url = '/') {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const methods = paths[operation.path] ?? {};
    methods[operation.method.toLowerCase()] = describeOperation(operation, limits);
    paths[operation.path] = methods;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Colloquy',
      version,
      summary: 'A self-hosted conversations server.',
      description:
        'The REST API of Conversations v1 below /v1, and what this server adds: media, content templates, and operations below /v1/x. Dates are ISO 8601 in UTC; whatever is refused has changed nothing.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    security: [{ basic: [] }],
    tags: resources.map(({ name, about }) => ({ name, description: about })),
    paths,
    components: {
      securitySchemes: {
        basic: {
          type: 'http',
          scheme: 'basic',
          description: 'Account SID and auth token, or API key SID and secret.',
        },
      },
      schemas: {
        ...Object.fromEntries(
          Object.entries<Fields>(schemas).map(([name, members]) => [name, objectSchema(allRequired(members))]),
        ),
        Page: page,
        Error: error,
      },
    },
  };
}

export type OpenApiDocument = ReturnType<typeof buildDocument>;

function describeOperation(operation: DescribedOperation, limits: Limits) {
  const { description, parameters, resource, id } = operation;
  const { summary, query, headers, open } = description;
  const body = bodyOf(operation, limits);
  const inPath = parameters.map(({ name, field }) => parameter('path', name, { ...field, required: true }, limits));
  const inQuery = Object.entries(query).map(([name, field]) => parameter('query', name, field, limits));
  const inHeader = Object.entries(headers).map(([name, field]) => parameter('header', name, field, limits));
  return {
    operationId: id,
    tags: [resource.name],
    summary,
    ...(open && { security: [] }),
    parameters: [...inPath, ...inQuery, ...inHeader],
    ...(body && { requestBody: body }),
    responses: {
      ...Object.fromEntries(operation.answers.map((answer) => [answer.status, describeAnswer(answer)])),
      default: {
        description: 'What went wrong.',
        content: { 'application/json': { schema: byReference(resource.errors ?? 'Error') } },
      },
    },
  };
}

function parameter(place: 'path' | 'query' | 'header', name: string, field: Field, limits: Limits) {
  const { schema, about, required } = limited(field, limits);
  return { name, in: place, ...(about !== '' && { description: about }), required, schema };
}

function bodyOf({ description: { form, json, raw } }: DescribedOperation, limits: Limits) {
  if (raw) return { required: true, content: { '*/*': { schema: { type: 'string', format: 'binary' } } } };
  const members = form ?? json;
  if (!members) return undefined;
  const limitedMembers = Object.fromEntries(
    Object.entries(members).map(([name, field]) => [name, limited(field, limits)]),
  );
  const { additionalProperties: _ignored, ...schema } = objectSchema(limitedMembers);
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
  return { required: Object.values(members).some(({ required }) => required), content: { [type]: { schema } } };
}

function describeAnswer({ status, schema, listKey, isArray, type }: Answer) {
  if (type !== undefined) return { description: 'Done.', content: { [type]: {} } };
  if (schema === undefined) return { description: 'Done.' };
  const one = byReference(schema);
  const answer =
    listKey === undefined
      ? isArray
        ? { type: 'array', items: one }
        : one
      : objectSchema(
          allRequired({
            [listKey]: { schema: { type: 'array', items: one }, about: '', required: true },
            meta: { schema: byReference('Page'), about: '', required: true },
          }),
        );
  return {
    description: status === 202 ? 'Accepted: some of it is still to be done.' : 'Done.',
    content: { 'application/json': { schema: answer } },
  };
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApi as contract, type OpenApi, type Operation, type Schema } from './description.ts';
import { type RunningServer, runServer } from './running-server.ts';

let server: RunningServer;
let ours: OpenApi;
beforeAll(async () => {
  server = await runServer();
  ours = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi;
});
afterAll(() => server.stop());

/** Follows a reference, and says a schema as both versions of OpenAPI would: without nullability and our own limits. */
function plain(schema: Schema, { components }: OpenApi): Schema {
  if (typeof schema['$ref'] === 'string') {
    return plain(components.schemas[schema['$ref'].replace('#/components/schemas/', '')] ?? {}, {
      components,
    } as OpenApi);
  }
  const { type, enum: values, items, pattern, format } = schema;
  const [first, second] = [type].flat();
  const known = second === 'null' || second === undefined ? first : [type];
  return {
    type: known,
    ...(values !== undefined && { enum: (values as unknown[]).filter((value) => value !== null).sort() }),
    ...(items !== undefined && { items: plain(items as Schema, { components } as OpenApi) }),
    ...(pattern !== undefined && { pattern }),
    ...((format === 'date-time' || format === 'uri') && { format }),
  };
}

function parametersOf(operation: Operation, description: OpenApi) {
  const named = (operation.parameters ?? []).map(({ name, in: place, required = false, schema }) => {
    const { minimum, maximum } = name === 'PageSize' ? schema : {};
    return [`${place} ${name}`, { required, ...plain(schema, description), minimum, maximum }] as const;
  });
  const form = operation.requestBody?.content['application/x-www-form-urlencoded']?.schema ?? {};
  const required = (form['required'] ?? []) as string[];
  const fields = Object.entries((form['properties'] ?? {}) as Record<string, Schema>).map(
    ([name, schema]) => [`form ${name}`, { required: required.includes(name), ...plain(schema, description) }] as const,
  );
  return Object.fromEntries([...named, ...fields]);
}

function answersOf(operation: Operation, description: OpenApi) {
  const statuses = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
  return Object.fromEntries(
    statuses.map(([status, { content }]) => [status, membersOf(content?.['application/json']?.schema, description)]),
  );
}

/** Names and types of all members, in their order; of a list, of what is in it. */
function membersOf(schema: Schema | undefined, description: OpenApi): unknown {
  if (schema === undefined) return null;
  const { components } = description;
  const ref = typeof schema['$ref'] === 'string' ? schema['$ref'].replace('#/components/schemas/', '') : undefined;
  const { properties = {} } = (ref === undefined ? schema : components.schemas[ref]) as {
    properties?: Record<string, Schema>;
  };
  if ('meta' in properties) {
    const [key = '', { items }] = Object.entries(properties).find(([name]) => name !== 'meta') as [string, Schema];
    return { [key]: membersOf(items as Schema, description) };
  }
  return Object.entries(properties).map(([name, member]) => [name, typeOfMember(plain(member, description))]);
}

/** What the contract says of a member, and nothing of the rest: objects are free there. */
function typeOfMember({ type, items, ...others }: Schema): Schema {
  const { type: item } = (items ?? {}) as Schema;
  return {
    ...others,
    ...(type !== 'object' && type !== undefined && { type }),
    ...(item !== undefined && item !== 'object' && { item }),
  };
}

/** Where we say more: the key of a repeated request, and what the contract leaves free. */
const additions = /^(header Idempotency-Key|form MessagingBinding\.(Level|Name))$/;

const operations = Object.entries(contract.paths).flatMap(([path, methods]) =>
  ['get', 'post', 'delete'].filter((method) => method in methods).map((method) => [method, path] as const),
);

test('The contract has 103 operations.', () => {
  expect(operations).toHaveLength(103);
});

describe.each(operations)('%s %s', (method, path) => {
  const theirs = contract.paths[path]?.[method] as Operation;
  const find = () => ours.paths[path]?.[method] as Operation;

  test('is described with the same parameters.', () => {
    const described = parametersOf(find(), ours);
    const known = Object.fromEntries(Object.entries(described).filter(([name]) => !additions.test(name)));
    // Telegram is a channel of ours.
    const shared = JSON.parse(JSON.stringify(known).replaceAll('"telegram",', ''));
    expect(shared).toEqual(JSON.parse(JSON.stringify(parametersOf(theirs, contract))));
  });

  test('is described with the same answers: statuses, members, their order and types.', () => {
    // Ours may narrow what theirs leaves open.
    expect(answersOf(find(), ours)).toMatchObject(answersOf(theirs, contract));
    expect(Object.keys(answersOf(find(), ours))).toEqual(Object.keys(answersOf(theirs, contract)));
  });
});

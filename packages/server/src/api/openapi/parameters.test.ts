import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { authorization, type OpenRest, openRest } from '../../testing/open-rest.ts';
import { sampleFor } from '../../testing/samples.ts';
import { plantWorld, type World } from '../../testing/world.ts';
import { Parameters } from '../http/parameters.ts';
import { objectSchema } from './fields.ts';
import { type DescribedOperation, operations } from './operations.ts';

/** What the handler of a request with a JSON body reads it by. */
const bodies = vi.hoisted(() => [] as unknown[]);
vi.mock('../http/json.ts', async (original) => {
  const module = await original<typeof import('../http/json.ts')>();
  return {
    ...module,
    readAs: ((schema, value) => {
      bodies.push(schema);
      return module.readAs(schema, value);
    }) satisfies typeof module.readAs,
  };
});

let at: OpenRest;
const worlds = new Map<boolean, World>();
beforeAll(async () => {
  at = await openRest({ sandbox: ['+12025550100'] });
  for (const inDefaultService of [true, false]) worlds.set(inDefaultService, await plantWorld(at, inDefaultService));
});
afterAll(() => at.discard());
afterEach(() => void vi.restoreAllMocks());

async function ask(operation: DescribedOperation, fields: Record<string, string>): Promise<void> {
  const { method, path, parameters, description } = operation;
  const world = worlds.get(!path.startsWith('/v1/Services/')) ?? {};
  const collections = new Map(parameters.map(({ name, collection }) => [name, collection]));
  const url = path.replace(/\{(\w+)\}/g, (_hole, name: string) =>
    encodeURIComponent(world[collections.get(name) ?? ''] ?? ''),
  );
  const text = new URLSearchParams(fields).toString();
  const type = description.json ? 'application/json' : 'application/x-www-form-urlencoded';
  const inBody = description.form ?? description.json;
  await at.server.inject({
    method: method as 'GET',
    url: inBody ? url : `${url}?${text}`,
    headers: { authorization: authorization.byAccount, ...(inBody && { 'content-type': type }) },
    ...(inBody && { payload: description.json ? '{}' : text }),
  });
}

// Those that remove come last: the others need what they remove.
const inOrder = [
  ...operations.filter(({ method }) => method !== 'DELETE'),
  ...operations.filter((o) => o.method === 'DELETE'),
];

test.each(inOrder.map((operation) => [operation.method, operation.path, operation] as const))(
  '%s %s reads the parameters that are described, and no other.',
  async (_method, _path, operation) => {
    const read = new Set<string>();
    for (const way of ['text', 'list'] as const) {
      const original = Parameters.prototype[way] as (name: string) => undefined;
      vi.spyOn(Parameters.prototype, way).mockImplementation(function (this: Parameters, name: string) {
        read.add(name);
        return original.call(this, name);
      });
    }
    // Links that are signed are read as URLs.
    const get = URLSearchParams.prototype.get;
    vi.spyOn(URLSearchParams.prototype, 'get').mockImplementation(function (this: URLSearchParams, name: string) {
      read.add(name);
      return get.call(this, name);
    });
    const { form, query } = operation.description;
    const world = worlds.get(!operation.path.startsWith('/v1/Services/')) ?? {};
    await ask(operation, sampleFor(operation, world));
    expect([...read].sort()).toEqual(Object.keys({ ...query, ...form }).sort());
  },
);

// The media API reads its only JSON body in a way of its own.
const withJson = operations.filter(({ description, resource }) => description.json && resource.errors === undefined);
test.each(withJson.map((operation) => [operation.method, operation.path, operation] as const))(
  '%s %s takes a body of the form that is described.',
  async (_method, path, operation) => {
    worlds.set(true, await plantWorld(at, true));
    bodies.length = 0;
    await ask(operation, {});
    expect(bodies, path).toHaveLength(1);
    const { json = {} } = operation.description;
    const taken = z.toJSONSchema(bodies[0] as z.ZodType, { unrepresentable: 'any', io: 'input' });
    const described = objectSchema(json) as { required?: string[] };
    expect(Object.keys(taken.properties ?? {})).toEqual(Object.keys(json));
    expect([...(taken.required ?? [])].sort()).toEqual([...(described.required ?? [])].sort());
    for (const [name, { schema }] of Object.entries(json)) {
      const given = (taken.properties?.[name] ?? {}) as z.core.JSONSchema.BaseSchema;
      // Where null means the same as nothing.
      const { enum: values, minimum, maximum } = given.anyOf?.[0] ?? given;
      expect({ values, minimum, maximum }, name).toEqual({
        values: schema['enum'],
        minimum: schema['minimum'],
        // The largest whole number that is exact.
        maximum: schema['maximum'] ?? (maximum === Number.MAX_SAFE_INTEGER ? maximum : undefined),
      });
    }
  },
);

import { realtimePollPath } from '@colloquy/protocol';
import type { FastifyInstance, FastifyServerOptions, RouteOptions } from 'fastify';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Method, type OpenRest, openRest } from '../../testing/open-rest.ts';
import { operations } from './operations.ts';

/** Every route of the whole server, as it is registered. */
const routes = vi.hoisted(() => [] as { method: string; url: string }[]);
vi.mock('fastify', async (original) => {
  const module = await original<typeof import('fastify')>();
  const record = ({ method, url }: RouteOptions) => {
    routes.push(...[method].flat().map((one) => ({ method: one, url })));
  };
  return {
    ...module,
    default: (options: FastifyServerOptions) => {
      const app: FastifyInstance = module.default(options);
      app.addHook('onRoute', record);
      return app;
    },
  };
});

let at: OpenRest;
beforeAll(async () => {
  // Production: in development there is besides what the playground's page keeps to itself.
  at = await openRest();
  // Some are registered when the first request comes.
  await at.get('/health');
});
afterAll(() => at.discard());

/** Names of parameters are each side's own business. */
const form = (method: string, path: string) => `${method} ${path.replace(/\{\w+\}|:\w+/g, '{}')}`;
const isApi = ({ method, url }: { method: string; url: string }) =>
  !['OPTIONS', 'HEAD'].includes(method) && !url.includes('*') && url !== '/v1/' && url !== '/v1' && !isRealtime(url);
/** Frames of the realtime API in requests: docs/reference/realtime.md describes them, as it does its WebSocket. */
const isRealtime = (url: string) => url === realtimePollPath || url.startsWith(`${realtimePollPath}/`);

/** A route may be there to say that its method is not allowed. */
async function isAllowed(name: string): Promise<boolean> {
  const { default_chat_service_sid } = await at.get('/v1/Configuration');
  const [method, path = ''] = name.split(' ', 2) as [Method, string];
  const { status } = await at.ask(method, path.replace('{}', default_chat_service_sid));
  return status !== 405;
}

test('Every operation that the server has is described, and what is described the server has.', async () => {
  const mounted = [...new Set(routes.filter(isApi).map(({ method, url }) => form(method, url)))];
  const described = operations.map(({ method, path }) => form(method, path));
  expect(described).toEqual([...new Set(described)]);
  for (const name of mounted.filter((one) => !described.includes(one))) {
    expect(await isAllowed(name), `${name} is not described`).toBe(false);
  }
  expect(described.filter((name) => !mounted.includes(name))).toEqual([]);
});

test('Ids of operations are unique, and what stands for a name in a path is described.', () => {
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  for (const { path, parameters } of operations) {
    expect(parameters.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
  }
});

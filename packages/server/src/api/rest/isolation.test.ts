import { type IncomingMessage, request as requestHttp } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorization, type OpenRest, openRest } from '../../testing/open-rest.ts';
import { sampleFor } from '../../testing/samples.ts';
import { plantWorld, type World } from '../../testing/world.ts';
import { type DescribedOperation, operations } from '../openapi/operations.ts';

/** The service that is asked, one that is asked in the same ways, and the one whose things must stay unseen. */
let own: World;
let named: World;
let other: World;
let at: OpenRest;
let url: string;
beforeAll(async () => {
  at = await openRest({ sandbox: ['+12025550100'], publicUrl: null });
  ({ url } = await at.server.listen());
  own = await plantWorld(at, true, { url, proxy: '+12025550100' });
  named = await plantWorld(at, false, { url, proxy: '+12025550100' });
  other = await plantWorld(at, false, { url, proxy: '+12025550100' });
  for (const [base, world] of [
    ['/v1', own],
    [`/v1/Services/${named['Services']}`, named],
    [`/v1/Services/${other['Services']}`, other],
  ] as const) {
    await double(base, world);
  }
});
afterAll(() => at.discard());

/** A second one of everything that lists have, so that each has a second page. */
async function double(base: string, world: World): Promise<void> {
  const { name = '', Conversations, Messages } = world;
  const { sid } = await at.post(`${base}/Conversations`, {});
  await at.post(`${base}/Conversations/${sid}/Participants`, { Identity: name });
  await at.post(`${base}/Users`, { Identity: `second of ${name}` });
  const inside = `${base}/Conversations/${Conversations}`;
  await at.post(`${inside}/Messages`, { Body: 'y' });
  await at.post(`${inside}/Webhooks`, { Target: 'studio', 'Configuration.FlowSid': `FW${'0'.repeat(32)}` });
  expect(await at.get(`${inside}/Messages/${Messages}`)).toMatchObject({ sid: Messages });
}

interface Answer {
  status: number;
  body: string;
}

/** Over the wire: the media API reads bodies as they arrive. */
async function ask(operation: DescribedOperation, path: string, fields: Record<string, string>): Promise<Answer> {
  const { method, description } = operation;
  const sent = new URLSearchParams(fields).toString();
  const json = description.json && JSON.stringify({ command: 'get', list: [] });
  const body = method === 'POST' ? (json ?? sent) : undefined;
  const target = body === undefined && sent !== '' ? `${path}?${sent}` : path;
  const headers = {
    authorization: authorization.byAccount,
    ...(body !== undefined && {
      'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
    }),
  };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    requestHttp(`${url}${target}`, { method, headers, agent: false }, resolve).on('error', reject).end(body);
  });
  return { status: answer.statusCode ?? 0, body: await text(answer) };
}

/** Collections of which each service has its own, and what else names a thing in them. */
const scoped: Record<string, string | undefined> = {
  Conversations: 'name',
  Participants: 'name',
  Users: 'name',
  Messages: undefined,
  Receipts: undefined,
  Webhooks: undefined,
  Roles: undefined,
  Bindings: undefined,
  Media: undefined,
};

/** Of the same form, and nobody's. */
function unknown(name: string): string {
  return /^[A-Z]{2}[0-9a-f]{32}$/.test(name) ? name.slice(0, 2) + 'f'.repeat(32) : `no ${name}`;
}

function pathOf({ path, parameters }: DescribedOperation, values: Record<string, string>): string {
  const collections = new Map(parameters.map(({ name, collection }) => [name, collection]));
  return path.replace(/\{(\w+)\}/g, (_hole, name: string) => {
    const collection = collections.get(name) ?? '';
    return encodeURIComponent(values[collection] ?? '');
  });
}

const worldOf = ({ path }: DescribedOperation) => (path.startsWith('/v1/Services/') ? named : own);

/** What was said, without the name that differs. */
const saidOf = ({ status, body }: Answer, name: string) => ({
  status,
  body: body.replaceAll(encodeURIComponent(name), '…').replaceAll(name, '…'),
});

const withNames = operations.filter(({ parameters }) => parameters.some(({ collection }) => collection in scoped));

test.each(withNames.map((operation) => [operation.method, operation.path, operation] as const))(
  '%s %s does not know what is in another service, by any name.',
  async (_method, _path, operation) => {
    const world = worldOf(operation);
    const fields = sampleFor(operation, world);
    for (const { collection } of operation.parameters.filter((parameter) => parameter.collection in scoped)) {
      const names = [other[collection], other[scoped[collection] ?? '']].filter((name) => name !== undefined);
      for (const name of names) {
        const foreign = await ask(operation, pathOf(operation, { ...world, [collection]: name }), fields);
        const missing = unknown(name);
        const nobodys = await ask(operation, pathOf(operation, { ...world, [collection]: missing }), fields);
        expect(foreign.status, `${collection} ${name}`).toBe(404);
        expect(saidOf(foreign, name)).toEqual(saidOf(nobodys, missing));
      }
    }
    // All names that stand after the service at once, as if only the service were another one.
    const moved = await ask(operation, pathOf(operation, { ...other, Services: world['Services'] ?? '' }), fields);
    expect(moved.status).toBe(404);
  },
);

test('Nothing of another service was changed by that.', async () => {
  const base = `/v1/Services/${other['Services']}`;
  expect(await at.get(`${base}/Conversations/${other['Conversations']}`)).toMatchObject({ state: 'active' });
  for (const collection of ['Users', 'Roles', 'Bindings']) {
    expect(await at.get(`${base}/${collection}/${encodeURIComponent(other[collection] ?? '')}`)).toBeTruthy();
  }
  for (const collection of ['Participants', 'Messages', 'Webhooks']) {
    const path = `${base}/Conversations/${other['Conversations']}/${collection}/${other[collection]}`;
    expect(await at.get(path)).toMatchObject({ sid: other[collection] });
  }
});

/** Kinds of SIDs in bodies that name what a service has for itself. */
const kinds: Record<string, string> = { RL: 'Roles', ME: 'Media' };
const inBodies = operations.flatMap((operation) =>
  Object.entries(operation.description.form ?? {}).flatMap(([field, { schema }]) => {
    const prefix = /^\^([A-Z]{2})/.exec(String(schema['pattern'] ?? ''))?.[1];
    const collection = prefix === undefined ? undefined : kinds[prefix];
    return collection === undefined ? [] : [[operation.method, operation.path, field, collection, operation] as const];
  }),
);

test.each(inBodies)(
  '%s %s does not take %s from another service.',
  async (_method, _path, field, collection, operation) => {
    const world = worldOf(operation);
    const path = pathOf(operation, world);
    const name = other[collection] ?? '';
    const missing = unknown(name);
    const foreign = await ask(operation, path, { ...sampleFor(operation, world), [field]: name });
    const nobodys = await ask(operation, path, { ...sampleFor(operation, world), [field]: missing });
    expect(foreign.status).toBeGreaterThanOrEqual(400);
    expect(foreign.status).toBeLessThan(500);
    expect(saidOf(foreign, name)).toEqual(saidOf(nobodys, missing));
  },
);

test('A role of another service in a combined create is as unknown as one that nothing has.', async () => {
  const create = operations.find(({ id }) => id === 'createConversationWithParticipants') as DescribedOperation;
  const participantWith = (role_sid: string) => ({ Participant: JSON.stringify({ identity: 'x', role_sid }) });
  const name = other['Roles'] ?? '';
  const foreign = await ask(create, create.path, participantWith(name));
  const nobodys = await ask(create, create.path, participantWith(unknown(name)));
  expect(foreign.status).toBe(404);
  expect(saidOf(foreign, name)).toEqual(saidOf(nobodys, unknown(name)));
});

const lists = operations.filter(({ answers }) => answers[0]?.listKey !== undefined);
/** Of these there is one list for all services. */
const isShared = ({ path }: DescribedOperation) =>
  !path.startsWith('/v1/Services/{') && /Services$|Addresses|Credentials|Content$/.test(path);

describe('Lists', () => {
  /** A list of a world, with what has to be asked for. */
  function listOf(operation: DescribedOperation, world: World) {
    const { PageSize: _size, Page: _page, ...filters } = sampleFor(operation, world);
    const { BindingType: _type, Order: _order, StartDate: _start, EndDate: _end, State: _state, ...others } = filters;
    const { Identity, ...rest } = others;
    const isBindings = operation.path.endsWith('/Bindings');
    return {
      path: pathOf(operation, world),
      filters: { ...rest, ...(Identity !== undefined && !isBindings && { Identity }) },
      operation,
    };
  }

  const all = () => [
    ...lists.map((operation) => listOf(operation, worldOf(operation))),
    ...lists.filter((one) => one.path.startsWith('/v1/Services/{')).map((operation) => listOf(operation, other)),
  ];

  test('A page token is good for the list that it came from, and for no other of any service.', async () => {
    const tokens = new Map<string, string>();
    for (const { operation, path, filters } of all()) {
      const { status, body } = await ask(operation, path, { ...filters, PageSize: '1' });
      expect(status, path).toBe(200);
      const next = (JSON.parse(body) as { meta: { next_page_url: string | null } }).meta.next_page_url;
      const token = next === null ? null : new URL(next).searchParams.get('PageToken');
      // Devices and receipts: one is enough for a list to refuse the tokens of others.
      if (!/\/(?:Bindings|Receipts)$/.test(path)) expect(token, path).toBeTruthy();
      if (token !== null) tokens.set(path, token);
    }
    for (const { operation, path, filters } of all()) {
      for (const [from, token] of tokens) {
        const { status, body } = await ask(operation, path, { ...filters, PageSize: '1', PageToken: token });
        expect(status, `${from} at ${path}`).toBe(from === path ? 200 : 400);
        if (from !== path) expect(JSON.parse(body).code).toBe(20422);
      }
    }
  });
});

const reading = operations.filter(
  (operation) =>
    operation.method === 'GET' &&
    operation.path.startsWith('/v1/') &&
    !isShared(operation) &&
    !operation.path.startsWith('/v1/x/'),
);

test.each(reading.map((operation) => [operation.path, operation] as const))(
  'GET %s tells nothing of another service, and links stay below the path that was asked.',
  async (_path, operation) => {
    const world = worldOf(operation);
    const { body } = await ask(operation, pathOf(operation, world), sampleFor(operation, world));
    const secret = [...Object.keys(scoped), 'Services'].map((collection) => other[collection] ?? '');
    for (const name of secret) expect(body).not.toContain(name);
    const base = operation.path.startsWith('/v1/Services/') ? `${url}/v1/Services/${world['Services']}` : `${url}/v1/`;
    for (const [link] of body.matchAll(/http:\/\/127[^"]+/g)) {
      if (!link.includes('/v1/x/media/')) expect(link.startsWith(base), link).toBe(true);
    }
  },
);

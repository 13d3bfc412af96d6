import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request as requestHttp } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tables } from '../../storage/tables.ts';
import { describedProblems } from '../../testing/described-answers.ts';
import { allowed, anyText, badPairs, badSegment } from '../../testing/hostile.ts';
import { authorization, basic, type OpenRest, openRest } from '../../testing/open-rest.ts';
import { fill, sampleFor } from '../../testing/samples.ts';
import { stateOf } from '../../testing/scenarios.ts';
import { turnsWhile } from '../../testing/turns.ts';
import { plantWorld, unreachableSender, type World } from '../../testing/world.ts';
import type { Field } from '../openapi/fields.ts';
import { type DescribedOperation, operations } from '../openapi/operations.ts';

/** Another one finds other mistakes: set it to look for more, or to see again what was found. */
const seed = Number(process.env['FUZZ_SEED'] ?? 7);

const onPostgres = process.env['COLLOQUY_TEST_POSTGRES'] !== undefined;

let at: OpenRest;
let listening: string;
beforeAll(async () => {
  at = await openRest({ sandbox: ['+12025550100'], publicUrl: null });
  ({ url: listening } = await at.server.listen());
});
afterAll(() => at.discard());

/** What is done to a request that is good. */
interface Spoiling {
  /** Which of the names in the path. */
  hole: number;
  segment: string | undefined;
  fields: [name: string, value: string][];
  dropped: number | undefined;
  pairs: string | undefined;
  raw: Uint8Array | undefined;
  json: unknown;
  type: string | undefined;
  header: [name: string, value: string] | undefined;
  authorization: string | undefined;
}

const nothingSpoilt: Spoiling = {
  hole: 0,
  segment: undefined,
  fields: [],
  dropped: undefined,
  pairs: undefined,
  raw: undefined,
  json: undefined,
  type: undefined,
  header: undefined,
  authorization: undefined,
};

/** SQLite counts commits. In PostgreSQL each row has the number of the transaction that wrote it. */
const versionOf = onPostgres
  ? tables.map(({ name }) => `SELECT count(*), max(xmin::text::bigint) FROM ${name}`).join(' UNION ALL ')
  : 'PRAGMA data_version';

let asked = 0;
const numberOf = (count: number) => `+1202556${String(1000 + (count % 9000))}`;

/** One time in some; else undefined. */
const onceIn = <T>(times: number, of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: of });

const headers = fc.tuple(
  fc.constantFrom('x-twilio-webhook-enabled', 'idempotency-key', 'host', 'x-forwarded-proto', 'content-encoding'),
  fc.constantFrom('', 'yes', 'TRUE, true', 'x'.repeat(9000), 'ü', 'a b', 'gzip', '__proto__', '[', "'"),
);

/** Fields are drawn from what is described: with values that fit there, or anywhere, or nowhere. */
function spoilingOf({ description }: DescribedOperation): fc.Arbitrary<Spoiling> {
  // Who waits for news waits for ever: the clock of these tests stands still.
  const { wait: _wait, ...query } = description.query;
  const known = Object.entries({ ...query, ...description.form, ...description.json });
  const field = fc
    .constantFrom<[string, Field | undefined]>(
      ...known,
      ['__proto__', undefined],
      ['', undefined],
      ['RoleSid', undefined],
    )
    .chain(([name, { ...one } = { schema: {}, about: '', required: false }]) =>
      fc.tuple(fc.constant(name), fc.oneof(allowed(one), anyText)),
    );
  return fc.record({
    hole: fc.nat(),
    segment: onceIn(8, badSegment),
    fields: fc.array(field, { maxLength: 3 }),
    dropped: onceIn(5, fc.nat(8)),
    pairs: onceIn(10, badPairs),
    raw: onceIn(20, fc.uint8Array({ maxLength: 300 })),
    json: onceIn(description.json ? 5 : 30, fc.oneof(fc.jsonValue(), fc.object())),
    type: onceIn(25, fc.constantFrom('application/json', 'text/plain', 'multipart/form-data', ';', 'x')),
    header: onceIn(10, headers),
    authorization: onceIn(
      25,
      fc.oneof(fc.string(), fc.base64String()).map((one) => basic(one, one)),
    ),
  });
}

function encode(one: string): string {
  return encodeURIComponent(one.toWellFormed());
}

function build(operation: DescribedOperation, world: World, spoilt: Spoiling): InjectOptions {
  const { method, path, parameters, description } = operation;
  const bad = parameters[spoilt.hole % Math.max(parameters.length, 1)]?.name;
  const named = new Map(parameters.map(({ name, collection }) => [name, encode(world[collection] ?? '')]));
  const url = path.replace(/\{(\w+)\}/g, (_hole, name: string) =>
    name === bad && spoilt.segment !== undefined ? spoilt.segment : (named.get(name) ?? ''),
  );
  const good = Object.entries(sampleFor(operation, world)).filter((_, index) => index !== spoilt.dropped);
  // One time in four a name is sent twice, else its value is another.
  const spoiltNames = spoilt.hole % 4 === 0 ? [] : spoilt.fields.map(([name]) => name);
  const kept = good.filter(([name]) => !spoiltNames.includes(name));
  const pairs = [...kept, ...spoilt.fields].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  const sent = [...pairs, ...(spoilt.pairs === undefined ? [] : [spoilt.pairs])].join('&');
  const inBody = method === 'POST' && !description.raw;
  const json = description.json && { ...jsonSample(description.json, world), ...Object.fromEntries(spoilt.fields) };
  const body = spoilt.raw ?? (spoilt.json === undefined ? undefined : JSON.stringify(spoilt.json));
  const own = description.raw ? 'the bytes' : json ? JSON.stringify(json) : description.form ? sent : undefined;
  const payload = method === 'POST' ? (body ?? own) : undefined;
  const usualType = description.json ? 'application/json' : 'application/x-www-form-urlencoded';
  return {
    method: method as 'GET',
    url: inBody ? url : `${url}?${sent}`,
    headers: {
      authorization: spoilt.authorization ?? authorization.byApiKey,
      ...(payload !== undefined && { 'content-type': spoilt.type ?? (description.raw ? 'text/plain' : usualType) }),
      ...(spoilt.header && { [spoilt.header[0]]: spoilt.header[1] }),
    },
    ...(payload !== undefined && { payload: payload instanceof Uint8Array ? Buffer.from(payload) : payload }),
  };
}

const jsonSamples: Record<string, unknown> = {
  to: '+12025550100',
  body: 'x',
  upTo: 0,
  kind: 'fail',
  ...unreachableSender,
  addresses: ['{number}'],
  count: 1,
  friendly_name: 'x',
  language: 'en',
  variables: { 1: 'x' },
  types: { 'twilio/text': { body: 'Hello {{1}}' } },
  name: 'x',
  category: 'UTILITY',
  command: 'get',
  list: [{ media_sid: 'ME' }],
};

function jsonSample(members: Record<string, Field>, world: World): Record<string, unknown> {
  const given = Object.keys(members).filter((name) => name in jsonSamples);
  return JSON.parse(fill(JSON.stringify(Object.fromEntries(given.map((name) => [name, jsonSamples[name]]))), world));
}

/** These come of what goes on in the background, so there is none; or others sign them. */
const absent =
  /\{Id\}|\/Receipts\/\{Sid\}$|\/ChannelMetadata$|\/phones\/.*\/read$|\/content$|\/links$|\/webhook$|^\/v1\/x\/media\//;

/** As one line that can be read. */
function show({ method, url, headers: sent, payload }: InjectOptions): string {
  return `${method} ${url} ${JSON.stringify(sent)} ${String(payload ?? '').slice(0, 2000)}`;
}

/** A body that is read as it arrives needs a real connection. */
async function overTheWire({ method, url, headers: sent, payload }: InjectOptions) {
  const port = Number(new URL(listening).port);
  // The client takes characters for bytes.
  const path = Buffer.from(url as string).toString('latin1');
  const options = { host: '127.0.0.1', port, method, path, headers: sent as OutgoingHttpHeaders };
  const request = requestHttp({ ...options, agent: false }).end(payload as Buffer | string | undefined);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const body = await text(answer);
  return {
    statusCode: answer.statusCode ?? 0,
    headers: answer.headers,
    payload: body,
    json: () => JSON.parse(body),
  };
}

/** Everything that is stored, once what goes on in the background for it is done. */
async function settledState() {
  const { sql: query } = at.server.core.db;
  const underWay = () =>
    query
      .selectFrom('outbox')
      .select('id')
      .where('state', 'in', ['pending', 'sending'])
      .where('attempt', '=', 0)
      .execute();
  await turnsWhile(async () => (await underWay()).length > 0);
  return stateOf(at);
}

/** Another one when anybody has committed a change. */
async function version(): Promise<unknown> {
  const { rows } = await sql<object>`${sql.raw(versionOf)}`.execute(at.server.core.db.sql);
  return JSON.stringify(rows);
}

test.each(operations.map((operation) => [operation.method, operation.path, operation] as const))(
  'However %s %s is asked, it is no error of the server, and what is refused changes nothing.',
  async (method, path, operation) => {
    const inDefaultService = !path.startsWith('/v1/Services/');
    let world = await plantWorld(at, inDefaultService, { url: listening });
    let before = await settledState();
    let mark = await version();
    const ask = async (spoilt: Spoiling) => {
      asked += 1;
      // So that what succeeded before is in nobody's way.
      const request = build(operation, { ...world, new: `${world['new']} ${asked}`, number: numberOf(asked) }, spoilt);
      const answer = await (operation.resource.errors === undefined ? at.server.inject(request) : overTheWire(request));
      const { statusCode: status } = answer;
      const said = `${show(request)}\nwas answered ${status} ${answer.payload.slice(0, 500)}`;
      expect(status, said).toBeLessThan(500);
      // What is for providers is said in the words that they know.
      if (status >= 400 && operation.path.endsWith('/webhook')) expect(answer.payload).toMatch(/\S/);
      else if (status >= 400) {
        const { code, message, more_info, ...rest } = answer.json();
        // The media API says more, unless the path cannot be read at all.
        const says = operation.resource.errors !== undefined && 'detail' in rest;
        expect(rest, said).toEqual({ status, ...(says && { detail: expect.any(String) }) });
        expect(more_info, said).toBe(`https://www.twilio.com/docs/errors/${code}`);
        expect(message, said).toMatch(/\S/);
      } else {
        const isJson = String(answer.headers['content-type']).startsWith('application/json');
        expect(describedProblems(operation, status, isJson ? answer.json() : answer.payload), said).toEqual([]);
      }
      // To look whether anything was written at all is cheap, to compare all tables is not.
      if ((await version()) !== mark) {
        const after = await settledState();
        if (status >= 400 || method === 'GET') expect(after, said).toEqual(before);
        before = after;
        mark = await version();
      }
      return status;
    };
    // Each operation has a seed of its own, or all would be spoilt in the same ways.
    const parameters = { seed: seed + operations.indexOf(operation), numRuns: 40, interruptAfterTimeLimit: 1500 };
    await fc.assert(
      fc.asyncProperty(spoilingOf(operation), async (spoilt) => void (await ask(spoilt))),
      parameters,
    );
    // What all those are variations of.
    world = await plantWorld(at, inDefaultService, { url: listening });
    before = await settledState();
    mark = await version();
    const expected = absent.test(path) ? [404, 400, 403, 405] : operation.answers.map((answer) => answer.status);
    expect(expected, path).toContain(await ask(nothingSpoilt));
  },
);

test('Whatever comes over the wire, the server answers, or hangs up, and goes on.', async () => {
  const { port } = new URL(listening);
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('GET /v1 HTTP/1.1', 'POST /v1/Users HTTP/1.1', `Authorization: ${authorization.byAccount}`),
    fc.constantFrom('Host: x', 'Content-Length: 5', 'Transfer-Encoding: chunked', 'Expect: 100-continue', 'Upgrade: x'),
    fc
      .tuple(fc.constantFrom('GET', 'POST', 'OPTIONS'), fc.string())
      .map(([method, path]) => `${method} /${path} HTTP/1.1`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.on('error', () => socket.destroy());
      socket.end(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`));
      const answer = await text(socket).catch(() => '');
      for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)) expect(Number(status)).toBeLessThan(500);
    }),
    { seed, numRuns: 300 },
  );
  expect(await at.ask('GET', '/v1/Configuration')).toMatchObject({ status: 200 });
});

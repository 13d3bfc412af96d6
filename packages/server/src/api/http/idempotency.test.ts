import { generateKeyPairSync } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyServerOptions, RouteOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { purgeIdempotency } from '../../core/idempotency.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { authorization, type Form, type OpenRest, openRest, testCredentials } from '../../testing/open-rest.ts';
import { beside, type Recipe, recipeOf } from '../../testing/post-recipes.ts';
import { stateOf } from '../../testing/scenarios.ts';
import { unreachableSender } from '../../testing/world.ts';
import { makeToken } from '../tokens.ts';

/** Every POST route of the whole server, as it is registered. */
const routes = vi.hoisted(() => [] as string[]);
vi.mock('fastify', async (original) => {
  const module = await original<typeof import('fastify')>();
  return {
    ...module,
    default: (options: FastifyServerOptions) => {
      const app: FastifyInstance = module.default(options);
      app.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
        // Routes of several methods say that a path has another one.
        if (String(method) === 'POST' && url.startsWith('/v1/') && !config?.knowsRepetitions) routes.push(url);
      });
      return app;
    },
  };
});

let at: OpenRest;
let receiver: Server;
/** Uploads are streams, which need a connection. */
let url: string;
const world: Record<string, string> = { number: '%2B12025550177', service: '', conversation: '' };
const fill = (text: string) =>
  text.replace(/\{(\w+)\}|:(\w+)/g, (hole, name, segment) => world[name ?? segment] ?? hole);

beforeAll(async () => {
  receiver = createServer((_request, response) => response.end());
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  at = await openRest({ publicUrl: null });
  url = (await at.server.listen()).url;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const fcm = { type: 'service_account', project_id: 'p', client_email: 'a@example.com', private_key: pem };
  world['fcm'] = JSON.stringify(fcm);
  const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  await at.post('/v1/Conversations', { UniqueName: 'seen' });
  await at.post('/v1/Conversations/seen/Webhooks', {
    Target: 'webhook',
    'Configuration.Url': hook,
    'Configuration.Filters': 'onMessageAdded',
  });
  await at.post('/v1/Conversations/seen/Participants', {
    'MessagingBinding.Address': '+12025550188',
    'MessagingBinding.ProxyAddress': '+12025550100',
  });
  await json('/v1/x/sandbox/phones/%2B12025550188/faults', { kind: 'fail', count: 2 });
  const withHooks = { 'x-twilio-webhook-enabled': 'true' };
  for (const body of ['one', 'two']) {
    const { status } = await at.ask('POST', '/v1/Conversations/seen/Messages', {
      form: { Body: body },
      headers: withHooks,
    });
    expect(status).toBe(201);
  }
  const two = async (path: string, key: string) =>
    vi.waitFor(async () => {
      const rows = (await at.get(path))[key] as { id: string; state: string }[];
      expect(rows).toHaveLength(2);
      return rows.map(({ id }) => id) as [string, string];
    });
  [world['dead'], world['alsoDead']] = await two('/v1/x/outbox?state=dead', 'outbox');
  [world['delivered'], world['alsoDelivered']] = await two('/v1/x/webhook-deliveries?state=delivered', 'deliveries');
});
afterAll(async () => {
  await at.discard();
  receiver.close();
});

const json = (path: string, body: object, headers: Record<string, string> = {}) =>
  at.ask('POST', path, { form: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } });

/** A conversation with all that can stand in a path, in the default service or another one. */
async function makeWorld(): Promise<void> {
  const { sid } = await at.post('/v1/Services', { FriendlyName: 'here' });
  world['service'] = sid;
  for (const base of ['/v1', `/v1/Services/${sid}`]) {
    const suffix = base === '/v1' ? 'Plain' : 'Scoped';
    const conversation = await at.post(`${base}/Conversations`);
    const path = `${base}/Conversations/${conversation.sid}`;
    const participant = await at.post(`${path}/Participants`, { Identity: 'ann' });
    const message = await at.post(`${path}/Messages`, { Body: 'first' });
    const webhook = await at.post(`${path}/Webhooks`, {
      Target: 'webhook',
      'Configuration.Url': 'https://example.com/',
      'Configuration.Filters': 'onMessageAdded',
    });
    const role = await at.post(`${base}/Roles`, { FriendlyName: 'r', Type: 'conversation', Permission: 'sendMessage' });
    world[`conversation${suffix}`] = conversation.sid;
    world[`participant${suffix}`] = participant.sid;
    world[`message${suffix}`] = message.sid;
    world[`webhook${suffix}`] = webhook.sid;
    world[`role${suffix}`] = role.sid;
    world[`user${suffix}`] = 'ann';
  }
  world['address'] = (await at.post('/v1/Configuration/Addresses', { Type: 'sms', Address: '+12025550101' })).sid;
  world['credential'] = (await at.post('/v1/Credentials', { Type: 'fcm', Secret: world['fcm'] as string })).sid;
  const types = { 'twilio/text': { body: 'x' } };
  world['content'] = (await json('/v1/Content', { language: 'en', types })).body.sid;
  const sender = { ...unreachableSender, addresses: ['+12025550152'] };
  world['sender'] = (await json('/v1/x/senders', sender)).body.sid;
  const config = { token: '4711:simulated-token', apiUrl: 'http://127.0.0.1:9' };
  const bot = { type: 'telegram', check: false, addresses: ['telegram:@simulated_bot'], config };
  world['bot'] = (await json('/v1/x/senders', bot)).body.sid;
}

function ask(recipe: Recipe, path: string, headers: Record<string, string>) {
  const { form, json: content, raw } = recipe;
  const target = `/v1${fill(recipe.path ?? path)}`;
  if (content) return json(target, JSON.parse(fill(JSON.stringify(content))), headers);
  if (raw) return upload(target, raw, headers);
  const filled =
    form &&
    (Object.fromEntries(Object.entries(form).map(([k, v]) => [k, typeof v === 'string' ? fill(v) : v])) as Form);
  return at.ask('POST', target, { ...(filled && { form: filled }), headers });
}

async function upload(target: string, { type, body }: { type: string; body: string }, more: Record<string, string>) {
  const headers = { authorization: authorization.byAccount, 'content-type': type, ...more };
  const response = await fetch(url + target, { method: 'POST', headers, body });
  const text = await response.text();
  return { status: response.status, headers: Object.fromEntries(response.headers), body: JSON.parse(text), text };
}

test('every POST is answered again as it was first, changes nothing again, and keeps its key for itself', async () => {
  await makeWorld();
  const all: string[] = [];
  for (const route of new Set(routes)) {
    const { allow } = (await at.ask('OPTIONS', route.replace(/:\w+/g, 'x'))).headers;
    if (allow === undefined || String(allow).includes('POST')) all.push(route);
  }
  expect(all.length).toBeGreaterThan(40);
  expect(all.filter((route) => !recipeOf(route))).toEqual([]);
  for (const [number, route] of all.entries()) {
    const { recipe, path, scoped } = recipeOf(route) as NonNullable<ReturnType<typeof recipeOf>>;
    for (const name of ['conversation', 'participant', 'message', 'webhook', 'role', 'user']) {
      world[name] = world[`${name}${scoped ? 'Scoped' : 'Plain'}`] as string;
    }
    const here = { ...recipe };
    if (scoped) here.path = `/Services/{service}${recipe.path ?? path}`;
    const headers = { 'idempotency-key': `key-${number}` };
    const first = await ask(here, path, headers);
    expect([route, first.status, first.headers['idempotency-replayed']]).toEqual([
      route,
      expect.toSatisfy(
        (status) => status === 200 || status === 201 || status === 202,
        `success: ${JSON.stringify(first.body)}`,
      ),
      undefined,
    ]);
    const { command } = await at.server.core.db.sql
      .selectFrom('idempotency')
      .select('command')
      .where('key', '=', `key-${number}`)
      .where('scope', '=', at.config.credentials.accountSid)
      .executeTakeFirstOrThrow();
    expect([route, command === '']).toEqual([route, beside.includes(path)]);
    await settled();
    const before = await stateOf(at);
    const again = await ask(here, path, headers);
    expect([route, again.headers['idempotency-replayed'], again.headers['content-type']]).toEqual([
      route,
      'true',
      first.headers['content-type'],
    ]);
    expect([route, again.status, again.text]).toEqual([route, first.status, first.text]);
    await settled();
    expect([route, await stateOf(at)]).toEqual([route, before]);

    const changed: Recipe = recipe.other
      ? { ...here, ...recipe.other }
      : recipe.json
        ? { ...here, json: { ...recipe.json, more: 1 } }
        : { ...here, form: { ...recipe.form, More: 'x' } };
    const other = await ask(changed, path, headers);
    expect([route, other.status, other.body.code]).toEqual([route, 409, 20409]);
  }
  const kept = await at.server.core.db.sql.selectFrom('idempotency').select(['result', 'answer']).execute();
  for (const { result, answer } of kept) {
    // Sealed or not, and whatever text of JSON it is in.
    expect(result).not.toMatch(/"secrets?\\*":\\*"/);
    expect(answer).not.toMatch(/"secrets?\\*":\\*"/);
  }
});

/** Deliveries that a request began go on after its answer. */
async function settled(): Promise<void> {
  await vi.waitFor(async () => {
    const due = await at.server.core.db.sql
      .selectFrom('outbox')
      .select('id')
      .where('state', 'in', ['pending', 'sending'])
      .where('not_before', '<=', at.clock.now())
      .execute();
    expect(due).toEqual([]);
  });
}

describe('A key', () => {
  const messages = async (conversation: string) =>
    (await at.get(`/v1/Conversations/${conversation}/Messages`)).messages as object[];
  const say = (conversation: string, body: string, key: string, headers: Record<string, string> = {}) =>
    at.ask('POST', `/v1/Conversations/${conversation}/Messages`, {
      form: { Body: body },
      headers: { 'idempotency-key': key, ...headers },
    });

  test.each([
    ['empty', ''],
    ['with a blank', 'a b'],
    ['of 129 characters', 'x'.repeat(129)],
    ['with a letter beyond ASCII', 'é'],
  ])('%s is refused, and nothing happens', async (_, key) => {
    await at.post('/v1/Conversations', { UniqueName: `bad ${key.slice(0, 9)}` });
    const before = await stateOf(at);
    const { status, body } = await say(`bad%20${encodeURIComponent(key.slice(0, 9))}`, 'x', key);
    expect([status, body.code]).toEqual([400, 20422]);
    expect(body.message).toContain('Idempotency-Key');
    expect(await stateOf(at)).toEqual(before);
  });

  test.each([
    ['nested out of all reason', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'nested more than 32 times'],
    ['text in place of JSON', 'hello', 'it cannot be read'],
    ['an object that would have another prototype', '{"__proto__":{}}', 'it cannot be read'],
  ])('of a request with a body that is %s is not looked at', async (_what, form, reason) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'never' };
    const { status, body } = await at.ask('POST', '/v1/x/senders', { form, headers });
    expect([status, body.code]).toEqual([400, 20422]);
    expect(body.message).toContain(reason);
  });

  test('of 128 characters is good', async () => {
    await at.post('/v1/Conversations', { UniqueName: 'long' });
    expect((await say('long', 'x', 'x'.repeat(128))).status).toBe(201);
  });

  test('remembers no refusal: what was in the way may be gone when the request comes again', async () => {
    expect((await say('later', 'x', 'later')).status).toBe(404);
    await at.post('/v1/Conversations', { UniqueName: 'later' });
    const sent = await say('later', 'x', 'later');
    expect([sent.status, sent.headers['idempotency-replayed']]).toEqual([201, undefined]);
  });

  test('that comes several times at once: one request is carried out, all get its answer', async () => {
    await at.post('/v1/Conversations', { UniqueName: 'busy' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => say('busy', 'x', 'at-once')));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(7);
    expect(await messages('busy')).toHaveLength(1);
  });

  test('whose caller hangs up does not keep a repetition waiting', async () => {
    const { sid } = await at.post('/v1/Conversations');
    const path = `/v1/Conversations/${sid}/Messages`;
    const type = 'application/x-www-form-urlencoded';
    const headers = { authorization: authorization.byAccount, 'content-type': type, 'idempotency-key': 'hung-up' };
    for (let time = 0; time < 10; time += 1) {
      const hasty = httpRequest(url + path, { method: 'POST', headers });
      hasty.on('error', () => {});
      await new Promise<void>((resolve) => hasty.end('Body=x', () => resolve()));
      hasty.destroy();
    }
    const response = await fetch(url + path, { method: 'POST', headers, body: 'Body=x' });
    expect([response.status, await messages(sid)]).toMatchObject([201, [{ sid: (await response.json()).sid }]]);
  });

  test.each([
    ['escaped', '/%761/Conversations'],
    ['in absolute form', 'http://example.com/v1/Conversations'],
  ])('counts where the path is %s', async (how, path) => {
    const headers = { authorization: authorization.byAccount, 'idempotency-key': how.replaceAll(' ', '-') };
    const send = () =>
      new Promise<string>((resolve, reject) => {
        const { hostname: host, port } = new URL(url);
        const sending = httpRequest({ host, port, path, method: 'POST', headers }, async (response) => {
          let text = '';
          for await (const piece of response) text += piece;
          resolve(`${response.statusCode} ${text}`);
        });
        sending.on('error', reject).end();
      });
    const first = await send();
    expect(first).toMatch(/^201 /);
    expect(await send()).toBe(first);
  });

  test('gets the first answer also when what it is about is gone', async () => {
    const made = await at.ask('POST', '/v1/Conversations', { headers: { 'idempotency-key': 'gone' } });
    await at.remove(`/v1/Conversations/${made.body.sid}`);
    const again = await at.ask('POST', '/v1/Conversations', { headers: { 'idempotency-key': 'gone' } });
    expect([again.status, again.text]).toEqual([201, made.text]);
  });

  test('whose answer never went out, since the server died first, gets one from what the change made', async () => {
    const { sid, chat_service_sid: service } = await at.post('/v1/Conversations');
    const usual = await say(sid, 'x', 'usual');
    const { core } = at.server;
    const { input: request } = await core.db.sql
      .selectFrom('idempotency')
      .select('input')
      .where('key', '=', 'usual')
      .executeTakeFirstOrThrow();
    const account = at.config.credentials.accountSid as `AC${string}`;
    const key = { scope: account, key: 'died', request };
    await core.run(sendMessage, { kind: 'account', account }, { service, conversation: sid, body: 'x' }, key);
    const answer = await say(sid, 'x', 'died');
    expect([answer.status, answer.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(Object.keys(answer.body)).toEqual(Object.keys(usual.body));
    expect((await messages(sid))[1]).toEqual(answer.body);
    expect((await say(sid, 'x', 'died')).text).toBe(answer.text);
    expect(await messages(sid)).toHaveLength(2);
    expect((await say(sid, 'y', 'died')).status).toBe(409);
  });

  test('is one of the account, whichever of its credentials come with it', async () => {
    await at.post('/v1/Conversations', { UniqueName: 'shared' });
    await say('shared', 'x', 'shared');
    const again = await say('shared', 'x', 'shared', { authorization: authorization.byApiKey });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await say('shared', 'x', 'shared', { authorization: 'Basic wrong' })).status).toBe(401);
  });

  test('of the account is none of a user, whatever he sends beside his token', async () => {
    const target = `/v1/Services/${world['service']}/Media`;
    const key = { 'idempotency-key': 'private' };
    const file = { type: 'text/plain', body: 'of the account' };
    const first = await upload(target, file, key);
    const token = await makeToken(
      testCredentials,
      { identity: 'eve', service: world['service'] as string },
      at.clock.now(),
    );
    const eves = { authorization: 'Basic none', 'x-twilio-token': token, ...key };
    const hers = await upload(target, { ...file, body: 'of eve, really' }, eves);
    expect([hers.status, hers.headers['idempotency-replayed'], hers.body.author]).toEqual([201, undefined, 'eve']);
    expect(hers.body.sid).not.toBe(first.body.sid);
    expect((await upload(target, file, key)).body.sid).toBe(first.body.sid);
  });

  test('means nothing to GET and DELETE', async () => {
    const { sid } = await at.post('/v1/Conversations');
    const headers = { 'idempotency-key': 'same' };
    expect((await at.ask('GET', `/v1/Conversations/${sid}`, { headers })).status).toBe(200);
    expect((await at.ask('DELETE', `/v1/Conversations/${sid}`, { headers })).status).toBe(204);
    expect((await at.ask('GET', `/v1/Conversations/${sid}`, { headers })).status).toBe(404);
    expect((await at.ask('DELETE', `/v1/Conversations/${sid}`, { headers })).status).toBe(404);
  });

  test('is forgotten after a day', async () => {
    await at.post('/v1/Conversations', { UniqueName: 'old' });
    await say('old', 'x', 'old');
    const { core } = at.server;
    const actor = { kind: 'system', account: at.config.credentials.accountSid as `AC${string}` } as const;
    at.clock.advance(24 * 60 * 60 * 1000);
    while ((await core.run(purgeIdempotency, actor, {})).more);
    expect((await say('old', 'x', 'old')).headers['idempotency-replayed']).toBe('true');
    at.clock.advance(1);
    while ((await core.run(purgeIdempotency, actor, {})).more);
    expect((await say('old', 'x', 'old')).headers['idempotency-replayed']).toBeUndefined();
    expect(await messages('old')).toHaveLength(2);
  });
});

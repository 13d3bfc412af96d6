import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserActor } from '../../../core/actor.ts';
import { registerDevice } from '../../../core/push/bindings.ts';
import { openSecret } from '../../../core/push/secrets.ts';
import { connectUser } from '../../../core/users/actions.ts';
import { Vault } from '../../../storage/vault.ts';
import { CertificateAuthority, rsaKeys } from '../../../testing/certificates.ts';
import { testAccount } from '../../../testing/open-core.ts';
import { type Form, type OpenRest, openRest } from '../../../testing/open-rest.ts';
import { playScenario, type Scenario, stateOf } from '../../../testing/scenarios.ts';

const sidOf = (prefix: string) => `${prefix}${'0'.repeat(32)}`;
const apple = new CertificateAuthority('Apple of the tests');
const { certificate, key } = apple.issue({ name: 'app', uid: 'com.example.chat' });
const other = apple.issue({ name: 'other app', uid: 'com.example.other' });
const { privateKey } = rsaKeys();
const serviceAccount = { project_id: 'p', client_email: 'x@p.iam.gserviceaccount.com', private_key: privateKey };
const secrets = ['BEGIN PRIVATE', 'iam.gserviceaccount.com', 'the-api-key'];

const apn = { Type: 'apn', Certificate: certificate, PrivateKey: key };
const fcm = { Type: 'fcm', Secret: JSON.stringify(serviceAccount) };
const gcm = { Type: 'gcm', ApiKey: 'the-api-key' };

let at: OpenRest;
const logged: string[] = [];
const world: Record<string, string> = {};
beforeAll(async () => {
  at = await openRest({ logLevel: 'trace' }, pino({ level: 'trace' }, { write: (line) => void logged.push(line) }));
  for (const form of [apn, fcm, gcm]) world[form.Type] = (await at.post('/v1/Credentials', form)).sid;
});
afterAll(() => at.discard());

const create = (form: Form, status: number, code?: number): Scenario => ({
  when: `created as ${JSON.stringify(form).slice(0, 100)}`,
  ask: 'POST /v1/Credentials',
  form,
  status,
  ...(code !== undefined && { code }),
});
const update = (name: string, form: Form, status: number, code?: number): Scenario => ({
  ...create(form, status, code),
  when: `${name} updated with ${JSON.stringify(form).slice(0, 100)}`,
  ask: `POST /v1/Credentials/{${name}}`,
});

const scenarios: Scenario[] = [
  create({ ...apn, FriendlyName: 'x'.repeat(64), Sandbox: 'true' }, 201),
  create({ ...fcm, Type: 'FCM' }, 201),
  create({}, 400, 20001),
  create({ Type: 'apns' }, 400, 20422),
  create({ Type: '' }, 400, 20422),
  create('Type=gcm&Type=fcm&ApiKey=x', 400, 20422),
  create({ ...gcm, FriendlyName: 'x'.repeat(65) }, 400, 50003),
  create({ ...apn, Sandbox: 'perhaps' }, 400, 20422),
  // Any text will do: whether something can be sent with it shows when something is to be sent.
  create({ Type: 'apn' }, 201),
  create({ Type: 'apn', Certificate: 'x', PrivateKey: '' }, 201),
  create({ ...apn, PrivateKey: other.key }, 201),
  create({ ...apn, Certificate: 'x'.repeat(64 * 1024 + 1) }, 400, 20422),
  create({ Type: 'fcm', ApiKey: 'x' }, 201),
  create({ Type: 'fcm', Secret: 'AAAAserverkey' }, 201),
  create({ Type: 'gcm' }, 201),
  { when: 'listed', ask: 'GET /v1/Credentials', status: 200 },
  { when: 'a page of another list', ask: 'GET /v1/Credentials?PageToken=x', status: 400, code: 20422 },
  { when: 'fetched', ask: 'GET /v1/Credentials/{apn}', status: 200 },
  { when: 'not there', ask: `GET /v1/Credentials/${sidOf('CR')}`, status: 404, code: 20404 },
  { when: 'no SID', ask: 'GET /v1/Credentials/apn', status: 404, code: 20404 },
  { when: 'below a service', ask: `GET /v1/Services/${sidOf('IS')}/Credentials`, status: 404, code: 20404 },
  update('apn', { FriendlyName: 'App' }, 200),
  update('apn', {}, 200),
  update('apn', { Type: 'APN', Sandbox: 'True' }, 200),
  update('apn', { Certificate: other.certificate, PrivateKey: other.key }, 200),
  update('apn', { Certificate: certificate }, 200),
  update('apn', { Type: 'fcm' }, 400, 20422),
  update('apn', { FriendlyName: 'x'.repeat(65) }, 400, 50003),
  update('fcm', { Secret: 'x'.repeat(64 * 1024 + 1) }, 400, 20422),
  update('gcm', { ApiKey: 'another' }, 200),
  {
    when: 'not there updated',
    ask: `POST /v1/Credentials/${sidOf('CR')}`,
    form: { Type: 'x' },
    status: 404,
    code: 20404,
  },
  { when: 'removed', ask: 'DELETE /v1/Credentials/{gcm}', status: 204 },
  { when: 'removed again', ask: 'DELETE /v1/Credentials/{gcm}', status: 404, code: 20404 },
  { when: 'another method', ask: 'PUT /v1/Credentials/{apn}', status: 405, code: 20004 },
];

describe('A credential', () => {
  test.each(scenarios)('$when: $status $code', (scenario) => playScenario(at, scenario, world));

  test('is nobody’s business without the account’s password.', async () => {
    for (const [method, path] of [
      ['GET', '/v1/Credentials'],
      ['POST', '/v1/Credentials'],
      ['GET', '/v1/Credentials/{apn}'],
      ['POST', '/v1/Credentials/{apn}'],
      ['DELETE', '/v1/Credentials/{apn}'],
    ] as const) {
      const asked = { headers: { authorization: 'Basic eDp5' }, ...(method === 'POST' && { form: gcm }) };
      expect((await at.ask(method, path.replace('{apn}', world['apn'] ?? ''), asked)).status).toBe(401);
    }
  });

  test('is answered as the contract has it: the sandbox as text, and nothing of what it holds.', async () => {
    const body = await at.post('/v1/Credentials', { ...fcm, FriendlyName: 'Android' });
    expect(Object.entries(body)).toEqual([
      ['sid', expect.stringMatching(/^CR[0-9a-f]{32}$/)],
      ['account_sid', testAccount],
      ['friendly_name', 'Android'],
      ['type', 'fcm'],
      ['sandbox', 'False'],
      ['date_created', '2030-01-01T00:00:00Z'],
      ['date_updated', '2030-01-01T00:00:00Z'],
      ['url', `https://chat.example.com/v1/Credentials/${body.sid}`],
    ]);
    at.clock.advance(1000);
    const updated = await at.post(`/v1/Credentials/${body.sid}`, { Sandbox: 'true' });
    expect(updated).toMatchObject({ sandbox: 'True', friendly_name: 'Android', date_updated: '2030-01-01T00:00:01Z' });
    expect(await at.get(`/v1/Credentials/${body.sid}`)).toEqual(updated);
    expect((await at.get('/v1/Credentials')).credentials.at(-1)).toEqual(updated);
  });

  test('is nowhere to be read, and is what was given when it is opened.', async () => {
    const sent = [];
    for (const form of [apn, fcm, gcm]) {
      sent.push(await at.ask('POST', '/v1/Credentials', { form, headers: { 'idempotency-key': form.Type } }));
      const refused = { ...form, FriendlyName: 'x'.repeat(65) };
      sent.push(await at.ask('POST', '/v1/Credentials', { form: refused }));
      sent.push(await at.ask('POST', '/v1/Credentials', { form: { ...refused, Sandbox: 'x', Type: 'x' } }));
    }
    const everything = JSON.stringify([sent, logged, await stateOf(at)]);
    for (const secret of secrets) expect(everything).not.toContain(secret);

    const row = await at.server.core.db.sql
      .selectFrom('push_credentials')
      .selectAll()
      .where('sid', '=', sent[0]?.body.sid)
      .executeTakeFirstOrThrow();
    expect(openSecret(new Vault(at.config.dataDir), testAccount, row.secret)).toEqual({
      type: 'apn',
      certificate,
      privateKey: key,
    });
    // All that PostgreSQL tells is the state above.
    if (at.config.databaseUrl !== undefined) return;
    const file = readFileSync(join(at.config.dataDir, 'colloquy.db'), 'latin1');
    for (const secret of secrets) expect(file).not.toContain(secret);
  });

  test('that goes takes the devices with it that were registered with it, and no other ones.', async () => {
    const { core } = at.server;
    const service = (await at.get('/v1/Configuration')).default_chat_service_sid;
    const account = { kind: 'account', account: testAccount } as const;
    const { sid: user } = await core.run(connectUser, account, { service, identity: 'ann' });
    const ann: UserActor = {
      kind: 'user',
      account: testAccount,
      service,
      user: user as `US${string}`,
      identity: 'ann',
    };
    const kept = (await at.post('/v1/Credentials', fcm)).sid;
    const gone = (await at.post('/v1/Credentials', fcm)).sid;
    const { sid } = await core.run(registerDevice, ann, { type: 'fcm', token: 'kept', credential: kept });
    await core.run(registerDevice, ann, { type: 'fcm', token: 'gone', credential: gone });
    await at.remove(`/v1/Credentials/${gone}`);
    const { bindings } = await at.get(`/v1/Services/${service}/Bindings`);
    expect(bindings.map((binding: { sid: string }) => binding.sid)).toEqual([sid]);
  });
});

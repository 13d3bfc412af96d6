import { generateKeyPairSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { updateCredential } from '../../core/push/credentials.ts';
import { type GivenSecret, mergeSecret, sealSecret } from '../../core/push/secrets.ts';
import { pushAgain } from '../../core/push/settle.ts';
import { Vault, vaultKeyFile } from '../../storage/vault.ts';
import { openPushWorld, type PushWorld } from '../../testing/push-world.ts';
import { outcomeOfFailure } from './failures.ts';
import { Http2Failure } from './http2-client.ts';

let at: PushWorld;
let room: string;
const logged: string[] = [];
beforeEach(async () => {
  logged.length = 0;
  at = await openPushWorld(pino({ level: 'trace' }, { write: (line) => void logged.push(line) }));
  await at.configure({ newMessage: { enabled: true } });
  room = await at.roomOf('ann', 'bob', 'cleo');
});
afterEach(() => at.discard());

const device = 'ab'.repeat(32);
const say = async (body = 'x') => {
  await at.send(room, 'ann', body);
  await at.push.idle();
};
const errors = async () =>
  (await at.outbox()).map(({ state, last_error }) => [state, JSON.parse(last_error ?? 'null')?.code]);

describe('The access token of a service account', () => {
  test('is asked for once, used until shortly before it ends, and then replaced.', async () => {
    await at.register('bob', 'fcm', 'bob-1');
    await at.register('cleo', 'fcm', 'cleo-1');
    await say();
    await say();
    expect(at.services.token.received).toHaveLength(1);
    at.clock.advance(3_540_000);
    await say();
    expect(at.services.token.received).toHaveLength(2);
    expect(at.services.fcm.received.at(-1)?.headers.authorization).toBe('Bearer token-2');
    expect(at.sentToFcm()).toHaveLength(6);
  });

  test('is replaced when FCM takes it no more, and the notice still arrives.', async () => {
    await at.register('bob', 'fcm', 'bob-1');
    await say();
    at.services.tokens.clear();
    await say();
    expect(at.services.fcm.received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-1',
    ]);
    expect(at.services.token.received).toHaveLength(2);
    expect(await at.outbox()).toEqual([]);
  });

  test('that is refused is a dead letter, which goes out when the credential is put right.', async () => {
    const other = { ...JSON.parse(at.services.serviceAccount), client_email: 'nobody@example.com' };
    const credential = await at.addCredential('fcm', { secret: JSON.stringify(other) });
    await at.register('bob', 'fcm', 'bob-1', { credential });
    await say();
    expect(await errors()).toEqual([['dead', 'invalid_grant']]);
    expect(at.services.fcm.received).toEqual([]);

    const row = await at.core.db.sql.selectFrom('push_credentials').selectAll().where('sid', '=', credential).execute();
    const right = mergeSecret('fcm', { secret: at.services.serviceAccount });
    const to = sealSecret(new Vault(at.directory), at.account.account, right);
    await at.core.run(updateCredential, at.account, { credential, secret: { from: row[0]?.secret ?? '', to } });
    const [letter] = await at.outbox();
    await at.core.run(pushAgain, at.account, { id: letter?.id ?? '' });
    await at.push.idle();
    expect(at.sentToFcm()).toHaveLength(1);
    expect(await at.outbox()).toEqual([]);
  });

  test('is waited for while the endpoint is out of order.', async () => {
    await at.register('bob', 'fcm', 'bob-1');
    at.services.token.replies.push({ status: 503 });
    await say();
    expect(await errors()).toEqual([['pending', 'token-endpoint']]);
    at.clock.advance(4000);
    await at.push.idle();
    expect(at.sentToFcm()).toHaveLength(1);
  });
});

describe('A certificate', () => {
  test('that Apple does not know is a dead letter.', async () => {
    const { certificate, key } = at.services.stranger;
    const credential = await at.addCredential('apn', { certificate, privateKey: key });
    await at.register('bob', 'apn', device, { credential });
    await say();
    expect(await errors()).toEqual([['dead', 'BadCertificate']]);
  });

  test('that cannot be opened any more is a dead letter that says what to do.', async () => {
    rmSync(join(at.directory, vaultKeyFile));
    await at.restart();
    await at.register('bob', 'apn', device);
    await say();
    expect(await errors()).toEqual([['dead', 'sealed']]);
    expect((await at.outbox())[0]?.last_error).toContain('secrets.key');
  });
});

describe('A credential with which nothing can be sent', () => {
  const { privateKey: ecKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const account = { project_id: 'p', client_email: 'x@p.iam.gserviceaccount.com' };
  const accountWith = (more: object) => ({ secret: JSON.stringify({ ...account, ...more }) });
  test.each<[string, 'apn' | 'fcm', () => GivenSecret, string]>([
    ['no certificate', 'apn', () => ({}), 'Certificate is not'],
    ['no key', 'apn', () => ({ certificate: at.services.app.certificate }), 'PrivateKey is not a private key'],
    [
      'the key of another certificate',
      'apn',
      () => ({ certificate: at.services.app.certificate, privateKey: at.services.stranger.key }),
      'not the key of its Certificate',
    ],
    ['nothing', 'fcm', () => ({}), 'service account'],
    ['an old server key', 'fcm', () => ({ secret: 'AAAAserverkey' }), 'service account'],
    [
      'a project that is a path',
      'fcm',
      () => accountWith({ project_id: '../p', private_key: ecKey }),
      'service account',
    ],
    ['no key in its account', 'fcm', () => accountWith({ private_key: 'x' }), 'not a private key'],
    ['a key of another kind', 'fcm', () => accountWith({ private_key: ecKey }), 'not an RSA key'],
  ])('for it holds %s, is a dead letter that says so.', async (_what, type, given, reason) => {
    const credential = await at.addCredential(type, given());
    await at.register('bob', type, type === 'apn' ? device : 'bob-1', { credential });
    await say();
    expect(await errors()).toEqual([['dead', 'unusable']]);
    expect((await at.outbox())[0]?.last_error).toContain(reason);
  });
});

describe('A connection that fails', () => {
  test.each([
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'refused'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'refused'],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'refused'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'refused'],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'later'],
    ['ECONNREFUSED', 'later'],
    ['ENOTFOUND', 'later'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'later'],
  ])('with %s has its notices %s', (code, outcome) => {
    expect(outcomeOfFailure(new Http2Failure(code, 'x')).outcome).toBe(outcome);
  });
});

describe('The connection', () => {
  test('to Apple is kept, and opened again when Apple ends it.', async () => {
    await at.register('bob', 'apn', device);
    await say();
    await say();
    expect(at.services.apns.sessions).toHaveLength(1);
    at.services.apns.replies.push('goaway');
    await say();
    await say();
    expect(at.services.apns.sessions).toHaveLength(2);
    expect(at.sentToApns()).toHaveLength(4);
    expect(await at.outbox()).toEqual([]);
  });

  test('that breaks while a notice is under way is opened again, and the notice is sent again with the same ids.', async () => {
    await at.register('bob', 'apn', device);
    at.services.apns.replies.push('nothing');
    await at.send(room, 'ann', 'x');
    await at.services.apns.arrivals(1);
    for (const session of at.services.apns.sessions) session.destroy();
    await at.push.idle();
    expect((await errors())[0]?.[0]).toBe('pending');
    at.clock.advance(4000);
    await at.push.idle();
    const [first, second, ...more] = at.sentToApns().map(({ headers }) => headers);
    expect(more).toEqual([]);
    expect(second?.['apns-id']).toBe(first?.['apns-id']);
    expect(second?.['apns-collapse-id']).toBe(first?.['apns-collapse-id']);
    expect(await at.outbox()).toEqual([]);
  });

  test('on which no answer comes is given up after 20 seconds, for a new one.', async () => {
    await at.register('bob', 'apn', device);
    at.services.apns.replies.push('nothing');
    await at.send(room, 'ann', 'x');
    await at.services.apns.arrivals(1);
    at.clock.advance(20_000);
    await at.push.idle();
    expect(await errors()).toEqual([['pending', 'timeout']]);
    at.clock.advance(4000);
    await at.push.idle();
    expect(at.services.apns.sessions).toHaveLength(2);
    expect(await at.outbox()).toEqual([]);
  });
});

describe('A server that stops', () => {
  test('waits four seconds for push services, and leaves to the next run what they have not answered.', async () => {
    await at.register('bob', 'apn', device);
    at.services.apns.replies.push('nothing');
    await at.send(room, 'ann', 'x');
    await at.services.apns.arrivals(1);
    const closed = at.push.close();
    at.clock.advance(4000);
    await closed;
    expect(await errors()).toEqual([['pending', 'aborted']]);
    // It was no attempt, and nobody has to wait for the next one.
    expect((await at.outbox()).map(({ attempt }) => attempt)).toEqual([0]);
    await at.restart();
    await at.push.idle();
    expect(at.sentToApns()).toHaveLength(2);
    expect(await at.outbox()).toEqual([]);
  });
});

describe('A process that dies', () => {
  test('after sending and before settling leaves the notice to the next one, which sends it with the same ids.', async () => {
    await at.push.close();
    await at.register('bob', 'apn', device);
    await at.register('bob', 'fcm', 'bob-1');
    await at.send(room, 'ann', 'x');
    const [row] = await at.outbox();
    await at.restart();
    await at.push.idle();
    await at.push.close();
    // As the dead one has left it: claimed, and sent.
    await at.claimAgain(row);
    at.clock.advance(2 * 60_000);
    await at.restart();
    await at.push.idle();
    const ids = at.sentToApns().map(({ headers }) => headers['apns-id']);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(new Set(at.sentToFcm().map(({ data }) => data['twi_message_id'])).size).toBe(1);
    expect(at.sentToFcm()).toHaveLength(2);
    expect(await at.outbox()).toEqual([]);
  });
});

describe('The log', () => {
  test('tells what became of notices where the service wants it, and never a token, a text or a secret.', async () => {
    await at.configure({ logEnabled: true });
    await at.register('bob', 'fcm', 'bob-1');
    await at.register('cleo', 'gcm', 'cleo-1');
    await say('a secret text');
    const entries = logged.map((line) => JSON.parse(line));
    const counts = { sent: 1, gone: 0, later: 0, refused: 1 };
    expect(entries).toEqual(
      expect.arrayContaining([expect.objectContaining({ level: 30, service: at.service, ...counts })]),
    );
    expect(entries).toEqual(
      expect.arrayContaining([expect.objectContaining({ level: 50, credential: at.credentials.gcm })]),
    );
    const everything = logged.join('');
    for (const secret of ['bob-1', 'cleo-1', 'secret text', 'an old key', 'PRIVATE', 'token-1']) {
      expect(everything).not.toContain(secret);
    }
    await at.configure({ logEnabled: false });
    logged.length = 0;
    await say('another text');
    expect(logged.map((line) => JSON.parse(line).level)).not.toContain(30);
  });
});

import { type MailSimulator, startMailSimulator } from '@colloquy/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CertificateAuthority } from '../../testing/certificates.ts';
import { targetFor } from './connection.ts';
import { emailModule } from './module.ts';
import { configOf, mailOf, testHost } from './test-sender.ts';

let server: MailSimulator;
beforeEach(async () => {
  server = await startMailSimulator();
});
afterEach(() => server.close());

const never = new AbortController().signal;
const both = (more: object = {}) =>
  configOf({ smtpPort: server.smtpPort, imapHost: '127.0.0.1', imapPort: server.imapPort, ...more });

describe('A configuration is checked', () => {
  test('by logging in to both servers; what it lacks is said.', async () => {
    const check = await emailModule.check(both(), testHost(), never);
    expect(check).toEqual({ ok: true, addresses: [], notes: [expect.stringContaining('authenticationServer')] });
    expect(server.journal.map(({ what }) => what)).toEqual(expect.arrayContaining(['login support', 'SELECT INBOX']));
    const alone = await emailModule.check(configOf({ smtpPort: server.smtpPort }), testHost(), never);
    expect(alone).toMatchObject({ ok: true, notes: [expect.stringContaining('Nothing comes in'), expect.anything()] });
  });

  test('and the name is told under which the mailbox’s server writes what it checked.', async () => {
    server.folder.deliver(mailOf('x', { 'authentication-results': 'mx.example.test; dmarc=pass' }));
    const check = await emailModule.check(both(), testHost(), never);
    expect(check).toMatchObject({ notes: expect.arrayContaining([expect.stringContaining('as mx.example.test.')]) });
  });

  test('and refused where a login is, without the password.', async () => {
    const wrong = await emailModule.check(both({ smtpPassword: 'wrong-one' }), testHost(), never);
    expect(wrong).toMatchObject({ ok: false, reason: expect.stringMatching(/cannot be sent/) });
    expect(JSON.stringify(wrong)).not.toContain('wrong-one');
    const inbox = await emailModule.check(both({ imapPassword: 'wrong-one' }), testHost(), never);
    expect(inbox).toMatchObject({ ok: false, reason: expect.stringMatching(/mailbox cannot be read: The login/) });
    const folder = await emailModule.check(both({ imapFolder: 'Nowhere' }), testHost(), never);
    expect(folder).toMatchObject({ ok: false, reason: expect.stringMatching(/mailbox cannot be read/) });
  });

  test('and refused where a server is not there, or within a network that is not to be called.', async () => {
    const { smtpPort, imapPort } = server;
    await server.close();
    expect(await emailModule.check(both(), testHost(), never)).toMatchObject({ ok: false });
    server = await startMailSimulator({ smtpPort, imapPort });
    const closed = await emailModule.check(both(), testHost({ networks: [] }), never);
    expect(closed).toMatchObject({ ok: false, reason: expect.stringMatching(/must not be called/) });
    expect(server.journal).toEqual([]);
  });

  test('over TLS, where the operator trusts who signed the certificates; not otherwise, and not without it.', async () => {
    await server.close();
    const authority = new CertificateAuthority('test');
    const { certificate: cert, key } = authority.issue({ name: 'mail' });
    server = await startMailSimulator({ tls: { cert, key } });
    const tls = { smtpTls: 'tls', imapTls: 'tls' };
    const trusting = both({ ...tls, certificates: authority.certificate });
    expect(await emailModule.check(trusting, testHost(), never)).toMatchObject({ ok: true });
    expect(await emailModule.check(both(tls), testHost(), never)).toMatchObject({ ok: false });
    const half = both({ ...tls, certificates: authority.certificate, imapTls: 'off' });
    expect(await emailModule.check(half, testHost(), AbortSignal.timeout(2000))).toMatchObject({ ok: false });
    await server.close();
    server = await startMailSimulator();
    const plain = await emailModule.check(both({ smtpTls: 'starttls' }), testHost(), never);
    expect(plain).toMatchObject({ ok: false, reason: expect.stringMatching(/cannot be sent/) });
    expect(server.journal.filter(({ what }) => what.startsWith('login'))).toEqual([]);
  });

  test('until it is given up.', async () => {
    expect(await emailModule.check(both(), testHost(), AbortSignal.abort())).toMatchObject({ ok: false });
  });
});

test('Without TLS only this machine and the networks that the operator named are talked to.', async () => {
  const host = (networks: string[]) => testHost({ networks });
  const to = (server: string, tls: 'off' | 'tls') => ({ server, port: 25, tls });
  await expect(targetFor(host([]), to('8.8.8.8', 'tls'))).resolves.toMatchObject({ address: '8.8.8.8' });
  await expect(targetFor(host([]), to('8.8.8.8', 'off'))).rejects.toThrow(/without TLS/);
  await expect(targetFor(host(['10.0.0.0/8']), to('10.1.1.1', 'off'))).resolves.toMatchObject({ address: '10.1.1.1' });
  await expect(targetFor(host([]), to('10.1.1.1', 'tls'))).rejects.toThrow(/must not be called/);
  await expect(targetFor(host([]), to('[::1]', 'tls'))).rejects.toThrow(/must not be called/);
  await expect(targetFor(host(['127.0.0.0/8', '::1']), to('localhost', 'off'))).resolves.toMatchObject({
    name: 'localhost',
  });
});

test.each([
  ['a user without a password', { smtpUser: 'x' }],
  ['a mailbox without a login', { imapHost: 'mail.example.test' }],
  ['a field that there is not', { smtpServer: 'x' }],
  ['a port that there is not', { smtpPort: 70_000 }],
  ['another kind of TLS', { smtpTls: 'ssl' }],
])('A configuration with %s is refused.', (_what, more) => {
  expect(emailModule.schema.safeParse({ smtpHost: 'mail.example.test', ...more }).success).toBe(false);
});

test('A configuration has defaults for all but the server, and says what each field is.', () => {
  expect(emailModule.schema.parse({ smtpHost: 'mail.example.test' })).toMatchObject({
    smtpPort: 587,
    smtpTls: 'starttls',
  });
  for (const field of Object.values(emailModule.schema.shape)) expect(field.description).toBeTruthy();
});

test('Own addresses are those of e-mail, without a plus, which is what it puts there itself.', () => {
  expect(emailModule.accepts('mailto:support@example.test')).toBe(true);
  for (const address of ['mailto:support+a@example.test', '+12025550100', 'whatsapp:+12025550100']) {
    expect(emailModule.accepts(address)).toBe(false);
  }
});

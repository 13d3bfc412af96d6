import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { freePort } from '@colloquy/testing';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { turnsWhile } from '../../testing/turns.ts';
import { EmailChannel } from './channel.ts';
import { Listeners } from './listeners.ts';
import { configOf, conversation, delivery, mailOf, requestOf, type TestHost, testHost } from './test-sender.ts';

let port: number;
let listeners: Listeners;
let host: TestHost;
let channel: EmailChannel;
const channels = new Set<EmailChannel>();

beforeEach(async () => {
  listeners = new Listeners();
  port = await freePort();
  host = testHost();
  channel = await open(host);
});
afterEach(async () => {
  await Promise.all([...channels].map((one) => one.stop()));
  channels.clear();
});

async function open(on: TestHost, config: object = {}): Promise<EmailChannel> {
  const made = new EmailChannel(configOf({ smtpPort: 1, listenPort: port, ...config }), on, 'email', listeners);
  channels.add(made);
  made.start();
  await turnsWhile(() => made.health().state !== 'up');
  return made;
}

/** As a mail server in front hands it over. @returns what is answered, to the mail or to what was refused of it */
async function hand(source: Buffer, to: string | string[] = 'support@example.test', from = 'ann@example.org') {
  const server = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  try {
    const info = await server.sendMail({ envelope: { from, to }, raw: source });
    return Number(info.response.slice(0, 3));
  } catch (error) {
    return (error as { responseCode?: number }).responseCode;
  } finally {
    server.close();
  }
}

test('A mail that is handed over is taken in before it is acknowledged.', async () => {
  expect(await hand(mailOf('hello'))).toBe(250);
  expect(host.messages).toMatchObject([{ parts: [{ text: 'hello' }], recipient: 'mailto:support@example.test' }]);
});

test('What cannot be stored now is asked for again later.', async () => {
  host.breakdown = new Error('The disk is full.');
  const mail = mailOf('hello');
  expect(await hand(mail)).toBe(451);
  host.breakdown = null;
  expect(await hand(mail)).toBe(250);
  expect(host.messages).toHaveLength(1);
});

test('More connections than mail servers have are asked to come again later, until others end.', async () => {
  const greet = async () => {
    const socket = connect(port, '127.0.0.1');
    const [greeting] = await once(socket, 'data');
    return { socket, code: String(greeting).slice(0, 3) };
  };
  const open = await Promise.all(Array.from({ length: 51 }, greet));
  expect(open.map(({ code }) => code).sort()).toEqual([...Array.from({ length: 50 }, () => '220'), '421']);
  expect(await hand(mailOf('hello'))).toBe(421);
  const taken = open.filter(({ code }) => code === '220');
  await Promise.all(taken.map(({ socket }) => once(socket.end('QUIT\r\n'), 'close')));
  expect(await hand(mailOf('hello'))).toBe(250);
});

test('Addresses that nobody has are refused, made-up plus-addresses among them.', async () => {
  for (const to of [
    'ann@example.org',
    'sales@example.test',
    'support+x@example.test',
    `support+c${'a'.repeat(39)}@example.test`,
  ]) {
    expect(await hand(mailOf('x'), to), to).toBe(550);
  }
  expect(host.events).toEqual([]);
});

test('Plus-addresses that went out are taken, for conversations and for reports.', async () => {
  const { OwnAddresses } = await import('./addresses.ts');
  await hand(mailOf('x'));
  const key = Buffer.from(String(host.notes.get('key')), 'base64');
  const own = new OwnAddresses(host.addresses, key, true);
  const answers = own.answersTo('mailto:support@example.test', conversation) ?? '';
  expect(await hand(mailOf('answer', { to: 'whoever@example.org' }), answers)).toBe(250);
  expect(host.messages[1]).toMatchObject({ conversation, parts: [{ text: 'answer' }] });
  const reports = own.reportsTo('mailto:support@example.test', delivery) ?? '';
  expect(await hand(mailOf('It came back.', { from: 'postmaster@example.org' }), reports, '')).toBe(250);
  expect(host.statuses).toMatchObject([{ deliveryId: delivery, status: 'undelivered' }]);
});

test('A mail that is too large, and one from the own address, are refused for good.', async () => {
  await channel.stop();
  channel = await open(host, { maxBytes: 100_000 });
  expect(await hand(mailOf('x'.repeat(200_000)))).toBe(552);
  expect(await hand(mailOf('x', { from: 'support@example.test' }))).toBe(550);
  expect(host.events).toEqual([]);
  expect(await hand(mailOf('x'))).toBe(250);
});

test('Two senders share a port: each takes what is for it, and one mail for both goes to both.', async () => {
  const sales = testHost({ addresses: ['mailto:sales@example.test'] });
  const second = await open(sales);
  expect(await hand(mailOf('one'), 'sales@example.test')).toBe(250);
  expect(await hand(mailOf('both'), ['support@example.test', 'sales@example.test'])).toBe(250);
  const texts = (of: TestHost) => of.messages.map(({ parts }) => parts[0]?.kind === 'text' && parts[0].text);
  expect(texts(sales)).toEqual(['one', 'both']);
  expect(texts(host)).toEqual(['both']);
  sales.breakdown = new Error('The disk is full.');
  expect(await hand(mailOf('later'), ['support@example.test', 'sales@example.test'])).toBe(451);
  sales.breakdown = null;
  await second.stop();
  expect(await hand(mailOf('x'), 'sales@example.test')).toBe(550);
  expect(await hand(mailOf('x'), 'support@example.test')).toBe(250);
});

test('A port that is taken is tried again, and the sender says so.', async () => {
  await channel.stop();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  const waiting = new EmailChannel(configOf({ smtpPort: 1, listenPort: port }), host, 'email', listeners);
  channels.add(waiting);
  waiting.start();
  await turnsWhile(() => !/cannot be opened/.test(waiting.health().reason ?? ''));
  await new Promise((resolve) => other.close(resolve));
  host.clock.advance(30_000);
  await turnsWhile(() => waiting.health().state !== 'up');
  expect(await hand(mailOf('x'))).toBe(250);
});

test('Nothing else is offered: no login, no relaying.', async () => {
  const login = createTransport({ host: '127.0.0.1', port, ignoreTLS: true, auth: { user: 'a', pass: 'b' } });
  expect(
    await login.sendMail({ to: 'support@example.test', from: 'ann@example.org', text: 'x' }).catch(() => 'refused'),
  ).toBeDefined();
  login.close();
  expect(await hand(mailOf('x'), 'dan@example.com')).toBe(550);
  expect(requestOf().sender).toBe(host.addresses[0]);
});

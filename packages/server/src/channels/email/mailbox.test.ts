import { type MailSimulator, startMailSimulator } from '@colloquy/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { turnsWhile } from '../../testing/turns.ts';
import { EmailChannel } from './channel.ts';
import type { EmailConfig } from './config.ts';
import { Listeners } from './listeners.ts';
import { configOf, delivery, mailOf, requestOf, type TestHost, testHost } from './test-sender.ts';

let server: MailSimulator;
let host: TestHost;
let channel: EmailChannel;

beforeEach(async () => {
  host = testHost();
  server = await startMailSimulator({ clock: host.clock });
  open();
});
afterEach(async () => {
  await channel.stop();
  await server.close();
});

function open(config: Partial<EmailConfig> = {}): void {
  const { smtpPort, imapPort } = server;
  channel = new EmailChannel(
    configOf({ smtpPort, imapHost: '127.0.0.1', imapPort, ...config }),
    host,
    'email',
    new Listeners(),
  );
}
/** Resolves once the channel waits for mail. */
async function idles(): Promise<void> {
  // The network has no appointment: the next turn of the loop may bring it.
  await turnsWhile(() => server.imap.idling === 0);
}
/** Until it is so, as the network goes on. */
async function until(so: () => boolean): Promise<void> {
  await turnsWhile(() => !so());
}
const texts = () => host.messages.map(({ parts }) => parts[0]?.kind === 'text' && parts[0].text);
const seen = () => server.folder.mails.map(({ flags }) => flags.has('\\Seen'));

describe('The mailbox', () => {
  test('is read as mail comes in, while it waits; a mail is marked as seen once it is on disk.', async () => {
    channel.start();
    await idles();
    server.folder.deliver(mailOf('one'));
    await host.whenTaken(1);
    server.folder.deliver(mailOf('two'));
    await host.whenTaken(2);
    expect(texts()).toEqual(['one', 'two']);
    await until(() => JSON.stringify(host.notes.get('mailbox')) === '{"uidValidity":"1","uid":2}');
    expect(seen()).toEqual([true, true]);
    expect(channel.health()).toEqual({ state: 'up' });
  });

  test('is read from what is new on, at first; and from where it was left off after a restart.', async () => {
    server.folder.deliver(mailOf('old'));
    channel.start();
    await idles();
    await channel.stop();
    server.folder.deliver(mailOf('meanwhile'));
    open();
    channel.start();
    await host.whenTaken(1);
    expect(texts()).toEqual(['meanwhile']);
    expect(seen()[0]).toBe(false);
  });

  test('is left as it is by what cannot be stored, which comes again.', async () => {
    channel.start();
    await idles();
    host.breakdown = new Error('The disk is full.');
    server.folder.deliver(mailOf('one'));
    await until(() => channel.health().state !== 'up');
    expect(host.notes.get('mailbox')).toEqual({ uidValidity: '1', uid: 0 });
    expect(seen()).toEqual([false]);
    host.breakdown = null;
    await until(() => host.clock.advanceToNext());
    await host.whenTaken(1);
    expect(texts()).toEqual(['one']);
  });

  test('is opened again after the connection was cut, later and later while that fails.', async () => {
    channel.start();
    await idles();
    server.imap.unreachable = true;
    server.imap.drop();
    const waits: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      const before = host.clock.now();
      await until(() => host.clock.advanceToNext());
      waits.push((host.clock.now() - before) / 1000);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    expect(channel.health()).toMatchObject({ state: 'degraded' });
    server.imap.unreachable = false;
    server.folder.deliver(mailOf('meanwhile'));
    await host.whenTaken(1);
    expect(texts()).toEqual(['meanwhile']);
    await until(() => channel.health().state === 'up');
  });

  test('is read again where its server numbered it anew; what is the same has the same key.', async () => {
    channel.start();
    await idles();
    server.folder.deliver(mailOf('one'));
    await host.whenTaken(1);
    server.folder.renumber();
    server.folder.deliver(mailOf('two'));
    server.imap.drop();
    await until(() => host.clock.advanceToNext());
    await host.whenTaken(3);
    expect(texts()).toEqual(['one', 'one', 'two']);
    expect(host.events[1]?.eventId).toBe(host.events[0]?.eventId);
    await until(() => JSON.stringify(host.notes.get('mailbox')) === '{"uidValidity":"2","uid":2}');
  });

  test('keeps a mail that is too large; people are told, and get the beginning.', async () => {
    await channel.stop();
    open({ maxBytes: 100_000 });
    channel.start();
    await idles();
    server.folder.deliver(mailOf(`begin ${'x'.repeat(200_000)}`));
    await host.whenTaken(1);
    expect(texts()[0]).toMatch(/^\[This mail has \d+ bytes.*\n\nbegin x/);
  });

  test('leaves unseen what does not come from outside.', async () => {
    channel.start();
    await idles();
    server.folder.deliver(mailOf('loop', { from: 'support@example.test' }));
    server.folder.deliver(mailOf('one'));
    await host.whenTaken(1);
    await until(() => seen()[1] === true);
    expect(seen()).toEqual([false, true]);
    expect(texts()).toEqual(['one']);
  });

  test('tells why it cannot be read when the login is refused, without the password.', async () => {
    server.imap.refusesLogins = true;
    channel.start();
    await until(() => /refused/.test(channel.health().reason ?? ''));
    expect(channel.health().reason).not.toContain('secret');
  });

  test('brings the reports on what went out: delivered, or not.', async () => {
    channel.start();
    await idles();
    const never = new AbortController().signal;
    await channel.send(requestOf(), never);
    const [mail] = server.sent;
    if (!mail) throw new Error('Nothing was sent.');
    server.report(mail, { action: 'relayed', status: '2.0.0' });
    server.report(mail, { action: 'delivered', status: '2.0.0', headers: 'none' });
    server.report(mail, { action: 'failed', status: '5.2.2', diagnostic: '552 5.2.2 Full' });
    server.autoReply(mail, 'I am on holiday.');
    await host.whenTaken(4);
    expect(host.statuses.map(({ deliveryId, status, error }) => [deliveryId, status, error?.code])).toEqual([
      [delivery, 'sent', undefined],
      [delivery, 'delivered', undefined],
      [delivery, 'undelivered', '5.2.2'],
    ]);
    expect(host.messages[0]).toMatchObject({
      details: { automatic: 'auto-replied' },
      conversation: expect.any(String),
    });
    expect(server.sent).toHaveLength(1);
  });
});

test('An answer to a mail of ours names its conversation, and its subject is the next mail’s.', async () => {
  channel.start();
  await idles();
  server.folder.deliver(mailOf('first', { subject: 'Broken lamp' }));
  await host.whenTaken(1);
  const [first] = host.messages;
  await until(() => host.notes.has('mailbox') && seen().every(Boolean));
  await channel.send(requestOf({ lastReceived: first?.providerId ?? null }), new AbortController().signal);
  const source = server.sent[0]?.source.toString() ?? '';
  expect(source).toContain('Subject: Re: Broken lamp');
  expect(source).toContain(`In-Reply-To: ${first?.providerId}`);
  const replyTo = /^Reply-To: (\S+)/m.exec(source)?.[1] ?? '';
  server.folder.deliver(mailOf('answer', { to: replyTo, subject: 'Re: Broken lamp' }));
  await host.whenTaken(2);
  expect(host.messages[1]?.conversation).toBe(requestOf().conversation);
});

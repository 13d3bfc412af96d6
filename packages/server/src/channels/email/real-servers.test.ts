import { ImapFlow } from 'imapflow';
import { createTransport, type SendMailOptions } from 'nodemailer';
import PostalMime, { type Email } from 'postal-mime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaOf } from '../../core/messages/media.ts';
import { type MailServers, startMailServers, whyNoMailServers } from './test-servers.ts';
import { type MailWorld, openMailWorld } from './test-world.ts';

const why = whyNoMailServers();
if (why !== null) process.stderr.write(`The tests of e-mail against real servers are skipped. ${why}\n`);

describe.skipIf(why !== null)('With Postfix and Dovecot', { timeout: 60_000 }, () => {
  let servers: MailServers;
  let at: MailWorld;
  let inbox: ImapFlow;
  let arrived = Promise.withResolvers<void>();

  beforeAll(async () => {
    servers = await startMailServers();
    at = await openMailWorld();
    const { smtpPort, imapPort, relayPort } = servers;
    const out = { smtpHost: '127.0.0.1', smtpPort, smtpTls: 'off', name: 'Example Support' };
    const imap = { imapHost: '127.0.0.1', imapPort, imapTls: 'off', imapUser: 'support', imapPassword: 'pw' };
    await at.addSender('mailto:support@example.test', { ...out, ...imap });
    await at.addSender('mailto:desk@inbound.example.test', { ...out, listenPort: relayPort });
    inbox = new ImapFlow({
      host: '127.0.0.1',
      port: imapPort,
      secure: false,
      doSTARTTLS: false,
      auth: { user: 'person', pass: 'pw' },
      logger: false,
    });
    await inbox.connect();
    await inbox.mailboxOpen('INBOX');
    inbox.on('exists', () => arrived.resolve());
  }, 60_000);
  afterAll(async () => {
    await inbox?.logout();
    await at?.close();
    await servers?.stop();
  });

  /** The next mail that the person gets, from the given place in his mailbox on. */
  async function mailNumber(sequence: number): Promise<Email> {
    for (;;) {
      arrived = Promise.withResolvers();
      const there = inbox.mailbox && inbox.mailbox.exists >= sequence;
      const found = there ? await inbox.fetchOne(String(sequence), { source: true }) : false;
      const source = found ? found.source : undefined;
      if (source) return PostalMime.parse(source);
      void inbox.idle();
      await arrived.promise;
    }
  }
  async function personSends(mail: SendMailOptions): Promise<void> {
    const transport = createTransport({ host: '127.0.0.1', port: servers.smtpPort, ignoreTLS: true });
    await transport.sendMail({ from: 'Person <person@example.test>', ...mail });
    transport.close();
  }
  const count = (n: number) => at.until(async () => (await at.messages()).length === n);

  test('a conversation goes there and back, with a file whose name is not English, and is reported on.', async () => {
    const conversation = await at.converse('support@example.test', 'person@example.test');
    const message = await at.say(conversation, 'Grüße aus dem Chat', { subject: 'Ihre Lampe' });
    const mail = await mailNumber(1);
    expect(mail).toMatchObject({
      subject: 'Ihre Lampe',
      from: { name: 'ben (Example Support)', address: 'support@example.test' },
      text: 'Grüße aus dem Chat\n',
    });
    // Postfix hands it to Dovecot, which is as far as it knows; some versions call that delivered.
    await at.until(async () => /sent|delivered/.test(String(await at.statusOf(message))));

    await personSends({
      to: mail.replyTo?.[0]?.address ?? '',
      inReplyTo: mail.messageId ?? '',
      subject: 'Re: Ihre Lampe',
      text: 'Sie leuchtet!\n\nAm 1.1. schrieb Support:\n> Grüße aus dem Chat',
      attachments: [{ filename: 'Лампа 💡.txt', content: 'light' }],
    });
    await count(2);
    const [, answer] = await at.messages();
    expect(answer).toMatchObject({
      conversation_sid: conversation,
      body: 'Sie leuchtet!',
      author: 'person@example.test',
    });
    expect(answer && mediaOf(answer).map(({ filename, category }) => [filename, category])).toEqual([
      ['Лампа 💡.txt', 'media'],
      ['body.txt', 'body'],
      ['history.txt', 'history'],
    ]);
    expect(JSON.parse(answer?.attributes ?? '')).toMatchObject({ reply_to: message.sid });

    await at.say(conversation, 'Gut.');
    expect(await mailNumber(2)).toMatchObject({
      subject: 'Re: Ihre Lampe',
      inReplyTo: expect.stringMatching(/^<.*>$/),
    });
  });

  test('a recipient who is refused at once makes the receipt failed.', async () => {
    const message = await at.say(await at.converse('support@example.test', 'nobody@example.test'), 'hello');
    await at.until(async () => (await at.statusOf(message)) === 'failed');
  });

  test('mail is handed over by Postfix, and what comes back later makes the receipt undelivered.', async () => {
    await at.makeConversationsFor('desk@inbound.example.test');
    const before = (await at.messages()).length;
    await personSends({ to: 'desk@inbound.example.test', subject: 'By relay', text: 'hello' });
    await count(before + 1);
    expect((await at.messages()).at(-1)).toMatchObject({ body: 'hello', subject: 'By relay' });

    // Postfix takes it, and is told that nobody there has the address.
    const lost = await at.say(await at.converse('support@example.test', 'nobody@inbound.example.test'), 'hello');
    await at.until(async () => (await at.statusOf(lost)) === 'undelivered');
    expect(servers.log()).toContain('status=bounced');
  });
});

import { Readable } from 'node:stream';
import { type MailSimulator, startMailSimulator } from '@colloquy/testing';
import PostalMime from 'postal-mime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CertificateAuthority } from '../../testing/certificates.ts';
import type { OutboundMedia, SendResult } from '../message.ts';
import { EmailChannel } from './channel.ts';
import type { EmailConfig } from './config.ts';
import { Listeners } from './listeners.ts';
import { idsIn } from './message-ids.ts';
import { ann, configOf, conversation, delivery, requestOf, support, type TestHost, testHost } from './test-sender.ts';

let server: MailSimulator;
let host: TestHost;
let channel: EmailChannel;
const never = new AbortController().signal;

beforeEach(async () => {
  server = await startMailSimulator();
  open();
});
afterEach(async () => {
  await channel.stop();
  await server.close();
});

function open(config: Partial<EmailConfig> = {}): void {
  host = testHost();
  channel = new EmailChannel(configOf({ smtpPort: server.smtpPort, ...config }), host, 'email', new Listeners());
}
const send = (request: Parameters<typeof requestOf>[0] = {}) => channel.send(requestOf(request), never);
async function lastMail() {
  const mail = server.sent.at(-1);
  if (!mail) throw new Error('Nothing was sent.');
  return { ...mail, ...(await PostalMime.parse(mail.source)) };
}
function fileOf(text: string, file: Partial<OutboundMedia> = {}): OutboundMedia {
  const base = {
    kind: 'media',
    sid: 'ME1',
    contentType: 'text/csv',
    filename: 'a.csv',
    size: text.length,
    url: null,
  } as const;
  return { ...base, open: async () => Readable.from([Buffer.from(text)]), ...file };
}
const rejection = (result: SendResult) => (result.outcome === 'rejected' ? result.error : result);

describe('A message goes out', () => {
  test('as a mail to the person, from the own address, with an id that names both.', async () => {
    const result = await send();
    const mail = await lastMail();
    expect(result).toEqual({ outcome: 'accepted', providerId: mail.messageId, status: 'sent' });
    expect(mail.messageId).toMatch(/^<d[a-z2-7]{39}\.c[a-z2-7]{39}@example\.test>$/);
    expect(mail).toMatchObject({
      recipient: 'ann@example.org',
      from: { name: 'ben', address: 'support@example.test' },
      to: [{ address: 'ann@example.org' }],
      text: 'hello\n',
      subject: 'Your conversation with us',
    });
    expect(mail.html).toBeUndefined();
    expect(mail.inReplyTo).toBeUndefined();
  });

  test('to be answered to a plus-address of the conversation, and reported on to one of the delivery.', async () => {
    await send();
    const mail = await lastMail();
    expect(mail.replyTo).toMatchObject([{ address: expect.stringMatching(/^support\+c[a-z2-7]{39}@example\.test$/) }]);
    expect(mail.sender).toMatch(/^support\+d[a-z2-7]{39}@example\.test$/);
    expect(mail.envelopeId).toMatch(/^d[a-z2-7]{39}\.c[a-z2-7]{39}$/);
    expect(mail.notify).toEqual(['SUCCESS', 'FAILURE', 'DELAY']);
  });

  test('without plus-addresses and reports where the server has none.', async () => {
    open({ plusAddresses: false, deliveryReports: false });
    await send();
    const mail = await lastMail();
    expect(mail.replyTo).toBeUndefined();
    expect(mail).toMatchObject({ sender: 'support@example.test', envelopeId: null });
  });

  test('within the thread: the answer to what it answers, below what the person wrote last.', async () => {
    await send({ lastReceived: '<1@example.org>' });
    expect(await lastMail()).toMatchObject({ inReplyTo: '<1@example.org>' });
    const [root, ...rest] = idsIn((await lastMail()).references);
    expect(root).toMatch(/^<c[a-z2-7]{39}@example\.test>$/);
    expect(rest).toEqual(['<1@example.org>']);
    await send({ lastReceived: '<2@example.org>', replyTo: '<1@example.org>' });
    expect((await lastMail()).inReplyTo).toBe('<1@example.org>');
    expect(idsIn((await lastMail()).references)).toEqual([root, '<2@example.org>', '<1@example.org>']);
  });

  test('with its own subject, or as an answer to the first of the conversation.', async () => {
    await send({ subject: 'Your lamp' });
    expect((await lastMail()).subject).toBe('Your lamp');
    await send();
    expect((await lastMail()).subject).toBe('Re: Your lamp');
    host.notes.set(`subject/CH${'1'.repeat(32)}`, 'RE: Aw: Broken');
    await send({ conversation: `CH${'1'.repeat(32)}` });
    expect((await lastMail()).subject).toBe('Re: Broken');
  });

  test('under the name of who wrote, and that of the sender.', async () => {
    const nameOf = async (request: Parameters<typeof requestOf>[0], config: Partial<EmailConfig> = {}) => {
      open(config);
      await send(request);
      const { name } = (await lastMail()).from ?? {};
      await channel.stop();
      return name;
    };
    const name = 'Example Support';
    expect(await nameOf({ author: 'ben' }, { name })).toBe('ben (Example Support)');
    expect(await nameOf({ author: 'ben' }, { name, showAuthor: false })).toBe(name);
    expect(await nameOf({ author: 'system' }, { name })).toBe(name);
    expect(await nameOf({ author: 'mailto:dan@example.org' })).toBe('dan');
    expect(await nameOf({ senderName: 'Room 5' }, { name })).toBe('ben (Room 5)');
    expect(await nameOf({ author: 'a\r\nBcc: x@example.org' })).not.toContain('\n');
  });

  test('marked as automatic when a program wrote it.', async () => {
    const marked = async () => (await lastMail()).headers.find(({ key }) => key === 'auto-submitted')?.value;
    await send({ author: 'system' });
    expect(await marked()).toBe('auto-generated');
    await send();
    expect(await marked()).toBeUndefined();
  });

  test('with its files, byte by byte, under their names.', async () => {
    const bytes = 'ü'.repeat(300_000);
    const parts = [{ kind: 'text' as const, text: 'look' }, fileOf(bytes, { filename: 'Liste 💡.csv' })];
    await send({ parts });
    const { attachments, text } = await lastMail();
    expect(text).toBe('look\n');
    expect(attachments).toMatchObject([{ filename: 'Liste 💡.csv', mimeType: 'text/csv', disposition: 'attachment' }]);
    expect(Buffer.from(attachments[0]?.content as ArrayBuffer).toString()).toBe(bytes);
  });

  test('with the bodies that it has for e-mail, and what they quote below.', async () => {
    const body = fileOf('<p>Hello <b>Ann</b></p>', { category: 'body', contentType: 'text/html; charset=utf-8' });
    await send({ parts: [body] });
    expect(await lastMail()).toMatchObject({ text: 'Hello Ann\n', html: expect.stringContaining('<b>Ann</b>') });
    const history = fileOf('> before', { category: 'history', contentType: 'text/plain' });
    const plain = fileOf('Plainly', { category: 'body', contentType: 'text/plain' });
    await send({ parts: [{ kind: 'text', text: 'chat' }, body, plain, history] });
    const mail = await lastMail();
    expect(mail.text).toBe('Plainly\n\n> before\n');
    expect(mail.attachments).toEqual([]);
  });

  test('over a connection that others have used, after the server closed it, too.', async () => {
    for (let n = 0; n < 5; n += 1) await send();
    expect(server.journal.filter(({ what }) => what === 'connect')).toHaveLength(1);
    expect(server.sent).toHaveLength(5);
  });

  test('by TLS, to a server that a certificate of the operator speaks for; not to another.', async () => {
    await channel.stop();
    await server.close();
    const authority = new CertificateAuthority('test');
    const { certificate: cert, key } = authority.issue({ name: 'mail' });
    server = await startMailSimulator({ tls: { cert, key } });
    open({ smtpTls: 'tls', certificates: authority.certificate });
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    await channel.stop();
    open({ smtpTls: 'tls' });
    expect(rejection(await send())).toMatchObject({ kind: 'throttle', scope: 'sender' });
  });
});

describe('What goes wrong', () => {
  const answers: [what: string, fault: Parameters<MailSimulator['fail']>[0], error: object][] = [
    [
      'a server that is busy at connect',
      { at: 'connect', answer: '421 4.3.2 Busy' },
      { kind: 'throttle', scope: 'sender', code: '421 4.3.2' },
    ],
    ['a server that turns everybody away', { at: 'connect', answer: '554 5.7.1 Go away' }, { kind: 'credentials' }],
    [
      'a refused login',
      { at: 'login', answer: '535 5.7.8 Wrong password' },
      { kind: 'credentials', code: '535 5.7.8' },
    ],
    ['a login that cannot be checked now', { at: 'login', answer: '454 4.7.0 Later' }, { kind: 'temporary' }],
    ['a sender that is not allowed', { at: 'sender', answer: '553 5.7.1 Not yours' }, { kind: 'credentials' }],
    [
      'a recipient who is asked for later',
      { at: 'recipient', answer: '451 4.7.1 Greylisted' },
      { kind: 'temporary', code: '451 4.7.1' },
    ],
    [
      'a recipient who is not there',
      { at: 'recipient', answer: '550 5.1.1 No such user' },
      { kind: 'bad-recipient', code: '550 5.1.1' },
    ],
    [
      'a server that relays nothing',
      { at: 'recipient', answer: '554 5.7.1 Relay access denied' },
      { kind: 'credentials' },
    ],
    ['too many mails', { at: 'mail', answer: '450 4.7.28 Too many messages' }, { kind: 'throttle', scope: 'sender' }],
    ['a mail for later', { at: 'mail', answer: '451 4.3.0 Later' }, { kind: 'temporary' }],
    [
      'a mail that is too large',
      { at: 'mail', answer: '552 5.3.4 Too large' },
      { kind: 'bad-content', code: '552 5.3.4' },
    ],
    ['a full mailbox', { at: 'recipient', answer: '552 5.2.2 Full' }, { kind: 'bad-recipient' }],
    [
      'a mail that is taken for spam',
      { at: 'mail', answer: '550 5.7.1 Spam' },
      { kind: 'bad-content', code: '550 5.7.1' },
    ],
    ['a server that hangs up in the middle', { at: 'data' }, { kind: 'temporary' }],
  ];
  test.each(answers)('%s is a rejection that says so; the next mail goes out.', async (_what, fault, error) => {
    // Another sender of the envelope is tried before that of the envelope is said to be refused.
    server.fail({ ...fault, count: fault.at === 'sender' ? 2 : 1 });
    const body = 'x'.repeat(fault.at === 'data' ? 5_000_000 : 10);
    const result = rejection(await send({ parts: [{ kind: 'text', text: body }] }));
    expect(result).toMatchObject(error);
    expect(server.sent).toEqual([]);
    expect(await send()).toMatchObject({ outcome: 'accepted' });
  });

  test('A line that is cut after the mail, before the answer, leaves it unknown, and the same mail has the same id.', async () => {
    server.fail({ at: 'dot', count: 1 });
    expect(await send()).toMatchObject({ outcome: 'unknown' });
    const { messageId } = await lastMail();
    expect(await send({ attempt: 2 })).toMatchObject({ outcome: 'accepted', providerId: messageId });
    expect(server.sent).toHaveLength(2);
  });

  test('A mail that is larger than the server says it takes is not sent at all.', async () => {
    await channel.stop();
    await server.close();
    server = await startMailSimulator({ maxBytes: 100_000 });
    open();
    const result = await send({ parts: [{ kind: 'text', text: 'x'.repeat(200_000) }] });
    expect(rejection(result)).toMatchObject({ kind: 'bad-content' });
    expect(await send()).toMatchObject({ outcome: 'accepted' });
  });

  test('A server that is not there is not the fault of the message.', async () => {
    await server.close();
    expect(rejection(await send())).toMatchObject({ kind: 'throttle', scope: 'sender' });
    expect(channel.health()).toMatchObject({ state: 'down' });
    server = await startMailSimulator({ smtpPort: server.smtpPort });
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(channel.health()).toEqual({ state: 'up' });
  });

  test('A send that is given up leaves nothing behind.', async () => {
    const giveUp = new AbortController();
    const stuck = fileOf('', { open: () => new Promise(() => giveUp.abort()) });
    expect(rejection(await channel.send(requestOf({ parts: [stuck] }), giveUp.signal))).toMatchObject({
      kind: 'temporary',
    });
    expect(server.sent).toEqual([]);
  });

  test('A file that cannot be opened is tried again.', async () => {
    const gone = fileOf('', { open: () => Promise.reject(new Error('The disk is gone.')) });
    expect(rejection(await send({ parts: [gone] }))).toMatchObject({ kind: 'temporary' });
    const body = { ...gone, category: 'body' as const, contentType: 'text/html' };
    expect(rejection(await send({ parts: [body] }))).toMatchObject({ kind: 'temporary', message: 'The disk is gone.' });
    expect(server.sent).toEqual([]);
  });

  test('The password stands in no answer, no note and no journal.', async () => {
    server.fail({ at: 'login', answer: '535 5.7.8 Wrong', count: 1 });
    const result = await send();
    const all = JSON.stringify([result, channel.health(), [...host.notes], server.journal]);
    expect(all).not.toContain('secret');
    expect(all).not.toContain(Buffer.from('secret').toString('base64').slice(0, 7));
  });
});

test('A server that lets out nothing under a plus-address gets the address itself; reports are known by the id.', async () => {
  await channel.stop();
  await server.close();
  server = await startMailSimulator({ plainSenders: true });
  open();
  expect(await send()).toMatchObject({ outcome: 'accepted' });
  expect(await lastMail()).toMatchObject({
    sender: 'support@example.test',
    replyTo: [{ address: expect.stringMatching(/\+c/) }],
  });
  expect(await send()).toMatchObject({ outcome: 'accepted' });
  const refused = server.journal.filter(({ what }) => what.startsWith('from support+'));
  expect(refused).toHaveLength(1);
  server.fail({ at: 'mail', answer: '550 5.7.60 Client does not have permissions to send as this sender' });
  expect(rejection(await send())).toMatchObject({ kind: 'bad-content' });
});

test('Greylisting keeps a mail back once.', async () => {
  await channel.stop();
  await server.close();
  server = await startMailSimulator({ greylists: true });
  open();
  expect(rejection(await send())).toMatchObject({ kind: 'temporary', code: '451 4.7.1' });
  expect(await send({ attempt: 2 })).toMatchObject({ outcome: 'accepted' });
});

describe('A mail is planned', () => {
  const message = { ...requestOf(), parts: requestOf().parts };
  const mb = (n: number, url: string | null = null) => fileOf('', { size: n * 1_000_000, url, filename: `${n}.bin` });

  test('whole as long as it is small enough; links stand for the rest.', () => {
    const parts = [{ kind: 'text' as const, text: 'look' }, mb(10), mb(12, 'https://e.test/12'), mb(5)];
    const plan = channel.plan({ ...message, parts });
    if (!plan.ok) throw new Error(plan.error.message);
    expect(plan.pieces).toHaveLength(1);
    expect(plan.pieces[0]?.parts.map((part) => (part.kind === 'text' ? part.text : part.filename))).toEqual([
      'look',
      '10.bin',
      '5.bin',
      '12.bin: https://e.test/12',
    ]);
    expect(plan.changes).toHaveLength(1);
  });

  test('not at all where there is no link to a file that does not fit.', () => {
    expect(channel.plan({ ...message, parts: [mb(30)] })).toMatchObject({ ok: false, error: { kind: 'bad-content' } });
  });

  test('with the emoji of a reaction as its text.', () => {
    const plan = channel.plan({ ...message, parts: [], reaction: { to: '<1@example.org>', emoji: '👍' } });
    expect(plan).toMatchObject({ ok: true, pieces: [{ parts: [{ text: '👍' }] }], changes: [expect.any(String)] });
  });
});

test('A channel owns its addresses and their plus-addresses, and no others.', () => {
  for (const address of [support, 'mailto:support+x@example.test', 'mailto:Support@example.test']) {
    expect(channel.owns(address)).toBe(true);
  }
  for (const address of [ann, '+12025550100', 'whatsapp:+12025550100']) expect(channel.owns(address)).toBe(false);
});

test('The key that tokens are made with is the same after a restart.', async () => {
  await send();
  const before = await lastMail();
  const notes = host.notes;
  await channel.stop();
  channel = new EmailChannel(configOf({ smtpPort: server.smtpPort }), testHost({ notes }), 'email', new Listeners());
  await send({ conversation, deliveryId: delivery });
  expect((await lastMail()).messageId).toBe(before.messageId);
});

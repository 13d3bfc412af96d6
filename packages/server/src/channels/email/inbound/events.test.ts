import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { InboundMessage, InboundStatus } from '../../events.ts';
import { OwnAddresses } from '../addresses.ts';
import { envelopeIdFor, messageIdFor, rootIdFor } from '../message-ids.ts';
import { ann, conversation, delivery, mailOf, support } from '../test-sender.ts';
import { eventsOf, type MailContext, type MailEvents } from './events.ts';
import { readMail } from './mail.ts';

const key = randomBytes(32);
const own = new OwnAddresses([support, 'mailto:sales@example.test'], key, true);
const context: MailContext = { key, own, now: 5, authenticationServer: 'mx.example.test', trustFrom: false };
const other = `CH${'f'.repeat(32)}`;
const ours = messageIdFor(key, delivery, conversation, 'example.test');
const plus = own.answersTo(support, conversation) ?? '';
const verp = own.reportsTo(support, delivery) ?? '';

async function take(source: Buffer, more: Partial<MailContext> = {}): Promise<MailEvents> {
  return eventsOf(await readMail(source), { ...context, ...more });
}
async function messageIn(source: Buffer, more: Partial<MailContext> = {}): Promise<InboundMessage> {
  const found = await take(source, more);
  if (!('events' in found) || found.events[0]?.type !== 'message') throw new Error(JSON.stringify(found));
  return found.events[0];
}
async function statusesIn(source: Buffer, more: Partial<MailContext> = {}): Promise<InboundStatus[]> {
  const found = await take(source, more);
  if (!('events' in found)) throw new Error(found.ignored);
  return found.events as InboundStatus[];
}

describe('A mail', () => {
  test('becomes a message with sender, recipient, subject and text.', async () => {
    const message = await messageIn(mailOf('It does not shine.', { 'message-id': '<1@example.org>' }));
    expect(message).toMatchObject({
      type: 'message',
      providerId: '<1@example.org>',
      sender: ann,
      recipient: support,
      at: Date.UTC(2030, 0, 1),
      parts: [{ kind: 'text', text: 'It does not shine.' }],
      subject: 'Broken lamp',
      details: { subject: 'Broken lamp', name: 'Ann', to: ['support@example.test'] },
    });
    expect(message).not.toHaveProperty('conversation');
  });

  test('without an answerable text is shown by its subject.', async () => {
    expect((await messageIn(mailOf(''))).parts).toEqual([{ kind: 'text', text: 'Broken lamp' }]);
  });

  test('goes to the own address that the server delivered it to, before those that people wrote.', async () => {
    expect((await messageIn(mailOf('x', { 'delivered-to': 'sales@example.test' }))).recipient).toMatch('sales');
    const envelope = { sender: 'ann@example.org', recipients: ['sales@example.test'] };
    expect((await messageIn(mailOf('x'), { envelope })).recipient).toMatch('sales');
    expect(
      (await messageIn(mailOf('x', { to: 'list@example.org', cc: 'Sales <sales@example.test>' }))).recipient,
    ).toMatch('sales');
    expect((await messageIn(mailOf('x', { to: 'undisclosed-recipients:;' }))).recipient).toBe(support);
  });

  test('shows what was written, and keeps the text as it came, the HTML, the quotation and the files.', async () => {
    const quoted = 'On Tue, Support wrote:\r\n> Try again.';
    const body = [
      '--a',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: 8bit',
      '',
      `It works now.\n\n${quoted}`,
      '--b',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<p>It <b>works</b> now.</p>',
      '--b--',
      '--a',
      'Content-Type: image/png; name="=?utf-8?B?TGFtcGUg8J+SoS5wbmc=?="',
      'Content-Disposition: attachment',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('picture').toString('base64'),
      '--a--',
    ].join('\n');
    const { parts } = await messageIn(mailOf(body, { 'content-type': 'multipart/mixed; boundary=a' }));
    expect(parts).toMatchObject([
      { kind: 'text', text: 'It works now.' },
      { kind: 'media', category: 'media', contentType: 'image/png', filename: 'Lampe 💡.png' },
      { kind: 'media', category: 'body', contentType: 'text/html; charset=utf-8' },
      { kind: 'media', category: 'body', contentType: 'text/plain; charset=utf-8' },
      { kind: 'media', category: 'history', contentType: 'text/plain; charset=utf-8' },
    ]);
    const read = async (at: number) => {
      const part = parts[at];
      if (part?.kind !== 'media' || !('open' in part)) throw new Error('no file');
      return (await buffer(await part.open())).toString();
    };
    expect(await read(1)).toBe('picture');
    expect(await read(2)).toContain('<b>works</b>');
    expect((await read(3)).replaceAll('\r', '')).toContain(`It works now.\n\n${quoted.replaceAll('\r', '')}`);
    expect(await read(4)).toContain('> Try again.');
  });

  test('with more files than a message may have keeps itself in the place of the rest.', async () => {
    const file = (n: number) =>
      `--a\nContent-Type: text/csv\nContent-Disposition: attachment; filename=${n}.csv\n\n${n}\n`;
    const body = `--a\n\ntwelve files\n${Array.from({ length: 12 }, (_, n) => file(n)).join('')}--a--`;
    const { parts } = await messageIn(mailOf(body, { 'content-type': 'multipart/mixed; boundary=a' }));
    expect(parts).toHaveLength(11);
    expect(parts[9]).toMatchObject({ filename: '8.csv' });
    expect(parts[10]).toMatchObject({ contentType: 'message/rfc822', filename: 'message.eml' });
  });

  test('with a longer text than a message may have is cut, and kept whole as its body.', async () => {
    const { parts } = await messageIn(mailOf('é'.repeat(40_000)));
    const [text, body] = parts;
    expect(text?.kind === 'text' && Buffer.byteLength(text.text)).toBeLessThanOrEqual(32 * 1024);
    expect(text?.kind === 'text' && text.text).toMatch(/^é+\n…$/);
    expect(body).toMatchObject({ category: 'body', contentType: 'text/plain; charset=utf-8' });
  });

  test('has the same key in every copy, and another when a program gives all its mails one id.', async () => {
    const headers = { 'message-id': '<same@example.org>' };
    const mail = mailOf('one', headers);
    const first = await messageIn(mail);
    const copy = await messageIn(Buffer.concat([Buffer.from('Received: by another way\r\n'), mail]));
    expect(copy.eventId).toBe(first.eventId);
    expect((await messageIn(mailOf('two', headers))).eventId).not.toBe(first.eventId);
    expect((await messageIn(mailOf('x', { 'message-id': null }))).eventId).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('A mail joins', () => {
  test.each([
    ['the conversation of the plus-address', { to: plus }],
    ['also in capital letters', { to: plus.toUpperCase() }],
    ['that of a plus-address that only the server saw', { 'delivered-to': plus }],
    ['that of the mail it answers', { 'in-reply-to': ours }],
    ['that of the last mail of ours it descends from', { references: `<1@example.org> ${ours} <2@example.org>` }],
    ['that of the root of a thread', { references: rootIdFor(key, conversation, 'example.test') }],
    [
      'the plus-address before what it answers',
      { to: plus, 'in-reply-to': messageIdFor(key, delivery, other, 'e.test') },
    ],
    [
      'what it answers before the rest of the thread',
      { 'in-reply-to': ours, references: messageIdFor(key, delivery, other, 'e.test') },
    ],
    ['a nearer one before a farther one', { references: `${messageIdFor(key, delivery, other, 'e.test')} ${ours}` }],
  ] as [string, Record<string, string>][])('%s.', async (_what, headers) => {
    const message = await messageIn(mailOf('x', headers));
    expect(message.conversation).toBe(conversation);
    expect(message).not.toHaveProperty('unproven');
  });

  test.each([
    ['a plus-address that somebody made up', { to: `support+c${'a'.repeat(39)}@example.test` }],
    [
      'a plus-address with another conversation in it',
      { to: `support+${plus.slice(8, 34)}${'a'.repeat(14)}@example.test` },
    ],
    ['a plus-address of a delivery', { to: verp }],
    ['an id that somebody made up', { 'in-reply-to': `<${'d'.repeat(40)}.${'c'.repeat(40)}@example.test>` }],
    ['ids of others', { 'in-reply-to': '<1@example.org>', references: '<0@example.org> <1@example.org>' }],
  ] as [string, Record<string, string>][])('none by %s.', async (_what, headers) => {
    const message = await messageIn(mailOf('x', headers));
    expect(message).not.toHaveProperty('conversation');
    expect(message.unproven).toBe(true);
  });

  test('and names what it answers and the rest of the thread, the nearest first.', async () => {
    const headers = { 'in-reply-to': '<2@example.org>', references: '<0@example.org> <1@example.org> <2@example.org>' };
    const { replyTo, thread } = await messageIn(mailOf('x', headers));
    expect(replyTo).toBe('<2@example.org>');
    expect(thread).toEqual(['<2@example.org>', '<1@example.org>', '<0@example.org>']);
  });
});

describe('Whom a mail is from', () => {
  const result = (text: string) => ({ 'authentication-results': text });
  test.each([
    ['its domain has a policy that it keeps', result('mx.example.test; dmarc=pass (p=none) header.from=example.org')],
    ['its domain signed it', result('mx.example.test;\r\n dkim=pass header.d=example.org header.s=x')],
    [
      'the domain above signed it',
      { ...result('mx.example.test; dkim=pass header.i=@example.org'), from: 'ann@mail.example.org' },
    ],
    ['its domain names the server that sent it', result('mx.example.test; spf=pass smtp.mailfrom=bounce@example.org')],
    ['the name is written otherwise', result('MX.example.test 1; dmarc=pass header.from=Example.ORG')],
  ] as [string, Record<string, string>][])('is proven where %s.', async (_what, headers) => {
    expect(await messageIn(mailOf('x', headers))).not.toHaveProperty('unproven');
  });

  test.each([
    ['nobody checked it', {}],
    ['another server checked it', result('mx.example.org; dmarc=pass header.from=example.org')],
    ['the check failed', result('mx.example.test; dmarc=fail header.from=example.org')],
    ['another domain signed it', result('mx.example.test; dkim=pass header.d=example.com')],
    ['a domain that only ends alike signed it', result('mx.example.test; dkim=pass header.d=ple.org')],
    ['a top-level domain signed it', result('mx.example.test; dkim=pass header.d=org')],
    ['a comment says so', result('mx.example.test; dmarc=fail (dmarc=pass header.from=example.org)')],
    [
      'a second header says so',
      {
        ...result(
          'mx.example.test; dmarc=fail\r\nAuthentication-Results: mx.example.test; dmarc=pass header.from=example.org',
        ),
      },
    ],
  ] as [string, Record<string, string>][])('is not proven where %s.', async (_what, headers) => {
    expect((await messageIn(mailOf('x', headers))).unproven).toBe(true);
  });

  test('is believed where the operator says so.', async () => {
    expect(await messageIn(mailOf('x'), { trustFrom: true })).not.toHaveProperty('unproven');
  });
});

describe('A mail that no person wrote', () => {
  test.each([
    [{ 'auto-submitted': 'auto-replied; x=y' }, 'auto-replied'],
    [{ 'auto-submitted': 'auto-generated' }, 'auto-generated'],
    [{ precedence: 'bulk' }, 'bulk'],
    [{ 'list-id': '<news.example.org>' }, 'list'],
    [{ 'x-auto-response-suppress': 'All' }, 'auto-response-suppress'],
    [{ 'return-path': '<>' }, 'no return path'],
  ] as [Record<string, string>, string][])('is marked: %j.', async (headers, why) => {
    expect((await messageIn(mailOf('x', headers))).details).toMatchObject({ automatic: why });
  });

  test('is known by its envelope.', async () => {
    const envelope = { sender: '', recipients: ['support@example.test'] };
    expect((await messageIn(mailOf('x'), { envelope })).details).toMatchObject({ automatic: 'no return path' });
  });

  test.each([{ 'auto-submitted': 'no' }, { precedence: 'normal' }, {}])('is not one with %j.', async (headers) => {
    expect((await messageIn(mailOf('x', headers as Record<string, string>))).details).not.toHaveProperty('automatic');
  });
});

describe('A mail from the own address', () => {
  test('is not taken in: it would answer itself.', async () => {
    expect(await take(mailOf('x', { from: 'Support <support+x@example.test>' }))).toHaveProperty('ignored');
    expect(await take(mailOf('x', { 'message-id': ours }))).toEqual({ events: [] });
  });

  test('that a form wrote is from whom it says to answer.', async () => {
    const headers = { from: 'support@example.test', 'reply-to': 'Ann <ann@example.org>' };
    expect((await messageIn(mailOf('x', headers))).sender).toBe(ann);
  });
});

describe('A report', () => {
  const report = (action: string, status: string, { envelope = '', original = '', to = verp } = {}) =>
    mailOf(
      [
        '--r',
        'Content-Type: text/plain',
        '',
        'This is the mail system.',
        '--r',
        'Content-Type: message/delivery-status',
        '',
        'Reporting-MTA: dns; mx.example.org',
        ...(envelope === '' ? [] : [`Original-Envelope-Id: ${envelope}`]),
        '',
        'Final-Recipient: rfc822; ann@example.org',
        `Action: ${action}`,
        `Status: ${status}`,
        'Diagnostic-Code: smtp; 550 5.1.1 There is',
        ' nobody of that name',
        '',
        ...(original === '' ? [] : ['--r', 'Content-Type: text/rfc822-headers', '', `Message-ID: ${original}`, '']),
        '--r--',
      ].join('\n'),
      {
        to,
        from: 'MAILER-DAEMON@mx.example.org',
        'content-type': 'multipart/report; report-type=delivery-status; boundary=r',
        'return-path': '<>',
        'auto-submitted': 'auto-replied',
      },
    );

  test.each([
    ['failed', '5.1.1', 'undelivered'],
    ['delivered', '2.0.0', 'delivered'],
    ['relayed', '2.0.0', 'sent'],
    ['expanded', '2.0.0', 'sent'],
  ])('that it was %s is the status of the delivery.', async (action, status, expected) => {
    const [event, ...others] = await statusesIn(report(action, status));
    expect(others).toEqual([]);
    expect(event).toMatchObject({ type: 'status', deliveryId: delivery, status: expected });
    const error = { code: '5.1.1', message: '550 5.1.1 There is nobody of that name', receiptCode: 30005 };
    expect(event?.error).toEqual(expected === 'undelivered' ? error : undefined);
  });

  test('that it is delayed changes nothing, and is noted.', async () => {
    expect(await take(report('delayed', '4.4.1'))).toMatchObject({
      events: [],
      notes: [{ delivery, action: 'delayed', status: '4.4.1' }],
    });
  });

  test('is found by what the server kept of the mail, where it does not go to the plus-address.', async () => {
    const to = 'support@example.test';
    const envelope = envelopeIdFor(key, delivery, conversation) ?? '';
    expect(await statusesIn(report('failed', '5.1.1', { to, envelope }))).toMatchObject([{ deliveryId: delivery }]);
    expect(await statusesIn(report('failed', '5.1.1', { to, original: ours }))).toMatchObject([
      { deliveryId: delivery },
    ]);
  });

  test('on a mail that is not ours is nothing, and neither is a forged one.', async () => {
    const to = 'support@example.test';
    expect(await take(report('failed', '5.1.1', { to }))).toHaveProperty('ignored');
    expect(await take(report('failed', '5.1.1', { to, original: '<1@example.org>' }))).toHaveProperty('ignored');
    expect(await take(report('failed', '5.1.1', { to, envelope: `d${'a'.repeat(39)}.x` }))).toHaveProperty('ignored');
  });

  test('that is a letter says that it came back.', async () => {
    const letter = mailOf('Sorry, I could not deliver your message.', {
      to: verp,
      from: 'MAILER-DAEMON@mx.example.org',
      'return-path': '<>',
    });
    expect(await statusesIn(letter)).toMatchObject([{ deliveryId: delivery, status: 'undelivered' }]);
  });

  test('is not what an out-of-office program answers to the same address.', async () => {
    const away = { to: verp, 'return-path': '<>', 'auto-submitted': 'auto-replied', 'in-reply-to': ours };
    const message = await messageIn(mailOf('I am on holiday.', away));
    expect(message).toMatchObject({ conversation, sender: ann, details: { automatic: 'auto-replied' } });
  });

  beforeAll(() => expect(verp).not.toBe(''));
});

import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { limits } from '@colloquy/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress } from '../../../core/addresses.ts';
import { OwnAddresses } from '../addresses.ts';
import { mailOf, support } from '../test-sender.ts';
import { contentOf } from './content.ts';
import { eventsOf } from './events.ts';
import { readMail } from './mail.ts';
import { readMailAside } from './read-aside.ts';

const key = randomBytes(32);
const own = new OwnAddresses([support], key, true);

/** What a message that has nothing in it would be, has its source. */
async function requireTaken(source: Buffer): Promise<void> {
  const mail = await readMail(source);
  const found = eventsOf(mail, { key, own, now: 0, authenticationServer: 'mx', trustFrom: false });
  if ('ignored' in found) return;
  for (const event of found.events) {
    expect(event.eventId).not.toBe('');
    expect(JSON.stringify(event).length).toBeLessThan(200_000);
    if (event.type !== 'message') continue;
    expect(event.parts.length).toBeGreaterThan(0);
    expect(parseAddress(event.sender)).toMatchObject({ ok: true, type: 'email', address: event.sender });
    for (const part of event.parts) {
      if (part.kind === 'text') expect(part.text).not.toBe('');
      else if ('open' in part) await buffer(await part.open());
    }
  }
}

const good = mailOf(
  [
    '--a',
    'Content-Type: multipart/alternative; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'It =C3=A9 works',
    '--b',
    'Content-Type: text/html',
    '',
    '<p>It works</p>',
    '--b--',
    '--a',
    'Content-Type: message/rfc822',
    '',
    'From: x@example.org',
    '',
    'inner',
    '--a',
    'Content-Type: message/delivery-status',
    '',
    'Final-Recipient: rfc822; x',
    'Action: failed',
    '--a--',
  ].join('\n'),
  { 'content-type': 'multipart/mixed; boundary="a"', subject: '=?utf-8?Q?caf=C3=A9?=' },
);

test('A mail with bytes changed, taken out and put in is taken in all the same.', async () => {
  const edit = fc.record({ at: fc.nat(good.length), remove: fc.nat(20), insert: fc.uint8Array({ maxLength: 10 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 8 }), async (edits) => {
      let source = good;
      for (const { at, remove, insert } of edits) {
        source = Buffer.concat([source.subarray(0, at), insert, source.subarray(at + remove)]);
      }
      await requireTaken(source);
    }),
    { numRuns: 500 },
  );
});

test('So is a mail of pieces in any order.', async () => {
  const pieces = good.toString('latin1').split(/(?<=\n)/);
  const piece = fc.oneof(
    fc.constantFrom(...pieces),
    fc.constantFrom(
      'From: \r\n',
      'From: <>\r\n',
      'From: a b c\r\n',
      'Message-ID: <<>>\r\n',
      'Date: x\r\n',
      '\0',
      '\r\n',
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), (all) => requireTaken(Buffer.from(all.join(''), 'latin1'))),
    { numRuns: 500 },
  );
});

test('So are bytes.', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (bytes) => requireTaken(Buffer.from(bytes))),
    { numRuns: 500 },
  );
});

test('What cannot be read arrives as its source, which is attached.', async () => {
  const nested = Array.from(
    { length: 400 },
    (_, n) => `Content-Type: multipart/mixed; boundary=${n}\r\n\r\n--${n}\r\n`,
  );
  for (const source of [
    Buffer.from(`From: ann@example.org\r\nSubject: x\r\n${nested.join('')}deep`),
    Buffer.from(`From: ann@example.org\r\n${`X: ${'y'.repeat(1000)}\r\n`.repeat(2200)}\r\nlong`),
    Buffer.from('no mail at all'),
  ]) {
    const mail = await readMail(source);
    expect(mail.readable).toBe(false);
    expect(mail.text).toBe(source.toString());
    expect(mail.files).toEqual([{ filename: 'message.eml', contentType: 'message/rfc822', bytes: source }]);
    await requireTaken(source);
  }
  expect((await readMail(Buffer.from(`From: ann@example.org\r\n${nested.join('')}`))).from?.address).toBe(
    'ann@example.org',
  );
});

test('A large mail is read in a thread, to the same as a small one would be.', async () => {
  const files = `\n${Buffer.alloc(300_000, 'file').toString('base64').replace(/.{76}/g, '$&\r\n')}`;
  const body = `--a\n\nhello\n--a\nContent-Type: text/csv\nContent-Transfer-Encoding: base64\n${files}\n--a--`;
  const source = mailOf(body, { 'content-type': 'multipart/mixed; boundary=a' });
  expect(await readMailAside(source)).toEqual(await readMail(source));
  const unreadable = Buffer.from(`From: ann@example.org\r\n${`X: ${'y'.repeat(1000)}\r\n`.repeat(2200)}`);
  expect(await readMailAside(unreadable)).toEqual(await readMail(unreadable));
});

test.each([
  ['lines', `From: ann@example.org\r\n\r\n${'x\r\n'.repeat(200_000)}`],
  [
    'parts',
    `From: ann@example.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n${'--x\r\n\r\n\r\n'.repeat(10_001)}`,
  ],
])(
  'Of a mail of so many %s that reading it would take gigabytes, the source stands for the text.',
  async (_what, text) => {
    const source = Buffer.from(text);
    const mail = await readMailAside(source);
    expect([mail.readable, mail.from?.address]).toEqual([false, 'ann@example.org']);
    expect(mail.files).toEqual([{ filename: 'message.eml', contentType: 'message/rfc822', bytes: source }]);
    expect((await readMail(source)).readable).toBe(true);
  },
);

test('A mail that takes too long is given up, and the next one is read.', async () => {
  const source = mailOf('hello\n'.repeat(20_000));
  const [late, next] = await Promise.all([readMailAside(source, 0), readMailAside(source)]);
  expect([late.readable, next.readable]).toEqual([false, true]);
  expect(late.text).toBe(source.toString());
  expect([late.from, late.subject]).toEqual([next.from, next.subject]);
});

test('Of more files than anybody looks at some are kept, and the mail itself for the rest.', async () => {
  const parts = '--a\nContent-Type: text/csv\n\n1\n'.repeat(150);
  const mail = await readMail(mailOf(`${parts}--a--`, { 'content-type': 'multipart/mixed; boundary=a' }));
  expect(mail.files).toHaveLength(100);
  expect(contentOf(mail, limits).files.map(({ filename }) => filename)).toContain('message.eml');
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPacket, writePacket } from './packet.ts';

test('What is written is read again, whatever is in it: lengths are those of bytes.', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.json(), (description, payload) => {
      const packet = readPacket(writePacket({ method: 'reply', id: 'TM1', description }, payload));
      expect(packet?.header).toMatchObject({ method: 'reply', id: 'TM1', description });
      expect(packet?.payload.toString()).toBe(payload);
    }),
  );
});

test('A packet is read as clients write it: with or without a payload.', () => {
  const header = '{"method":"close","id":"TM1","payload_size":0}';
  const packet = readPacket(Buffer.from(`TWILSOCK V3.0 ${header.length}\r\n${header}\r\n`));
  expect(packet).toMatchObject({ header: { method: 'close', id: 'TM1', payload_size: 0 }, payload: Buffer.alloc(0) });
});

test.each([
  ['nothing', ''],
  ['another title', 'TWILSOCK V2.0 2\r\n{}\r\n'],
  ['no length', 'TWILSOCK V3.0 \r\n{}\r\n'],
  ['a length that is too long', 'TWILSOCK V3.0 20\r\n{"method":"x","id":"y"}\r\n'],
  ['a length that is too short', 'TWILSOCK V3.0 5\r\n{"method":"x","id":"y"}\r\n'],
  ['an absurd length', 'TWILSOCK V3.0 99999999\r\n{}\r\n'],
  ['a header that is no JSON', 'TWILSOCK V3.0 3\r\n{a}\r\n'],
  ['a header that is no object', 'TWILSOCK V3.0 2\r\n[]\r\n'],
  [
    'a header nested out of all reason',
    `TWILSOCK V3.0 10028\r\n{"method":"x","id":"y","z":${'['.repeat(5000)}${']'.repeat(5000)}}\r\n`,
  ],
  ['a header without a method', 'TWILSOCK V3.0 10\r\n{"id":"TM"}\r\n'],
  ['a payload that is shorter than it says', 'TWILSOCK V3.0 40\r\n{"method":"x","id":"y","payload_size":100}\r\nabc'],
  ['a payload that is longer than it says', 'TWILSOCK V3.0 23\r\n{"method":"x","id":"y"}\r\nabc'],
])('What is no packet is none: %s', (_what, text) => {
  expect(readPacket(Buffer.from(text))).toBe(undefined);
});

test('Bytes that are no UTF-8 are no header.', () => {
  const header = Buffer.from('{"method":"x","id":"\xff\xfe"}', 'latin1');
  expect(
    readPacket(Buffer.concat([Buffer.from(`TWILSOCK V3.0 ${header.length}\r\n`), header, Buffer.from('\r\n')])),
  ).toBe(undefined);
});

test('Whatever comes, reading never throws, and a packet with some bytes changed is one or none.', () => {
  const good = writePacket({ method: 'message', id: 'TM1', http_request: { path: '/v2/Conversations' } }, '{"a":1}');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(good.length - 1), fc.nat(255), (bytes, at, byte) => {
      readPacket(Buffer.from(bytes));
      const changed = Buffer.from(good);
      changed[at] = byte;
      const packet = readPacket(changed);
      if (packet) expect(typeof packet.header.method).toBe('string');
    }),
    { numRuns: 2000 },
  );
});

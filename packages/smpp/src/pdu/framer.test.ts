import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Framer, FramingError } from './framer.ts';
import { bodyOf, encode, type Pdu, parseFrame } from './pdu.ts';

const pdus = [1, 2, 3, 4].map((sequence) =>
  encode({
    command: 'deliver_sm',
    status: 0,
    sequence,
    ...bodyOf('deliver_sm', { shortMessage: Buffer.alloc(sequence * 50) }),
  } as Pdu),
);
const stream = Buffer.concat(pdus);

it('finds the same PDUs however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 })), (lengths) => {
      const framer = new Framer();
      const frames = [];
      let at = 0;
      for (const length of [...lengths, stream.length]) {
        frames.push(...framer.push(stream.subarray(at, at + length)));
        at += length;
      }
      expect(frames).toEqual(pdus.map(parseFrame));
    }),
  );
});

it('finds them in single octets', () => {
  const framer = new Framer();
  const frames = [...stream].flatMap((octet) => [...framer.push(Uint8Array.of(octet))]);
  expect(frames.map((frame) => frame.sequence)).toEqual([1, 2, 3, 4]);
});

it.each([0, 3, 15, 68 * 1024 + 1, 0x7fffffff, 0xffffffff])(
  'gives up at a length of %i, after what came before',
  (length) => {
    const broken = Buffer.alloc(16);
    broken.writeUInt32BE(length, 0);
    broken.writeUInt32BE(99, 12);
    const frames = new Framer().push(Buffer.concat([pdus[0] ?? broken, broken]));
    expect(frames.next().value).toMatchObject({ sequence: 1 });
    expect(() => frames.next()).toThrow(expect.objectContaining({ sequence: 99 }));
  },
);

it('does not wait for the rest of what cannot be', () => {
  expect(() => [...new Framer().push(Buffer.of(0xff, 0xff, 0xff, 0xff))]).toThrow(FramingError);
});

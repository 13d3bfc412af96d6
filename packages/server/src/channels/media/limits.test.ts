import { limits } from '@colloquy/protocol';
import { expect, test } from 'vitest';
import { carrierCapabilities } from '../../testing/test-carrier.ts';
import { largestFrom, limitsThrough, whyNotDeliverable } from './limits.ts';

const sms = '+12025550123';
const whatsapp = 'whatsapp:+12025550123';
const file = (contentType: string, size: number) => ({ contentType, size });
const mebibyte = 1024 * 1024;

test.each([
  ['a photo to a phone', sms, [file('image/jpeg', 2 * mebibyte)], null],
  ['a text file to a phone', sms, [file('text/plain; charset=utf-8', 1)], 12300],
  ['a photo of more than 2 MB to a phone', sms, [file('image/png', 2 * mebibyte + 1)], 11751],
  ['three photos of 2 MB to a phone', sms, Array(3).fill(file('image/png', 2 * mebibyte)), 11751],
  ['ten small photos to a phone', sms, Array(10).fill(file('image/gif', 1000)), null],
  ['a text file over WhatsApp', whatsapp, [file('text/plain', 1)], null],
  ['a film of 16 MB over WhatsApp', whatsapp, [file('video/mp4', 16 * mebibyte)], null],
  ['a film of more over WhatsApp', whatsapp, [file('video/mp4', 16 * mebibyte + 1)], 11751],
  ['anything elsewhere', 'messenger:1', [file('application/zip', 100 * mebibyte)], null],
  ['nothing', sms, [], null],
])('%s', (_what, address, files, code) => {
  const error = whyNotDeliverable(address, files, limits);
  expect(error?.receiptCode ?? null).toBe(code);
  if (error) expect(error.kind).toBe('bad-content');
});

test('A channel that brings limits of its own has those of WhatsApp replaced, and no others.', () => {
  const media = { types: ['*/*'], maxBytes: 100 * mebibyte, perPiece: 1, caption: 0 };
  const through = (own?: true) =>
    limitsThrough({ ...carrierCapabilities, media: { ...media, ...(own && { own }) } }, limits);
  expect(whyNotDeliverable(whatsapp, [file('application/pdf', 100 * mebibyte)], through(true))).toBeNull();
  expect(whyNotDeliverable(whatsapp, [file('application/pdf', 100 * mebibyte + 1)], through(true))?.code).toBe(
    'media-size',
  );
  expect(whyNotDeliverable(whatsapp, [file('application/pdf', 17 * mebibyte)], through())?.receiptCode).toBe(11751);
  expect(whyNotDeliverable(sms, [file('application/pdf', 17 * mebibyte)], through(true))?.receiptCode).toBe(11751);
  expect(largestFrom(whatsapp, through(true))).toBe(100 * mebibyte);
});

test('What comes in is limited by where it comes from, and never beyond what the server keeps.', () => {
  expect(largestFrom(sms, limits)).toBe(5 * mebibyte);
  expect(largestFrom(whatsapp, limits)).toBe(16 * mebibyte);
  expect(largestFrom('messenger:1', limits)).toBe(150 * mebibyte);
  expect(largestFrom(whatsapp, { ...limits, mediaBytes: 1000 })).toBe(1000);
});

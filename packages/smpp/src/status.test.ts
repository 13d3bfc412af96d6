import { expect, it } from 'vitest';
import { classify, statuses, statusName } from './status.ts';

it.each([
  [0x00, 'ok'],
  [0x58, 'throttle'],
  [0x14, 'throttle'],
  [0x08, 'temporary'],
  [0x45, 'temporary'],
  [0x0b, 'recipient'],
  [0x0a, 'sender'],
  [0x01, 'content'],
  [0xc2, 'content'],
  [0x104, 'content'],
  [0x04, 'session'],
  [0x0e, 'credentials'],
  [0x0f, 'credentials'],
  [0x400, 'temporary'],
  [0x4ff, 'temporary'],
  [0x500, 'permanent'],
  [0x0c, 'permanent'],
] as const)('0x%s is %s', (status, kind) => {
  expect(classify(status)).toBe(kind);
});

it('believes the carrier first', () => {
  const carrier = new Map([
    [0x400, 'recipient'],
    [0x45, 'throttle'],
  ] as const);
  expect(classify(0x400, carrier)).toBe('recipient');
  expect(classify(0x45, carrier)).toBe('throttle');
  expect(classify(0x58, carrier)).toBe('throttle');
});

it('names what has a name', () => {
  expect(statusName(statuses.ESME_RTHROTTLED)).toBe('ESME_RTHROTTLED');
  expect(statusName(0x401)).toBe('0x00000401');
});

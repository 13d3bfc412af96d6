import { limits } from '@colloquy/protocol';
import { expect, test } from 'vitest';
import { checkShape, type ParticipantShapeInput } from './shape.ts';

const own = '+12025550100';
const short = { ...limits, address: 11 };

test.each<[string, ParticipantShapeInput, number]>([
  ['an address', { address: '+12025550123', proxyAddress: '+1202555010' }, 50407],
  ['a proxy address', { address: '+1202555012', proxyAddress: own }, 50408],
  ['an e-mail address', { address: 'ann@example.com' }, 50407],
  ['a number in a group text', { address: '+12025550123', groupTexting: true }, 50407],
  ['a projected address', { projectedAddress: own, groupTexting: true }, 50407],
])('%s that is longer than the operator allows is refused', (_what, input, code) => {
  const holes = { reason: 'At most 11 characters.' };
  expect(() => checkShape(input, short)).toThrow(expect.objectContaining({ code, holes }));
});

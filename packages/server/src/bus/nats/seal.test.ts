import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Heard } from './heard.ts';
import { Seal } from './seal.ts';

const hello = Buffer.from('hello');
const sum = (n: number) => createHash('sha256').update(String(n)).digest().subarray(0, 16);

test('A message is believed of its topic, as it was said, for a minute before and after the time in it.', () => {
  const [seal, other] = [new Seal('ours'), new Seal('theirs')];
  const sealed = seal.close('CH1', hello, 1_000_000);
  const opened = [940_001, 1_000_000, 1_060_000].map((now) => seal.open('CH1', sealed, now));
  expect(opened).toEqual([hello, hello, hello]);
  expect([939_999, 1_060_001].map((now) => seal.open('CH1', sealed, now))).toEqual(['old', 'old']);
  expect([seal.open('CH2', sealed, 1_000_000), other.open('CH1', sealed, 1_000_000)]).toEqual(['forged', 'forged']);
  expect(seal.open('CH1', sealed.subarray(0, 20), 1_000_000)).toBe('forged');
  for (const at of sealed.keys()) {
    const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte));
    expect(seal.open('CH1', changed, 1_000_000)).toBe('forged');
  }
});

test('A message is remembered for as long as it is believed, whatever the clocks of others say, and none of the next is taken for it.', () => {
  const seal = new Seal('ours');
  const early = seal.close('CH1', hello, 940_000);
  const sealed = [940_000, 1_000_000, 1_000_000, 1_060_000].map((time) => seal.close('CH1', hello, time));
  expect([early, ...sealed].map((one) => seal.remember(one))).toEqual([false, false, false, false, false]);
  expect([early, ...sealed].map((one) => seal.remember(one))).toEqual([true, true, true, true, true]);
});

test('Of a hundred thousand that a node has heard none is new to it, and of as many others nearly all are.', () => {
  const heard = new Heard(1000);
  const many = Array.from({ length: 100_000 }, (_unused, n) => n);
  expect(many.filter((n) => heard.note(sum(n), 500)).length).toBeLessThan(5);
  expect(many.every((n) => heard.note(sum(n), 500))).toBe(true);
  expect(many.filter((n) => heard.note(sum(-1 - n), 500)).length).toBeLessThan(20);
});

test('What was heard two stretches ago takes no room any more; what was heard in the one before is remembered.', () => {
  const heard = new Heard(1000);
  expect([heard.note(sum(1), 999), heard.note(sum(2), 1000), heard.note(sum(1), 999)]).toEqual([false, false, true]);
  expect([heard.note(sum(3), 2000), heard.note(sum(2), 1000), heard.note(sum(1), 999)]).toEqual([false, true, false]);
});

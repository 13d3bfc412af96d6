import { expect, test, vi } from 'vitest';
import { fillContent, TooMuchContent } from './fill.ts';

const value = 'x'.repeat(256);
const variables = new Map([['a', value]]);
const filledIn = (count: number) =>
  fillContent({ 'twilio/text': { body: '{{a}}'.repeat(count) } }, 100 * value.length, variables);

test('As much is filled in as may be, in the content and in its text.', () => {
  expect(filledIn(100)?.text).toBe(value.repeat(100));
});

test('A template that would grow beyond that is given up on the way, not when it is whole.', () => {
  const taken = vi.spyOn(variables, 'get');
  expect(() => filledIn(50_000)).toThrow(TooMuchContent);
  expect(taken).toHaveBeenCalledTimes(201);
});

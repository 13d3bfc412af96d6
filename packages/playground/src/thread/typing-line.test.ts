import { expect, test } from 'vitest';
import { typingLine } from './typing-line.ts';

test.each([
  [[], ''],
  [['Ann'], 'Ann is typing…'],
  [['Ann', 'Ben'], 'Ann and Ben are typing…'],
  [['Ann', 'Ben', 'Cleo'], 'Ann, Ben and Cleo are typing…'],
])('While %j type, the line says %j', (names, line) => {
  expect(typingLine(names)).toBe(line);
});

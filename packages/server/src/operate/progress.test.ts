import { expect, test } from 'vitest';
import { openProgress } from './progress.ts';

function terminal(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 10, write: (text: string) => written.push(text) };
  return { written, stream: stream as unknown as NodeJS.WriteStream };
}

test('Progress is one line on a terminal, no longer than that is wide, and goes away.', () => {
  const { written, stream } = terminal(true);
  const progress = openProgress(stream);
  progress.say('copying messages');
  progress.say('at once again, which nobody could read');
  progress.clear();
  progress.clear();
  expect(written).toEqual(['\r\u001b[Kcopying m', '\r\u001b[K']);
});

test('Where no person looks there is none.', () => {
  const { written, stream } = terminal(false);
  const progress = openProgress(stream);
  progress.say('copying messages');
  progress.clear();
  expect(written).toEqual([]);
});

import { expect, test } from 'vitest';
import { simulatorUrl } from './simulator.ts';

test.each([
  ['http://127.0.0.1:8021', 'http://127.0.0.1:8021'],
  ['http://127.0.0.1:8021/phones?x', 'http://127.0.0.1:8021'],
  [' localhost:8021 ', 'http://localhost:8021'],
  ['https://127.0.0.1:8021', null],
  ['http://example.com', null],
  ['http://127.0.0.1.example.com', null],
  ['http://user@example.com:80', null],
  ['', null],
  ['javascript://127.0.0.1/%0aalert(1)', null],
])('%s is %s as the address of a simulator', (typed, url) => {
  expect(simulatorUrl(typed)).toBe(url);
});

import { expect, it } from 'vitest';
import { visibleUrl } from './url.ts';

it.each([
  ['https://example.com/a?b=c#rc=2', 'https://example.com/a?b=c'],
  ['https://user:pass@example.com:8443/a', 'https://example.com:8443/a'],
  ['https://example.com/a@b', 'https://example.com/a@b'],
  ['https://example.com', 'https://example.com/'],
  ['http://example.com?a=b@c', 'http://example.com/?a=b@c'],
])('of %s the receiver sees %s', (configured, visible) => {
  expect(visibleUrl(configured)).toBe(visible);
});

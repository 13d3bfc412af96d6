import { expect, it } from 'vitest';
import { overridesOf } from './overrides.ts';

it.each([
  ['https://example.com/a', {}],
  ['https://example.com/a#', {}],
  ['https://example.com/a?rc=3#anchor', {}],
  ['https://example.com/a#rc=0', { retries: 0 }],
  ['https://example.com/a#rc=5&rt=2500', { retries: 5, timeoutMs: 2500 }],
  ['https://example.com/a#rp=5xx,rt', { retryOn: new Set(['5xx', 'timeout']) }],
  ['https://example.com/a#rp=all&rc=1', { retries: 1, retryOn: new Set(['4xx', '5xx', 'connection', 'timeout']) }],
  ['https://example.com/a#rp=CT', { retryOn: new Set(['connection']) }],
])('reads %s', (url, overrides) => {
  expect(overridesOf(url)).toEqual(overrides);
});

it.each(['rc=6', 'rc=-1', 'rc=x', 'rc=', 'rt=99', 'rt=15001', 'rp=never', 'rp=', 'ct=500', 'tt=500'])(
  'takes %s for nothing',
  (fragment) => {
    expect(overridesOf(`https://example.com/#${fragment}`)).toEqual({});
  },
);

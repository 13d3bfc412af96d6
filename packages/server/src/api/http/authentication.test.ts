import fc from 'fast-check';
import { expect, test } from 'vitest';
import { authorization, basic, testCredentials } from '../../testing/open-rest.ts';
import { basicAuthentication } from './authentication.ts';

const isAuthentic = basicAuthentication(testCredentials);
const { accountSid, authToken, apiKeySid, apiKeySecret } = testCredentials;

test('Account SID with auth token, and API key with secret, are let in; the scheme in any letter case.', () => {
  expect(isAuthentic(authorization.byAccount)).toBe(true);
  expect(isAuthentic(authorization.byApiKey)).toBe(true);
  expect(isAuthentic(authorization.byAccount.replace('Basic', 'bAsIc'))).toBe(true);
});

test.each<[string, string | undefined]>([
  ['no header', undefined],
  ['an empty header', ''],
  ['a scheme alone', 'Basic'],
  ['another scheme', authorization.byAccount.replace('Basic', 'Bearer')],
  ['a password that is longer', basic(accountSid, `${authToken}x`)],
  ['a password that is shorter', basic(accountSid, authToken.slice(0, -1))],
  ['an empty password', basic(accountSid, '')],
  ['another account', basic(`AC${'9'.repeat(32)}`, authToken)],
  ['the secret of the key with the account', basic(accountSid, apiKeySecret)],
  ['the token of the account with the key', basic(apiKeySid, authToken)],
  ['what is not base64', `Basic ${accountSid}:${authToken}`],
  ['two headers in one', `${authorization.byAccount}, ${authorization.byApiKey}`],
])('Not let in: %s.', (_what, header) => {
  expect(isAuthentic(header)).toBe(false);
});

test('Nothing else is let in.', () => {
  fc.assert(fc.property(fc.string(), fc.string(), (user, password) => !isAuthentic(basic(user, password))));
  fc.assert(fc.property(fc.string(), (header) => !isAuthentic(header)));
});

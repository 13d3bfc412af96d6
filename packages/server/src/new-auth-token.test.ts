import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { basic, openRest, testCredentials } from './testing/open-rest.ts';

test('A repeated request, and the next page of a list, are the same to a server with a new auth token.', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'colloquy-token-'));
  const request = (authToken: string) => ({
    form: { FriendlyName: 'once' },
    headers: { authorization: basic(testCredentials.accountSid, authToken), 'idempotency-key': 'one' },
  });
  const before = await openRest({ dataDir });
  const made = await before.ask('POST', '/v1/Conversations', request(testCredentials.authToken));
  await before.post('/v1/Conversations', { FriendlyName: 'another' });
  const { next_page_url: next } = (await before.get('/v1/Conversations?PageSize=1')).meta;
  expect([made.status, typeof next]).toEqual([201, 'string']);
  await before.discard();

  const authToken = 'f'.repeat(32);
  const after = await openRest({ dataDir, credentials: { ...testCredentials, authToken } });
  const repeated = await after.ask('POST', '/v1/Conversations', request(authToken));
  expect(repeated).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' }, text: made.text });
  const page = await after.ask('GET', next.slice(next.indexOf('/v1/')), { headers: request(authToken).headers });
  expect(page).toMatchObject({ status: 200, body: { conversations: [{}] } });
  await after.discard();
  rmSync(dataDir, { recursive: true });
});

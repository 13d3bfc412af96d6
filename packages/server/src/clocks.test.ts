import { afterEach, expect, test, vi } from 'vitest';
import { canOpenNodes, type OpenNodes, openNodes } from './testing/open-nodes.ts';
import { testCredentials } from './testing/open-rest.ts';

let at: OpenNodes | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await at?.discard();
});

const headers = { authorization: `Basic ${btoa(`${testCredentials.accountSid}:${testCredentials.authToken}`)}` };

test.skipIf(!canOpenNodes)('A server whose clock is wrong has the time of the database, and says so.', async () => {
  at = await openNodes(1, { withNats: false });
  const [node] = at.nodes;
  if (!node) throw new Error('There is no node.');
  const now = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
  const made = await node.server.inject({ method: 'POST', url: '/v1/Conversations', headers });
  expect(Math.abs(Date.parse(made.json().date_created) - now())).toBeLessThan(60_000);
  const { notes } = (await node.server.inject({ url: '/ready' })).json();
  expect(notes).toEqual(['The clock of this machine is 3600 seconds behind that of the database, whose time is used.']);
  // One that starts so is no different.
  const late = await at.open();
  const sent = await late.server.inject({ method: 'POST', url: '/v1/Conversations', headers });
  expect(Math.abs(Date.parse(sent.json().date_created) - now())).toBeLessThan(60_000);
});

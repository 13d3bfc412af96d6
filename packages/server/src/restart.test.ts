import { rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createServer, type Server } from './server.ts';
import { changeDatabase } from './testing/change-database.ts';
import { authorization, type OpenRest, openRest } from './testing/open-rest.ts';

const phone = '+12025550199';

let at: OpenRest;
let next: Server | undefined;
beforeEach(async () => {
  // Where several servers may share a database, nobody knows at once that one was killed.
  at = await openRest({ databaseUrl: undefined });
});
afterEach(async () => {
  await next?.close();
  rmSync(at.config.dataDir, { recursive: true });
});

const headers = { authorization: authorization.byAccount };

async function read(server: Server, url: string) {
  return (await server.inject({ url, headers })).json();
}

test('What a killed process was sending is sent by the next one at once, without waiting for its lease.', async () => {
  const { sid } = await at.post('/v1/Conversations');
  await at.post(`/v1/Conversations/${sid}/Participants`, {
    'MessagingBinding.Address': phone,
    'MessagingBinding.ProxyAddress': '+12025550100',
  });
  const fault = { kind: 'temporary', count: 1 };
  const url = `/v1/x/sandbox/phones/${phone}/faults`;
  expect((await at.server.inject({ method: 'POST', url, headers, payload: fault })).statusCode).toBe(201);
  await at.post(`/v1/Conversations/${sid}/Messages`, { Body: 'hello' });
  await at.server.close();

  // As a process leaves it that dies while it sends.
  const held = "UPDATE outbox SET state = 'sending', attempt = 1, lease = 'x', lease_until = ?";
  expect(await changeDatabase(at.config.dataDir, held, at.clock.now() + 60_000)).toBe(1);

  next = await createServer(at.config, { clock: at.clock });
  const start = at.clock.now();
  // What became of it is not known, so it is sent again a moment later; the phone knows it by its id.
  for (;;) {
    const { outbox } = await read(next, '/v1/x/outbox?state=pending');
    if (outbox.length > 0) at.clock.advance(1000);
    const { messages } = await read(next, `/v1/x/sandbox/phones/${phone}/messages`);
    if (messages.length > 0) break;
    // What the writer's thread says comes with the next turn.
    await setImmediate();
  }
  expect(at.clock.now() - start).toBeLessThan(60_000);
});

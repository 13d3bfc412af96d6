import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteUser } from '../../core/users/actions.ts';
import { type OpenRealtime, openRealtime, testKeys } from '../../testing/open-realtime.ts';
import type { RawTwilsock } from '../../testing/raw-twilsock.ts';
import { makeToken } from '../tokens.ts';

let at: OpenRealtime;
beforeAll(async () => {
  at = await openRealtime();
});
afterAll(() => at.discard());

const second = 1000;

/** What the server said besides its replies: methods, with the status or the kind. */
function said(client: RawTwilsock): [string, unknown][] {
  return client.packets.map(({ header }) => [header.method, header['status'] ?? header['client_update_type']]);
}

/** An answer to what it is asked: time has passed there, too. */
const turn = (client: RawTwilsock) => client.request('GET', '/Client/v2/Configuration');

test('A good token connects; there may be one init, and a session goes on under its token of continuation.', async () => {
  const ann = await at.twilsock();
  const reply = await ann.call({ method: 'init', token: await at.token('ann'), continuation_token: null });
  expect(reply.header).toMatchObject({ status: { code: 200, status: 'OK' }, capabilities: ['client_update'] });
  expect(reply.header).not.toHaveProperty('offline_storage');
  expect(await ann.init(await at.token('ann'))).toMatchObject({ code: 409 });
  const continuation_token = reply.header['continuation_token'];
  expect(continuation_token).toEqual(expect.any(String));
  const back = await at.twilsock();
  const again = await back.call({ method: 'init', token: await at.token('ann'), continuation_token });
  expect(again.header['continuation_token']).toBe(continuation_token);
});

test.each([
  ['no JWT', async () => 'x', 20101],
  ['expired', () => at.token('ann', -60), 20104],
  ['of another account', () => tokenOf({ accountSid: `AC${'9'.repeat(32)}` }), 20103],
  ['with another key', () => tokenOf({ apiKeySid: `SK${'9'.repeat(32)}` }), 20103],
  ['badly signed', () => tokenOf({ apiKeySecret: 'wrong' }), 20107],
  ['for a service that is not there', () => tokenOf({}, `IS${'9'.repeat(32)}`), 20106],
])('A token is refused with 401 and its own code: %s', async (_what, token, code) => {
  const ann = await at.twilsock();
  expect(await ann.init(await token())).toMatchObject({ code: 401, errorCode: code, status: 'Unauthorized' });
  // The client tries again on the same connection once it has a better one.
  expect(await ann.init(await at.token('ann'))).toMatchObject({ code: 200 });
});

function tokenOf(keys: object, service: string = at.service): Promise<string> {
  return makeToken({ ...testKeys, ...keys }, { identity: 'ann', service }, at.clock.now());
}

test('Who has not said who he is gets nothing, and is closed after a while.', async () => {
  const nobody = await at.twilsock();
  expect(await turn(nobody)).toMatchObject({ status: 401, body: { code: 20003, status: 401 } });
  expect((await nobody.call({ method: 'update', token: await at.token('ann') })).header['status']).toMatchObject({
    code: 401,
  });
  at.clock.advance(12 * second);
  expect(await nobody.end()).toBe(4408);
});

test('A token is warned of three minutes before its end, at once if that has begun; its end is told on coming back.', async () => {
  const ann = await at.twilsock();
  await ann.init(await at.token('ann', 200));
  await turn(ann);
  expect(said(ann)).toEqual([]);
  at.clock.advance(21 * second);
  await turn(ann);
  expect(said(ann)).toEqual([['client_update', 'token_about_to_expire']]);
  const ben = await at.twilsock();
  await ben.init(await at.token('ben', 100));
  await turn(ben);
  expect(said(ben)).toEqual([['client_update', 'token_about_to_expire']]);
  for (let n = 0; n < 5 && !ben.closed; n += 1) {
    at.clock.advance(21 * second);
    if (n < 4) await turn(ben);
  }
  expect(await ben.end()).toBe(4402);
  expect(said(ben).map(([method]) => method)).toEqual(['client_update']);
});

test('A newer token keeps the connection; one of somebody else is refused and changes nothing.', async () => {
  const ann = await at.twilsock();
  await ann.init(await at.token('ann', 60));
  const foreign = await ann.call({ method: 'update', token: await at.token('ben') });
  expect(foreign.header['status']).toMatchObject({ code: 401, errorCode: 20106 });
  const own = await ann.call({ method: 'update', token: await at.token('ann', 3600) });
  expect(own.header['status']).toEqual({ code: 200, status: 'OK' });
  for (let n = 0; n < 4; n += 1) {
    at.clock.advance(30 * second);
    expect((await turn(ann)).body.identity).toBe('ann');
  }
  expect(said(ann)).toEqual([['client_update', 'token_about_to_expire']]);
});

test('A user who is removed is told so with 401, which the client does not come back from by itself.', async () => {
  const gone = await at.twilsock('gone');
  await at.core.run(deleteUser, at.account, { service: at.service, user: 'gone' });
  await gone.end();
  expect(said(gone)).toEqual([['close', { code: 401, status: 'USER_REMOVED' }]]);
});

test('Telemetry, confirmations and methods of later clients are taken and not answered; contexts are.', async () => {
  const ann = await at.twilsock('ann');
  for (const method of ['telemetry.v1', 'reply', 'something.new']) void ann.call({ method, events: [] });
  expect((await ann.call({ method: 'put_notification_ctx', notification_ctx_id: 'x' }, '{}')).header['status']).toEqual(
    {
      code: 200,
      status: 'OK',
    },
  );
  await turn(ann);
  expect(ann.packets).toEqual([]);
});

test('A client that says good-bye is closed, and no longer online.', async () => {
  const ann = await at.twilsock('ann');
  void ann.call({ method: 'close' });
  await ann.end();
});

test('Where connections are limited, who comes too many is told when to come again.', async () => {
  const limited = await openRealtime({ connections: 1 });
  try {
    await limited.twilsock('ann');
    const ben = await limited.twilsock();
    const reply = await ben.call({ method: 'init', token: await limited.token('ben') });
    expect(reply.header['status']).toMatchObject({ code: 429, errorCode: 51001 });
    expect(JSON.parse(reply.payload.toString())).toEqual({ backoff_policy: { reconnect_min_ms: 5000 } });
  } finally {
    await limited.discard();
  }
});

test('Who sends nothing but bad tokens is closed after a while.', async () => {
  const mallory = await at.twilsock();
  for (let n = 0; n < 21; n += 1) void mallory.init('no token');
  expect(await mallory.end()).toBe(4400);
});

test('Who has not said who he is, and reads nothing, takes little room.', async () => {
  const mallory = await at.twilsock();
  mallory.pause();
  for (let n = 0; n < 10_000; n += 1) void mallory.call({ method: 'put_notification_ctx' });
  const ann = await at.twilsock('ann');
  expect((await turn(ann)).status).toBe(200);
  mallory.continue();
  expect([4413, 4400, 1006]).toContain(await mallory.end());
});

test('A server that stops closes the connection, without a word that would hold the client up.', async () => {
  const ann = await at.twilsock('ann');
  const stopped = at.stop();
  expect(await ann.end()).toBe(1001);
  await stopped;
  expect(said(ann)).toEqual([]);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Overloaded } from '../../core/call-queue.ts';
import { OutcomeUnknown, StorageUnavailable } from '../../storage/connection.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';

let at: OpenRealtime;
beforeEach(async () => {
  at = await openRealtime();
});
afterEach(() => at.discard());

test.each([
  { what: 'when the database is away', error: new StorageUnavailable('away'), code: 20503, status: 503 },
  { what: 'when too much is waiting', error: new Overloaded('full'), code: 20503, status: 503 },
  { what: 'when nobody can say whether it has happened', error: new OutcomeUnknown('?'), code: 20504, status: 504 },
  { what: 'when the server has made a mistake', error: new Error('oops'), code: 20500, status: 500 },
])('Both SDKs are told with $status $what.', async ({ error, code, status }) => {
  const conversation = await at.roomOf('ann');
  const [own, official] = [await at.connect('ann'), await at.twilsock('ann')];
  at.core.intercept(({ command, input }, proceed) => {
    if (command.name === 'messages.send') throw error;
    return proceed(input);
  });
  const call = own.call('messages.send', { conversation, body: 'x', key: 'x' });
  await expect(call).rejects.toMatchObject({ code, data: { status } });
  const answer = await official.request('POST', `/v2/Conversations/${conversation}/Messages`, { body: 'x' });
  expect(answer).toMatchObject({ status, body: { code, status } });
});

test('A client that has come back is not told that nothing has happened: it may have asked another server before.', async () => {
  const conversation = await at.roomOf('ann');
  const gone = await at.connect('ann');
  gone.cut();
  const back = await at.connect('ann', gone.resume);
  at.core.intercept(({ command, input }, proceed) => {
    if (command.name === 'messages.send') throw new StorageUnavailable('away');
    return proceed(input);
  });
  const send = (key?: string) => back.call('messages.send', { conversation, body: 'x', ...(key && { key }) });
  await expect(send('x')).rejects.toMatchObject({ code: 20504, data: { status: 504 } });
  // Without a key it is never asked for twice.
  await expect(send()).rejects.toMatchObject({ code: 20503, data: { status: 503 } });
});

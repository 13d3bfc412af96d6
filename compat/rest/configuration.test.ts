import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningServer, runServer } from './running-server.ts';
import { refusal } from './scopes.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

test('The configuration of the account is updated, and new conversations follow it.', async () => {
  const { v1 } = server.api;
  const before = await v1.configuration().fetch();
  const second = await v1.services.create({ friendlyName: 'Second' });
  const messagingSid = `MG${'1'.repeat(32)}`;
  const updated = await v1.configuration().update({
    defaultChatServiceSid: second.sid,
    defaultMessagingServiceSid: messagingSid,
    defaultInactiveTimer: 'PT1M',
    defaultClosedTimer: 'PT10M',
  });
  expect(updated).toMatchObject({
    defaultChatServiceSid: second.sid,
    defaultMessagingServiceSid: messagingSid,
    defaultInactiveTimer: 'PT1M',
    defaultClosedTimer: 'PT10M',
    url: `${server.url}/v1/Configuration`,
  });
  expect(await v1.configuration().fetch()).toEqual(updated);
  const conversation = await v1.conversations.create({ friendlyName: 'timed' });
  expect(conversation).toMatchObject({ chatServiceSid: second.sid, messagingServiceSid: messagingSid });
  const { date_inactive: inactive, date_closed: closed } = conversation.timers;
  expect(Date.parse(inactive) - conversation.dateCreated.getTime()).toBe(60_000);
  expect(Date.parse(closed) - conversation.dateCreated.getTime()).toBe(600_000);

  const cleared = await v1.configuration().update({ defaultInactiveTimer: '', defaultClosedTimer: '' });
  expect(cleared).toMatchObject({ defaultChatServiceSid: second.sid, defaultInactiveTimer: null });
  await v1.configuration().update({ defaultChatServiceSid: before.defaultChatServiceSid });
  expect((await v1.conversations.create()).timers).toEqual({});
});

test.each([
  [{ defaultInactiveTimer: 'PT59S' }, refusal(50375)],
  [{ defaultClosedTimer: 'PT9M' }, refusal(50376)],
  [{ defaultInactiveTimer: 'soon' }, refusal(50379)],
  [{ defaultClosedTimer: 'soon' }, refusal(50380)],
  [{ defaultChatServiceSid: `IS${'0'.repeat(32)}` }, refusal(50050, 404)],
])('%j is refused.', async (change, refused) => {
  await expect(server.api.v1.configuration().update(change)).rejects.toMatchObject(refused);
});

test('A timer makes a conversation inactive on the way to its end, a message wakes it, and closed is final.', async () => {
  const { v1 } = server.api;
  const { sid } = await v1.conversations.create({ 'timers.inactive': 'PT1M', 'timers.closed': 'PT10M' });
  const conversation = v1.conversations(sid);
  const inactive = await conversation.update({ state: 'inactive' });
  expect(Object.keys(inactive.timers)).toEqual(['date_closed']);
  await conversation.messages.create({ body: 'still here' });
  expect(await conversation.fetch()).toMatchObject({ state: 'active' });
  expect(await conversation.update({ state: 'closed' })).toMatchObject({ state: 'closed', timers: {} });
  await expect(conversation.messages.create({ body: 'too late' })).rejects.toMatchObject(refusal(50377));
  expect(await conversation.messages.list()).toHaveLength(1);
  expect(await conversation.remove()).toBe(true);
});

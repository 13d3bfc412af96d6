import { afterEach, beforeEach, expect, test } from 'vitest';
import { createConversation } from '../../core/conversations/actions.ts';
import { removeMessage, sendMessage } from '../../core/messages/actions.ts';
import { addParticipant, removeParticipant } from '../../core/participants/actions.ts';
import { createService } from '../../core/services/actions.ts';
import { type OpenRealtime, openRealtime, testKeys } from '../../testing/open-realtime.ts';
import { makeToken } from '../tokens.ts';

let at: OpenRealtime;
beforeEach(async () => {
  at = await openRealtime();
});
afterEach(() => at.discard());

async function send(conversation: string, count: number, service: string = at.service): Promise<void> {
  for (let n = 0; n < count; n += 1) await at.core.run(sendMessage, at.account, { service, conversation, body: 'x' });
}

test('All conversations count together, those that were never read with all their messages.', async () => {
  const [read, unread, silent] = [await at.roomOf('ann'), await at.roomOf('ann'), await at.roomOf('ann')];
  await at.roomOf('ben');
  const ann = await at.connect('ann');
  expect(await ann.call('conversations.unread', {})).toEqual({ unread: 0 });
  await send(read, 5);
  await send(unread, 3);
  expect(await ann.call('conversations.unread', {})).toEqual({ unread: 8 });
  await ann.call('membership.update', { conversation: read, read: { mode: 'set', index: 1 } });
  await ann.call('membership.update', { conversation: silent, read: { mode: 'set', index: 7 } });
  expect(await ann.call('conversations.unread', {})).toEqual({ unread: 6 });
  await ann.call('messages.send', { conversation: read, body: 'mine counts as well' });
  await ann.call('membership.update', { conversation: unread, read: { mode: 'all' } });
  expect(await ann.call('conversations.unread', {})).toEqual({ unread: 4 });
});

test('Removed messages do not count, in one conversation or in all of them.', async () => {
  const [read, unread] = [await at.roomOf('ann'), await at.roomOf('ann')];
  const ann = await at.connect('ann');
  await send(read, 6);
  await send(unread, 3);
  await ann.call('membership.update', { conversation: read, read: { mode: 'set', index: 1 } });
  const counts = async () => [
    (await ann.call('conversations.counts', { conversation: read })).unread,
    (await ann.call('conversations.unread', {})).unread,
  ];
  expect(await counts()).toEqual([4, 7]);
  for (const [conversation, message, left] of [
    [read, 0, [4, 7]],
    [read, 3, [3, 6]],
    [read, 5, [2, 5]],
    [unread, 1, [2, 4]],
  ] as const) {
    await at.core.run(removeMessage, at.account, { service: at.service, conversation, message });
    expect(await counts()).toEqual(left);
  }
  const change = { conversation: read, read: { mode: 'advance', index: 2 } } as const;
  expect((await ann.call('membership.update', change)).unread).toBe(1);
});

test('There is no cap.', async () => {
  const conversation = await at.roomOf('ann');
  await Promise.all(Array.from({ length: 1500 }, () => send(conversation, 1)));
  const ann = await at.connect('ann');
  expect(await ann.call('conversations.unread', {})).toEqual({ unread: 1500 });
});

test('Only the own conversations of this service count, and only as long as one is in them.', async () => {
  const conversation = await at.roomOf('ann', 'ben');
  await send(conversation, 2);
  const { sid: service } = await at.core.run(createService, at.account, { friendlyName: 'other' });
  const { sid: elsewhere } = await at.core.run(createConversation, at.account, { service });
  await at.core.run(addParticipant, at.account, { service, conversation: elsewhere, identity: 'ann' });
  await send(elsewhere, 5, service);
  const [ann, stranger] = [await at.connect('ann'), await at.connect('eve')];
  const foreign = await at.socket();
  await foreign.call('connect', { token: await makeToken(testKeys, { identity: 'ann', service }, at.clock.now()) });
  const counts = () => Promise.all([ann, stranger, foreign].map((one) => one.call('conversations.unread', {})));
  expect(await counts()).toEqual([{ unread: 2 }, { unread: 0 }, { unread: 5 }]);
  const leaving = { service: at.service, conversation, participant: 'ann' };
  await at.core.run(removeParticipant, at.account, leaving);
  expect(await counts()).toEqual([{ unread: 0 }, { unread: 0 }, { unread: 5 }]);
});

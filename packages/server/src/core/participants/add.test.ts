import { limits } from '@colloquy/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { createConversation, updateConversation } from '../conversations/actions.ts';
import { addParticipant } from './actions.ts';

let at: OpenCore;
beforeEach(async () => {
  at = await openCore();
});
afterEach(() => at.discard());

const newRoom = async (): Promise<string> =>
  (await at.core.run(createConversation, at.account, { service: at.service })).sid;
const add = (conversation: string, who: object) =>
  at.core.run(addParticipant, at.account, { service: at.service, conversation, ...who });
const phone = (number: number) => ({ address: `+1202555${1000 + number}`, proxyAddress: '+12025550100' });

test('A conversation takes so many participants outside chat, and then still chat users.', async () => {
  const room = await newRoom();
  const most = limits.nonChatParticipantsPerConversation;
  await Promise.all(Array.from({ length: most }, (_, number) => add(room, phone(number))));
  await expect(add(room, phone(most))).rejects.toMatchObject({ code: 50418 });
  await add(room, { identity: 'ann' });
});

test('A conversation takes so many participants in all.', async () => {
  const room = await newRoom();
  const most = limits.participantsPerConversation;
  await Promise.all(Array.from({ length: most }, (_, number) => add(room, { identity: `user ${number}` })));
  const logged = at.events.length;
  await expect(add(room, { identity: 'one more' })).rejects.toMatchObject({ code: 50417 });
  await expect(add(room, phone(1))).rejects.toMatchObject({ code: 50417 });
  expect(at.events.length).toBe(logged);
});

test('An identity is in so many open conversations, and closed ones do not count.', async () => {
  const most = limits.conversationsPerIdentity;
  const rooms = await Promise.all(Array.from({ length: most + 1 }, newRoom));
  const [first = '', ...others] = rooms;
  await Promise.all(others.map((room) => add(room, { identity: 'ann' })));
  const logged = at.events.length;
  await expect(add(first, { identity: 'ann' })).rejects.toMatchObject({ code: 50214 });
  expect(at.events.length).toBe(logged);
  const { service } = at;
  await at.core.run(updateConversation, at.account, { service, conversation: others[0] ?? '', state: 'closed' });
  await add(first, { identity: 'ann' });
});

import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { createConversation } from '../conversations/actions.ts';
import { removeMessage, sendMessage } from '../messages/actions.ts';
import { addParticipant, updateMembership } from './actions.ts';

let at: OpenCore;
beforeEach(async () => {
  at = await openCore();
});
afterEach(() => at.discard());

test('What is unread is what is there after the horizon, whichever messages were removed.', async () => {
  const { core, account, service } = at;
  const ann = await at.user('ann');
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 6 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
      fc.integer({ min: 0, max: 8 }),
      async (sent, removed, horizon) => {
        const { sid: conversation } = await core.run(createConversation, account, { service });
        const target = { service, conversation };
        await core.run(addParticipant, account, { ...target, identity: 'ann' });
        for (let index = 0; index < sent; index += 1) await core.run(sendMessage, account, { ...target, body: 'x' });
        const gone = removed.filter((index) => index < sent);
        for (const message of gone) await core.run(removeMessage, account, { ...target, message });

        const read = { mode: 'set', index: horizon } as const;
        const { unread } = await core.run(updateMembership, ann, { ...target, user: ann.user, read });
        const there = Array.from({ length: sent }, (_, index) => index).filter((index) => !gone.includes(index));
        expect(unread).toBe(there.filter((index) => index > horizon).length);
      },
    ),
    { numRuns: 40 },
  );
});

test('Over all conversations it is the sum, where there is no horizon of all that is there.', async () => {
  const { core, account, service } = at;
  const room = fc.record({
    sent: fc.integer({ min: 0, max: 4 }),
    removed: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
    horizon: fc.option(fc.integer({ min: 0, max: 5 })),
  });
  let users = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(room, { maxLength: 4 }), async (rooms) => {
      const user = await at.user(`user ${++users}`);
      let unread = 0;
      for (const { sent, removed, horizon } of rooms) {
        const { sid: conversation } = await core.run(createConversation, account, { service });
        const target = { service, conversation };
        await core.run(addParticipant, account, { ...target, identity: user.identity });
        for (let index = 0; index < sent; index += 1) await core.run(sendMessage, account, { ...target, body: 'x' });
        const gone = removed.filter((index) => index < sent);
        for (const message of gone) await core.run(removeMessage, account, { ...target, message });
        const read = { mode: 'set', index: horizon } as const;
        await core.run(updateMembership, user, { ...target, user: user.user, read });
        const there = Array.from({ length: sent }, (_, index) => index).filter((index) => !gone.includes(index));
        unread += there.filter((index) => horizon === null || index > horizon).length;
      }
      expect(await core.unread.of(user.user)).toBe(unread);
    }),
    { numRuns: 40 },
  );
});

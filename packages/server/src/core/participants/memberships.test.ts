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

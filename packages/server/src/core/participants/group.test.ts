import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { createConversation, updateConversation } from '../conversations/actions.ts';
import { Refusal } from '../refusal.ts';
import { addParticipant, removeParticipant, updateParticipant } from './actions.ts';
import { groupKey, isGroup, selectBound } from './group.ts';

let at: OpenCore;
beforeAll(async () => {
  at = await openCore();
});
afterAll(() => at.discard());

const phones = ['+12025550150', '+12025550151'];
const owns = ['+12025550100', '+12025550101'];

/** The third number says which of those that are there, or could be, it is about. */
const step = fc.record({
  conversation: fc.nat(2),
  action: fc.constantFrom('phone', 'own', 'member', 'user', 'pair', 'remove', 'project', 'close'),
  which: fc.nat(1),
});

async function act(conversation: string, action: string, which: number): Promise<unknown> {
  const { core, account, service } = at;
  const place = { service, conversation, groupTexting: true };
  const address = phones[which];
  const projectedAddress = owns[which];
  const identity = `user ${which}`;
  switch (action) {
    case 'phone':
      return core.run(addParticipant, account, { ...place, address });
    case 'own':
      return core.run(addParticipant, account, { ...place, projectedAddress });
    case 'member':
      return core.run(addParticipant, account, { ...place, identity, projectedAddress });
    case 'user':
      return core.run(addParticipant, account, { ...place, identity });
    case 'pair':
      return core.run(addParticipant, account, { ...place, address, proxyAddress: projectedAddress });
    case 'project':
      return core.run(updateParticipant, account, {
        ...place,
        participant: identity,
        projectedAddress: which ? null : owns[0],
      });
    case 'close':
      return core.run(updateConversation, account, { service, conversation, state: 'closed' });
    default: {
      const members = await core.db.sql
        .selectFrom('participants')
        .select('sid')
        .where('conversation_sid', '=', conversation)
        .orderBy('sid')
        .execute();
      const member = members[which];
      return member && core.run(removeParticipant, account, { ...place, participant: member.sid });
    }
  }
}

it('keeps the numbers of each open group, and nothing else, whatever is added, changed and removed', async () => {
  const { core, account, service } = at;
  const { sql } = core.db;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      const conversations: string[] = [];
      for (let n = 0; n < 3; n += 1) conversations.push((await core.run(createConversation, account, { service })).sid);
      for (const { conversation, action, which } of steps) {
        await act(conversations[conversation] ?? '', action, which).catch((error) => {
          if (!(error instanceof Refusal)) throw error;
        });
      }
      const expected = [];
      for (const sid of conversations) {
        const row = await sql.selectFrom('conversations').selectAll().where('sid', '=', sid).executeTakeFirstOrThrow();
        const members = await selectBound(core.db, sid);
        const all = await sql.selectFrom('participants').select('sid').where('conversation_sid', '=', sid).execute();
        // The counters are what limits and deliveries go by.
        expect([row.participant_count, row.non_chat_count]).toEqual([all.length, members.length]);
        if (row.state === 'closed' || !isGroup(members)) continue;
        expect(all.length).toBe(members.length);
        const numbers = groupKey(members.map((one) => one.projected_address ?? one.address ?? ''));
        if (members.some((one) => one.address !== null)) expected.push({ conversation_sid: sid, numbers });
      }
      const kept = await sql
        .selectFrom('group_conversations')
        .select(['conversation_sid', 'numbers'])
        .orderBy('conversation_sid')
        .execute();
      expect(kept.map((row) => ({ ...row }))).toEqual(expected);
      for (const conversation of conversations) await act(conversation, 'close', 0).catch(() => {});
    }),
    { numRuns: 60 },
  );
});

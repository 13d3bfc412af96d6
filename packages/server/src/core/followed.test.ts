import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Db } from '../storage/db.ts';
import { type OpenCore, openCore } from '../testing/open-core.ts';
import { turnsWhile } from '../testing/turns.ts';
import { createConversation, deleteConversation } from './conversations/actions.ts';
import { Followed } from './followed.ts';
import { addParticipant, removeParticipant, updateMembership } from './participants/actions.ts';
import { selectAllFollowed } from './streams.ts';

const identities = ['ann', 'ben'] as const;

let at: OpenCore;
/** Of each identity. */
let users: string[];
let rooms: string[];
beforeEach(async () => {
  at = await openCore();
  users = [];
  for (const identity of identities) users.push((await at.user(identity)).user);
  rooms = await Promise.all(Array.from({ length: 6 }, make));
});
afterEach(() => at.discard());

async function make(): Promise<string> {
  return (await at.core.run(createConversation, at.account, { service: at.service })).sid;
}

const step = fc.record({
  kind: fc.constantFrom('join', 'join', 'leave', 'read', 'drop', 'ask'),
  who: fc.nat(identities.length - 1),
  place: fc.nat(5),
});

async function take({ kind, who, place }: { kind: string; who: number; place: number }): Promise<void> {
  const { core, account, service } = at;
  const [conversation, identity] = [rooms[place] as string, identities[who] as string];
  const target = { service, conversation };
  if (kind === 'join') await core.run(addParticipant, account, { ...target, identity });
  else if (kind === 'leave') await core.run(removeParticipant, account, { ...target, participant: identity });
  else if (kind === 'read')
    await core.run(updateMembership, account, { ...target, user: identity, read: { mode: 'none' } });
  else if (kind === 'drop') {
    await core.run(deleteConversation, account, target);
    rooms[place] = await make();
  }
}

/** Everything that is read comes some turns of the event loop later, by when it may be old. */
function slow(db: Db, turns: readonly number[]): Db {
  let asked = 0;
  const late =
    <Given extends unknown[], R>(read: (...given: Given) => Promise<R>) =>
    async (...given: Given): Promise<R> => {
      asked += 1;
      const found = await read.apply(db, given);
      for (let turn = turns[asked % turns.length] ?? 0; turn > 0; turn -= 1) await setImmediate();
      return found;
    };
  return dbWith(db, { all: late(db.all), first: late(db.first) });
}

/** A database of which some is read in another way. */
function dbWith(db: Db, own: object): Db {
  return { sql: db.sql, all: db.all.bind(db), first: db.first.bind(db), ...own } as Db;
}

test('It knows where users are after whatever happens, also when it forgets some, or several ask while it reads.', async () => {
  const story = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { maxLength: 8 });
  const turns = fc.array(fc.nat(400), { minLength: 1 });
  const property = fc.asyncProperty(story, fc.constantFrom(0, 4, 1000), turns, async (chapters, limit, delays) => {
    const followed = new Followed(slow(at.core.db, delays), limit);
    for (const steps of chapters) {
      const asking: Promise<unknown>[] = [];
      for (const one of steps) {
        asking.push(followed.of(users[one.who] as string));
        // Some of it is refused: he is in already, or is not.
        await take(one).catch(() => {});
      }
      for (const user of users) {
        expect([...(await followed.of(user))].toSorted()).toEqual(
          (await selectAllFollowed(at.core.db, user)).toSorted(),
        );
      }
      await Promise.all(asking);
    }
  });
  await fc.assert(property, { numRuns: 40, endOnFailure: true });
});

test('What somebody read before others is not taken for newer, though it comes later.', async () => {
  const { core, account, service } = at;
  const [ann = ''] = users;
  const target = { service, conversation: rooms[0] as string };
  const held: (() => void)[] = [];
  let isHeld = false;
  const all = async (...given: Parameters<Db['all']>) => {
    const found = await core.db.all(...given);
    if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
    return found;
  };
  const followed = new Followed(dbWith(core.db, { all }));
  await followed.of(ann);
  isHeld = true;
  await core.run(addParticipant, account, { ...target, identity: 'ann' });
  const early = followed.of(ann);
  await turnsWhile(() => held.length < 1);
  await core.run(removeParticipant, account, { ...target, participant: 'ann' });
  const late = followed.of(ann);
  await turnsWhile(() => held.length < 2);
  held.pop()?.();
  await late;
  const last = followed.of(ann);
  await turnsWhile(() => held.length < 2);
  isHeld = false;
  for (const letGo of held) letGo();
  expect(new Set(await last)).toEqual(new Set());
  expect(new Set(await early)).toEqual(new Set());
});

test('What it knows it does not read again, unless much happened since in the own stream.', async () => {
  const { core, account, service } = at;
  const [ann = ''] = users;
  const [first, second] = rooms.map((conversation) => ({ service, conversation }));
  if (!first || !second) throw new Error('There are too few rooms.');
  await core.run(addParticipant, account, { ...first, identity: 'ann' });
  const followed = new Followed(core.db);
  const set = await followed.of(ann);
  await core.run(addParticipant, account, { ...second, identity: 'ann' });
  for (let n = 0; n < 199; n += 1) {
    await core.run(updateMembership, account, { ...first, user: 'ann', read: { mode: 'set', index: n } });
  }
  expect(await followed.of(ann)).toBe(set);
  expect(set).toEqual(new Set([first.conversation, second.conversation]));
  for (let n = 0; n < 201; n += 1) {
    await core.run(updateMembership, account, { ...first, user: 'ann', read: { mode: 'set', index: n } });
  }
  expect(await followed.of(ann)).not.toBe(set);
  expect(await followed.of(ann)).toEqual(set);
});

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { heard, until } from '../sdk/operations/heard.ts';
import { keepJournal } from './journal.ts';
import { back, cutOff, Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
  const { defaultChatServiceSid } = await stage.rest.configuration().fetch();
  await stage.rest.services(defaultChatServiceSid).configuration().update({ reachabilityEnabled: true });
});
afterEach(() => stage.hangUp());
afterAll(() => stage.close());

test('Names and attributes follow each other user, whoever changes them, and are caught up with after a cut.', async () => {
  const proxy = await stage.proxy();
  const ann = await stage.official('ann', { through: proxy });
  const [ben, cat] = [await stage.official('ben'), await stage.own('cat')];
  const [bens, cats] = [await ann.getUser(ben.identity), await ann.getUser(cat.identity)];
  const journal = keepJournal(ann);
  await ben.user.updateFriendlyName('Ben');
  await until(bens, 'updated', () => bens.friendlyName === 'Ben');
  await cat.user.updateFriendlyName('Cat');
  await until(cats, 'updated', () => cats.friendlyName === 'Cat');
  await stage.rest.users(ann.identity).update({ friendlyName: 'Ann' });
  await until(ann.user, 'updated', () => ann.user.friendlyName === 'Ann');
  const lines = [ben, cat, ann].map(({ identity }) => `updated ${identity} (friendlyName)`);
  expect(journal.users).toEqual(lines);

  journal.users.length = 0;
  await cutOff(ann, proxy);
  await ben.user.updateAttributes({ mood: 'good' });
  await ben.user.updateFriendlyName('Benjamin');
  await stage.rest.users(ann.identity).update({ attributes: '{"vip":true}' });
  await back(ann, proxy);
  await until(bens, 'updated', () => bens.friendlyName === 'Benjamin');
  await until(ann.user, 'updated', () => (ann.user.attributes as { vip?: boolean }).vip === true);
  await cat.user.updateFriendlyName('Catherine');
  await until(cats, 'updated', () => cats.friendlyName === 'Catherine');
  expect(bens.attributes).toEqual({ mood: 'good' });
  expect(journal.users.filter((line) => line.includes(cat.identity))).toEqual([
    `updated ${cat.identity} (friendlyName)`,
  ]);
  const ofBen = journal.users.filter((line) => line.includes(ben.identity)).join();
  expect([ofBen.match(/attributes/g)?.length, ofBen.match(/friendlyName/g)?.length]).toEqual([1, 1]);
});

test('Who is online follows clients of both packages, and is caught up with after a cut.', async () => {
  const proxy = await stage.proxy();
  const ann = await stage.official('ann', { through: proxy });
  expect(ann.reachabilityEnabled).toBe(true);
  const [ben, cat] = [stage.name('ben'), stage.name('cat')];
  for (const identity of [ben, cat]) await stage.rest.users.create({ identity });
  const [bens, cats] = [await ann.getUser(ben), await ann.getUser(cat)];
  expect([bens.isOnline, cats.isOnline, bens.isNotifiable]).toEqual([false, false, false]);
  const told = heard(bens, 'updated', ({ updateReasons }) => updateReasons.includes('reachabilityOnline'));
  const hers = await stage.official('ben', { identity: ben });
  await told;
  expect(bens.isOnline).toBe(true);
  const his = await stage.own('cat', cat);
  await until(cats, 'updated', () => cats.isOnline === true);
  await cutOff(ann, proxy);
  await hers.shutdown();
  await his.shutdown();
  await back(ann, proxy);
  await until(bens, 'updated', () => bens.isOnline === false);
  await until(cats, 'updated', () => cats.isOnline === false);
});

test('A user whose subscription was ended is not followed; asked for again, he is as he is now.', async () => {
  const [ann, ben] = [await stage.official('ann'), await stage.official('ben')];
  const first = await ann.getUser(ben.identity);
  const ended = heard(ann, 'userUnsubscribed');
  await first.unsubscribe();
  await ended;
  await ben.user.updateFriendlyName('Ben');
  const again = await ann.getUser(ben.identity);
  await until(again, 'updated', () => again.friendlyName === 'Ben');
});

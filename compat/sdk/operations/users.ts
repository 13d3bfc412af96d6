import { expect, test } from 'vitest';
import { heard, refusal } from './heard.ts';
import type { World } from './world.ts';

export function userOperations(world: () => World): void {
  test('user: updateFriendlyName and updateAttributes, with the reasons', async () => {
    const ann = await world().person('ann');
    const named = heard(ann.user, 'updated', ({ updateReasons }) => updateReasons.includes('friendlyName'));
    const told = heard(ann, 'userUpdated', ({ updateReasons }) => updateReasons.includes('attributes'));
    expect(await ann.user.updateFriendlyName('Ann')).toBe(ann.user);
    await ann.user.updateAttributes({ mood: 'good' });
    expect((await named).user).toBe(ann.user);
    expect((await told).user.attributes).toEqual({ mood: 'good' });
    expect(ann.user.friendlyName).toBe('Ann');
  });

  test('getUser: subscribed, told of, and kept up to date', async () => {
    const { ann, ben } = await world().pair();
    const subscribed = heard(ann, 'userSubscribed');
    const seen = await ann.getUser(ben.identity);
    expect((await subscribed).identity).toBe(ben.identity);
    expect(seen).toMatchObject({ identity: ben.identity, isSubscribed: true });
    expect(await ann.getUser(ben.identity)).toBe(seen);
    const updated = heard(seen, 'updated', ({ updateReasons }) => updateReasons.includes('friendlyName'));
    const told = heard(ann, 'userUpdated', ({ user }) => user === seen);
    await ben.user.updateFriendlyName('Ben');
    expect((await updated).user.friendlyName).toBe('Ben');
    expect((await told).updateReasons).toContain('friendlyName');
  });

  test('getSubscribedUsers: those that were asked for', async () => {
    const { ann, ben } = await world().pair();
    await ann.getUser(ben.identity);
    expect((await ann.getSubscribedUsers()).map(({ identity }) => identity)).toContain(ben.identity);
  });

  test('User.unsubscribe: told, and not subscribed any more', async () => {
    const { ann, ben } = await world().pair();
    const seen = await ann.getUser(ben.identity);
    const told = heard(ann, 'userUnsubscribed');
    await seen.unsubscribe();
    expect((await told).identity).toBe(ben.identity);
    expect(seen.isSubscribed).toBe(false);
    expect((await ann.getSubscribedUsers()).map(({ identity }) => identity)).not.toContain(ben.identity);
  });

  test('getUser: nobody of that name', async () => {
    const ann = await world().person();
    expect(await refusal(ann.getUser('nobody is called so'))).not.toBe(0);
  });

  test('what the back end changes in a user', async () => {
    const ann = await world().person();
    const updated = heard(ann, 'userUpdated', ({ updateReasons }) => updateReasons.includes('attributes'));
    await world().rest.users(ann.identity).update({ attributes: '{"vip":true}' });
    expect((await updated).user.attributes).toEqual({ vip: true });
  });

  test('reachabilityEnabled, isOnline, isNotifiable: null without, and told with reachabilityOnline', async () => {
    const { rest, server } = world();
    const ann = await world().person();
    expect(ann.reachabilityEnabled).toBe(false);
    const service = rest.services((await rest.configuration().fetch()).defaultChatServiceSid).configuration();
    await service.update({ reachabilityEnabled: true });
    const ben = await world().person('ben');
    expect(ben.reachabilityEnabled).toBe(true);
    const identity = world().name('cat');
    await rest.users.create({ identity });
    const seen = await ben.getUser(identity);
    const online = heard(seen, 'updated', ({ updateReasons }) => updateReasons.includes('reachabilityOnline'));
    const cat = await world().person('cat', await server.token(identity));
    expect((await online).user).toMatchObject({ isOnline: true, isNotifiable: false });
    const offline = heard(seen, 'updated', ({ user }) => user.isOnline === false);
    await cat.shutdown();
    expect((await offline).updateReasons).toContain('reachabilityOnline');
    await service.update({ reachabilityEnabled: false });
  });
}

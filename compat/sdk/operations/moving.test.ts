import * as colloquy from '@colloquy/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { heard } from './heard.ts';
import { packages } from './packages.ts';
import { World } from './world.ts';

/**
 * A program that was written for the official package, as it stands, and after nothing was changed but the name of the
 * package. That it compiles is shown elsewhere; here it runs.
 */
describe.each(packages)('With $name', (each) => {
  let world: World;
  let connection: typeof import('../declarations/moving-program/connection.ts');
  let conversations: typeof import('../declarations/moving-program/conversations.ts');
  let messages: typeof import('../declarations/moving-program/messages.ts');
  let content: typeof import('../declarations/moving-program/content.ts');
  const shown: string[] = [];
  const ui = { show: (text: string) => shown.push(text), badge: () => {}, signIn: async () => '' };
  const log = (...of: unknown[]) => shown.push(of.join(' '));

  beforeAll(async () => {
    world = await World.start(each);
    vi.resetModules();
    if (each.isOurs) vi.doMock('@twilio/conversations', () => colloquy);
    connection = await import('../declarations/moving-program/connection.ts');
    conversations = await import('../declarations/moving-program/conversations.ts');
    messages = await import('../declarations/moving-program/messages.ts');
    content = await import('../declarations/moving-program/content.ts');
  });
  beforeEach(() => {
    shown.length = 0;
  });
  afterEach(() => world.hangUp());
  afterAll(async () => {
    vi.doUnmock('@twilio/conversations');
    await world.end();
  });

  test('it opens, watches and ends the connection.', async () => {
    const identity = world.name('ann');
    const client = world.keep(connection.open(await world.server.token(identity), ui, world.options));
    await heard(client, 'initialized');
    const { version } = world.sdk.Client;
    for (const text of ['connecting', 'connected', 'client is initialized', `ready with ${version}, ${version}`]) {
      expect(shown).toContain(text);
    }
    await client.getSubscribedConversations();
    if (each.isOurs) {
      // It gives its listeners out to nobody: the page of differences says so.
      expect(() => connection.hearAll(client, log)).toThrow(TypeError);
      return;
    }
    const end = connection.hearAll(client, log);
    const room = await client.createConversation({ friendlyName: 'Room' });
    await room.join();
    await vi.waitFor(() => expect(shown).toContain(identity));
    await end();
    expect(client.listenerCount('messageAdded')).toBe(0);
  });

  test('it shows people, and follows them.', async () => {
    const [ann, ben] = [await world.person('ann'), await world.person('ben')];
    await connection.people(ann, ben.identity, ui);
    expect(shown.at(-1)).toContain('"isSubscribed":true');
    expect(await world.rest.users(ann.identity).fetch()).toMatchObject({
      friendlyName: 'Me',
      attributes: '{"mood":"good","tags":["a",1,true,null]}',
    });
    await ben.user.updateFriendlyName('Ben');
    await vi.waitFor(() => expect(shown).toContain('name'));
  });

  test('it registers a device, and reads what came to it.', async () => {
    const { sid: pushCredential } = await world.rest.credentials.create({ type: 'fcm', secret: 'a server key' });
    const token = await world.server.token(world.name('ann'), { pushCredential });
    const ann = await world.person('ann', token);
    const payload = {
      data: { twi_message_type: 'twilio.conversations.new_message', twi_title: 'Room', twi_body: 'hello' },
    };
    const descriptor = await connection.notify(ann, 'fcm', 'device', payload, ui);
    expect(descriptor).toMatchObject({ title: 'Room', body: 'hello', type: 'twilio.conversations.new_message' });
    expect(shown[0]).toContain('Room hello');
  });

  test('it makes, finds, lists, changes and reads conversations.', async () => {
    const ann = await world.person('ann');
    const room = await conversations.open(ann, world.name('room'));
    const all = [];
    for await (const one of conversations.all(ann)) all.push(one.sid);
    expect(all).toEqual([room.sid]);
    expect(conversations.line(room)).toContain(`,${ann.identity},active,in,`);
    await conversations.change(room, log);
    await vi.waitFor(() => expect(shown).toContain('muted'));
    expect(room).toMatchObject({ friendlyName: 'New name', notificationLevel: 'muted' });
    await room.sendMessage('one');
    await room.sendMessage('two');
    expect(await conversations.read(room)).toBe(1);
    // Its last question is for nobody.
    await expect(conversations.members(room, ann.identity, log)).rejects.toThrow();
    await vi.waitFor(() => expect(shown.some((line) => line.endsWith('attributes'))).toBe(true));
  });

  test('it takes people out, leaves, and deletes.', async () => {
    const { ben, anns } = await world.pair();
    await world.rest.conversations(anns.sid).participants.create({ identity: 'somebody' });
    const his = await anns.getParticipantByIdentity(ben.identity);
    const out = heard(ben, 'conversationLeft');
    // Who has left may not delete.
    await expect(conversations.close(anns, his as NonNullable<typeof his>)).rejects.toThrow();
    await out;
    expect(await world.rest.conversations(anns.sid).participants.list()).toEqual([]);
  });

  test('it writes, with files and templates, reads backwards, and shows.', async () => {
    const { ann, anns } = await world.pair();
    const file = { contentType: 'text/plain', filename: 'a.txt', media: 'a file' };
    const [index, categories, ...made] = await messages.build(anns, file, new AbortController().signal);
    expect([index, made]).toEqual([0, [true, true]]);
    expect([...(categories as string[])].sort()).toEqual(['body', 'history', 'media', 'media']);
    const { sid } = await world.server.content.create({
      friendly_name: world.name('t'),
      language: 'en',
      variables: { 1: 'you' },
      types: { 'twilio/text': { body: 'Hello {{1}}' } },
    } as never);
    expect(await messages.sendTemplate(anns, sid)).toBe(2);
    const bodies = [];
    for await (const { body } of messages.backwards(anns)) bodies.push(body);
    expect(bodies.slice(0, 3)).toEqual(['hello!', 'Hello you', 'Hello Ben']);
    const [first] = (await anns.getMessages()).items;
    const files = await messages.files(first as NonNullable<typeof first>, ann);
    expect(files.length).toBeGreaterThan(0);
    expect(await content.draw(first as NonNullable<typeof first>)).toBe('');
    expect(await content.menu(ann)).toEqual([expect.stringContaining(`true,${sid},`)]);
    await messages.show(first as NonNullable<typeof first>, log);
    expect(shown).toContain(first?.sid);
    expect(await anns.getMessagesCount()).toBe(2);
  });

  test('a promise of its own ends in time.', async () => {
    await expect(messages.withTimeout(new Promise(() => {}), 1)).rejects.toThrow('Too late.');
    expect(await messages.withTimeout(Promise.resolve(1), 1000)).toBe(1);
  });
});

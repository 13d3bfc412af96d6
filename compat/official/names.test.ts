import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { heard, until } from '../sdk/operations/heard.ts';
import { conversationOf, Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.hangUp());
afterAll(() => stage.close());

const names = [
  'ann@example.com',
  'a/b/c',
  'ann lee',
  'Jürgen Ösi',
  '100%',
  '%40%2F',
  'a+b=c&d?e#f',
  '火 😀',
  '..',
  '"quoted\\"',
];

describe.each(names)('A user, a conversation and a participant that are called %j', (name) => {
  test('are found, changed, written to, taken out and left by that name.', async () => {
    const ann = await stage.official('ann', { identity: name });
    expect(ann.user.identity).toBe(name);
    await ann.user.updateFriendlyName(`Name of ${name}`);
    await ann.user.updateAttributes({ [name]: name });
    await until(ann.user, 'updated', () => (ann.user.attributes as Record<string, string>)[name] === name);
    const stored = (await stage.rest.users.list()).find(({ identity }) => identity === name);
    expect(stored).toMatchObject({ friendlyName: `Name of ${name}`, attributes: JSON.stringify({ [name]: name }) });

    const anns = await ann.createConversation({ friendlyName: name, uniqueName: name, attributes: { [name]: name } });
    await anns.join();
    await until(anns, 'updated', () => anns.status === 'joined');
    expect(anns).toMatchObject({ friendlyName: name, uniqueName: name, attributes: { [name]: name } });
    expect((await ann.getConversationByUniqueName(name)).sid).toBe(anns.sid);

    const ben = await stage.official('ben', { identity: `${name} 2` });
    await anns.add(ben.identity);
    const bens = await conversationOf(ben, anns.sid, 2);
    const added = heard(bens, 'messageAdded');
    await anns.sendMessage(name, { [name]: name });
    const message = await added;
    expect(message).toMatchObject({ body: name, author: name, attributes: { [name]: name } });
    expect((await message.getParticipant()).identity).toBe(name);
    expect((await ben.getUser(name)).friendlyName).toBe(`Name of ${name}`);
    expect((await bens.getParticipantByIdentity(name))?.identity).toBe(name);

    const left = heard(anns, 'participantLeft');
    const out = heard(ben, 'conversationLeft');
    await anns.removeParticipant(ben.identity);
    expect((await left).identity).toBe(ben.identity);
    await out;
    const gone = heard(ann, 'conversationLeft');
    await anns.leave();
    await gone;
    expect(await stage.rest.conversations(anns.sid).participants.list()).toEqual([]);
    await stage.rest.conversations(anns.sid).remove();
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { json, type OpenPreAction, openPreAction } from '../../testing/open-pre-action.ts';
import { stateOf } from '../../testing/scenarios.ts';

let at: OpenPreAction;
beforeAll(async () => {
  at = await openPreAction();
});
afterEach(() => at.forget());
afterAll(() => at.discard());

describe('The answer', () => {
  it.each([
    ['nothing', { status: 200 }],
    ['no content', { status: 204 }],
    ['an empty object', json({})],
    ['names that mean nothing', json({ sid: 'IM1', index: 7, friendly_name: 'no', dateCreated: 'x' })],
    ['null', json(null)],
    ['values of null', json({ body: null, author: null, attributes: null })],
    ['a list', json(['body'])],
    ['no JSON', { status: 200, body: 'OK' }],
    ['JSON that is no UTF-8', { status: 200, body: Buffer.from('{"body":"\xff"}', 'latin1') }],
    [
      'JSON nested out of all reason',
      { status: 200, body: `{"body":"no","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}` },
    ],
  ])('%s lets the change be as it is', async (_what, answer) => {
    const conversation = await at.converse();
    at.answerTo('onMessageAdd', answer);
    const message = await at.ann.call('messages.send', { conversation, body: 'Hi', attributes: '{"a":1}' });
    expect(message).toMatchObject({ body: 'Hi', author: 'ann', attributes: '{"a":1}', index: 0 });
  });

  it('changes body, author and attributes of a new message; the participant follows the author', async () => {
    const conversation = await at.converse();
    const bob = await at.ann.call('participants.add', { conversation, identity: 'bob' });
    at.answerTo('onMessageAdd', json({ body: 'Ho', author: 'bob', attributes: '{"b":2}' }));
    const message = await at.ann.call('messages.send', { conversation, body: 'Hi' });
    expect(message).toMatchObject({ body: 'Ho', author: 'bob', attributes: '{"b":2}', participantSid: bob.sid });
    at.answerTo('onMessageAdd', json({ author: 'The house' }));
    const another = await at.ann.call('messages.send', { conversation, body: 'Hi' });
    expect(another).toMatchObject({ body: 'Hi', author: 'The house', participantSid: null });
    const told = at.ann.events.flatMap((event) => (event.type === 'message.added' ? [event.data] : []));
    expect(told.find(({ sid }) => sid === another.sid)).toMatchObject({ author: 'The house', body: 'Hi' });
  });

  it('changes a message that is changed, also what the user himself could not', async () => {
    const conversation = await at.converse();
    await at.post(`/v1/Conversations/${conversation}/Participants`, { Identity: 'bob' });
    const bob = await at.connectUser('bob');
    const limited = await at.post('/v1/Roles', {
      FriendlyName: 'limited',
      Type: 'conversation',
      Permission: ['sendMessage', 'editOwnMessageAttributes', 'editConversationAttributes'],
    });
    await at.post(`/v1/Conversations/${conversation}/Participants/bob`, { RoleSid: limited.sid });
    const { index } = await bob.call('messages.send', { conversation, body: 'Hi' });
    at.answerTo('onMessageUpdate', json({ body: 'Ho', author: 'ann', attributes: '{"b":2}' }));
    const updated = await bob.call('messages.update', { conversation, index, attributes: '{"a":1}' });
    expect(updated).toMatchObject({ body: 'Ho', author: 'ann', attributes: '{"b":2}', lastUpdatedBy: 'bob' });
    at.answerTo('onConversationUpdate', json({ friendly_name: 'Coffee', attributes: '{"no":1}' }));
    const { conversation: changed } = await bob.call('conversations.update', { conversation, attributes: '{"c":3}' });
    expect(changed).toMatchObject({ friendlyName: 'Coffee', attributes: '{"c":3}' });
  });

  it('changes the friendly name of a new conversation', async () => {
    at.answerTo('onConversationAdd', json({ friendly_name: 'Coffee', unique_name: 'no' }));
    const { conversation } = await at.ann.call('conversations.create', { friendlyName: 'Tea' });
    expect(conversation).toMatchObject({ friendlyName: 'Coffee', uniqueName: null });
  });

  it('changes nothing of participants, users and removals', async () => {
    const conversation = await at.converse();
    at.answerTo('*', json({ attributes: '{"no":1}', friendly_name: 'no', body: 'no', author: 'no' }));
    const bob = await at.ann.call('participants.add', { conversation, identity: 'bob' });
    expect(bob.attributes).toBe('{}');
    const user = await at.ann.call('users.update', { user: 'ann', friendlyName: 'Ann' });
    expect(user).toMatchObject({ friendlyName: 'Ann', attributes: '{}' });
  });

  it.each([
    ['attributes that are no JSON', { attributes: '{' }, 50304],
    ['attributes that are no text', { attributes: { a: 1 } }, 50304],
    ['a body that is too long', { body: 'x'.repeat(40_000) }, 50504],
    ['an empty body', { body: '' }, 50503],
    ['a body that is no text', { body: 7 }, 20422],
    ['an author that is too long', { author: 'x'.repeat(257) }, 50310],
    ['half a surrogate pair', { body: '\ud83d' }, 20422],
    ['a character that cannot be stored', { author: '\0' }, 20422],
  ])('with %s is refused to the caller, and nothing is stored', async (_what, answer, code) => {
    const conversation = await at.converse();
    at.answerTo('onMessageAdd', json(answer));
    const before = await stateOf(at);
    await expect(at.ann.call('messages.send', { conversation, body: 'Hi' })).rejects.toMatchObject({ code });
    expect(await stateOf(at)).toEqual(before);
  });

  it.each([400, 403, 404, 429, 500, 503, 302])(
    'with status %i refuses: the client is told, nothing is stored',
    async (status) => {
      const conversation = await at.converse();
      at.answerTo('*', { status, body: '{"body":"no"}', headers: { location: at.receiver.url('/before') } });
      const before = await stateOf(at);
      const calls = [
        at.ann.call('messages.send', { conversation, body: 'Hi' }),
        at.ann.call('conversations.create', {}),
        at.ann.call('conversations.update', { conversation, friendlyName: 'Coffee' }),
        at.ann.call('conversations.delete', { conversation }),
        at.ann.call('participants.add', { conversation, identity: 'bob' }),
        at.ann.call('conversations.leave', { conversation }),
        at.ann.call('users.update', { user: 'ann', friendlyName: 'Ann' }),
      ];
      await Promise.all(
        calls.map((call) => expect(call).rejects.toMatchObject({ code: 50056, data: { status: 403 } })),
      );
      expect(at.asked()).toHaveLength(7);
      expect(await stateOf(at)).toEqual(before);
    },
  );
});

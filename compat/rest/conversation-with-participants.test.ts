import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from './api-client.ts';
import { operationsOn } from './description.ts';
import { ownNumbers, type RunningServer, runServer } from './running-server.ts';
import { below, openScope, refusal, scopeNames } from './scopes.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const [own = '', other = ''] = ownNumbers;

describe.each(scopeNames)('Conversations with participants in %s', (name) => {
  let scope: Scope;
  let url: string;
  beforeAll(async () => {
    ({ scope, url } = await openScope(server, name));
  });

  async function settled(sid: string): Promise<string> {
    for (;;) {
      const { state } = await scope.conversations(sid).fetch();
      if (state !== 'initializing') return state;
    }
  }
  const listed = (...participants: object[]) => participants.map((one) => JSON.stringify(one));

  test('Without participants it is there at once.', async () => {
    const created = await scope.conversationWithParticipants.create({ friendlyName: 'Empty', state: 'inactive' });
    expect(server.api.last.status).toBe(201);
    const { sid } = created;
    expect(created).toMatchObject({ friendlyName: 'Empty', state: 'inactive', url: `${url}/Conversations/${sid}` });
  });

  test('With participants it is accepted, and active once they are in it.', async () => {
    const created = await scope.conversationWithParticipants.create({
      friendlyName: 'Parcel',
      attributes: '{"a":1}',
      participant: listed(
        { identity: 'ann', attributes: '{"b":2}' },
        {
          messaging_binding: {
            address: name === 'a named service' ? '+12025550150' : '+12025550151',
            proxy_address: own,
          },
        },
      ),
    });
    expect(server.api.last.status).toBe(202);
    expect(created).toMatchObject({ friendlyName: 'Parcel', attributes: '{"a":1}', state: 'initializing' });
    expect(await settled(created.sid)).toBe('active');
    const participants = await scope.conversations(created.sid).participants.list();
    expect(participants.map(({ identity, messagingBinding }) => [identity, messagingBinding?.type])).toEqual([
      ['ann', undefined],
      [null, 'sms'],
    ]);
  });

  test('It may be a group text, whose numbers are taken while it is open.', async () => {
    const group = listed(
      { messaging_binding: { address: '+12025550152' } },
      { messaging_binding: { address: '+12025550153' } },
      { identity: 'ann', messaging_binding: { projected_address: own } },
    );
    const { sid } = await scope.conversationWithParticipants.create({ participant: group });
    expect(await settled(sid)).toBe('active');
    await expect(scope.conversationWithParticipants.create({ participant: group })).rejects.toMatchObject({
      ...refusal(50438, 409),
      message: `Group MMS with given participant list already exists as Conversation ${sid}`,
    });
    const { participants, messages } = scope.conversations(sid);
    const added = await participants.create({ identity: 'ben', 'messagingBinding.projectedAddress': other });
    expect(added.messagingBinding).toEqual({ type: 'sms', projected_address: other });
    const [phone] = await participants.list();
    expect(phone?.messagingBinding).toEqual({ type: 'sms', address: '+12025550152' });
    await expect(participants.create({ identity: 'cat' })).rejects.toMatchObject(refusal(50434));
    await expect(messages.create({ body: 'x' })).rejects.toMatchObject(refusal(50513));
    expect((await messages.create({ author: 'ben', body: 'x' })).delivery).toMatchObject({ total: 2 });
    await participants('ben').remove();
    const number = await participants.create({ 'messagingBinding.projectedAddress': other });
    expect(number.roleSid).toBeNull();
    expect(await participants(number.sid).update({ identity: 'dan' })).toMatchObject({ identity: 'dan' });
    await scope.conversations(sid).update({ state: 'closed' });
  });

  test('What is not allowed is refused with the code of the contract.', async () => {
    const create = (...participants: object[]) =>
      expect(scope.conversationWithParticipants.create({ participant: listed(...participants) })).rejects;
    await create({}).toMatchObject(refusal(50407));
    await create({ identity: 'ann' }, { identity: 'ann' }).toMatchObject(refusal(50433, 409));
    await create(...Array.from({ length: 11 }, (_, n) => ({ identity: `u${n}` }))).toMatchObject(refusal(50426));
    await create(
      { messaging_binding: { address: '+12025550154' } },
      { identity: 'ann', messaging_binding: { projected_address: '+12025550177' } },
    ).toMatchObject(refusal(50439, 403));
  });
});

test('Every described operation on them was driven.', () => {
  const operations = operationsOn(below('/ConversationWithParticipants'));
  expect(operations).toHaveLength(2);
  expect(server.api.driven).toEqual(expect.arrayContaining(operations));
});

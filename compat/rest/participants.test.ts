import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Scope } from './api-client.ts';
import { operationsOn } from './description.ts';
import { ownNumbers, type RunningServer, runServer } from './running-server.ts';
import { below, openScope, refusal, scopeNames } from './scopes.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const [proxyAddress = '', otherProxyAddress = ''] = ownNumbers;

describe.each(scopeNames)('Participants of %s', (name) => {
  let scope: Scope;
  let url: string;
  let conversation: ReturnType<Scope['conversations']>;
  let conversationSid: string;
  beforeAll(async () => {
    ({ scope, url } = await openScope(server, name));
  });
  beforeEach(async () => {
    ({ sid: conversationSid } = await scope.conversations.create({}));
    conversation = scope.conversations(conversationSid);
  });

  /** A number of its own for each test: a pair is taken as long as its conversation is open. */
  let lines = name === 'a named service' ? 4000 : 5000;
  const phone = () => {
    lines += 1;
    return `+1202555${lines}`;
  };

  test('A chat user is added, fetched by SID and by identity, updated and removed.', async () => {
    const created = await conversation.participants.create({ identity: 'alice@example.com' });
    expect(server.api.last.status).toBe(201);
    expect(created).toMatchObject({
      identity: 'alice@example.com',
      attributes: '{}',
      messagingBinding: null,
      lastReadMessageIndex: null,
      lastReadTimestamp: null,
      url: `${url}/Conversations/${conversationSid}/Participants/${created.sid}`,
    });
    expect(created.roleSid).toMatch(/^RL/);
    for (const ref of [created.sid, 'alice@example.com']) {
      expect(await conversation.participants(ref).fetch()).toMatchObject({ sid: created.sid });
    }
    const updated = await conversation.participants('alice@example.com').update({
      attributes: '{"seat":"12A"}',
      lastReadMessageIndex: 0,
      lastReadTimestamp: '2024-01-02T03:04:05Z',
    });
    expect(updated).toMatchObject({
      attributes: '{"seat":"12A"}',
      lastReadMessageIndex: 0,
      lastReadTimestamp: '2024-01-02T03:04:05Z',
    });
    // The library types the index as a number; null is how its documentation clears it.
    const cleared = await conversation.participants(created.sid).update({ lastReadMessageIndex: null as never });
    expect(cleared).toMatchObject({ lastReadMessageIndex: null, lastReadTimestamp: null });

    expect(await conversation.participants(created.sid).remove()).toBe(true);
    await expect(conversation.participants(created.sid).fetch()).rejects.toMatchObject(refusal(20404, 404));
  });

  test('A phone is added with a proxy address, which can be taken away and given back.', async () => {
    const address = phone();
    const created = await conversation.participants.create({
      'messagingBinding.address': address,
      'messagingBinding.proxyAddress': proxyAddress,
      attributes: '{"vip":true}',
      dateCreated: new Date('2020-01-01T00:00:00Z'),
    });
    expect(created).toMatchObject({
      identity: null,
      roleSid: null,
      messagingBinding: { type: 'sms', address, proxy_address: proxyAddress },
      dateCreated: new Date('2020-01-01T00:00:00Z'),
    });
    const bare = await conversation.participants(created.sid).update({ 'messagingBinding.proxyAddress': 'null' });
    expect(bare.messagingBinding).toEqual({ type: 'sms', address });
    const back = await conversation.participants(created.sid).update({
      'messagingBinding.proxyAddress': otherProxyAddress,
    });
    expect(back.messagingBinding).toEqual({ type: 'sms', address, proxy_address: otherProxyAddress });
  });

  test('A pair of address and proxy address is in one open conversation at a time.', async () => {
    const pair = { 'messagingBinding.address': phone(), 'messagingBinding.proxyAddress': proxyAddress };
    await conversation.participants.create(pair);
    const other = scope.conversations((await scope.conversations.create({})).sid);
    await expect(other.participants.create(pair)).rejects.toMatchObject({
      ...refusal(50416, 409),
      message: `A binding for this participant and proxy address already exists in Conversation ${conversationSid}`,
    });
    await conversation.update({ state: 'closed' });
    await other.participants.create(pair);
  });

  test('What is not allowed is refused with the code of the contract.', async () => {
    const add = (parameters: object) => expect(conversation.participants.create(parameters)).rejects;
    await add({}).toMatchObject(refusal(50407));
    await add({ identity: '' }).toMatchObject(refusal(50204));
    await add({ identity: 'system' }).toMatchObject(refusal(50203));
    await add({ identity: 'x'.repeat(257) }).toMatchObject(refusal(50207));
    await add({ identity: 'bob', roleSid: `RL${'0'.repeat(32)}` }).toMatchObject(refusal(50100, 404));
    await add({ identity: 'bob', 'messagingBinding.address': phone() }).toMatchObject(refusal(50211));
    await add({ 'messagingBinding.address': phone(), 'messagingBinding.proxyAddress': '' }).toMatchObject(
      refusal(50412),
    );
    await add({ 'messagingBinding.proxyAddress': proxyAddress }).toMatchObject(refusal(50411));
    await add({
      'messagingBinding.address': `whatsapp:${phone()}`,
      'messagingBinding.proxyAddress': proxyAddress,
    }).toMatchObject(refusal(50414));
    await add({
      'messagingBinding.address': proxyAddress,
      'messagingBinding.proxyAddress': proxyAddress,
    }).toMatchObject(refusal(50409));
    await add({
      'messagingBinding.address': phone(),
      'messagingBinding.proxyAddress': '+12025550177',
    }).toMatchObject(refusal(50413, 403));

    await conversation.participants.create({ identity: 'bob' });
    await add({ identity: 'bob' }).toMatchObject(refusal(50433, 409));
    const change = (parameters: object) => expect(conversation.participants('bob').update(parameters)).rejects;
    await change({ lastReadMessageIndex: -1 }).toMatchObject(refusal(50421));
    await change({ 'messagingBinding.proxyAddress': 'null' }).toMatchObject(refusal(50440));
    await change({ 'messagingBinding.proxyAddress': proxyAddress }).toMatchObject(refusal(50441));
    await change({ identity: 'bobby' }).toMatchObject(refusal(50444));
  });

  test('Participants are listed in the order they came.', async () => {
    const identities = ['zoe', 'adam', 'mia'];
    for (const identity of identities) await conversation.participants.create({ identity });
    const listed = await conversation.participants.list();
    expect(listed.map((participant) => participant.identity)).toEqual(identities);
  });
});

test('Every described operation on participants was driven.', () => {
  const operations = operationsOn(below('/Conversations/{ConversationSid}/Participants(/{Sid})?'));
  expect(operations).toHaveLength(10);
  expect(server.api.driven).toEqual(expect.arrayContaining(operations));
});

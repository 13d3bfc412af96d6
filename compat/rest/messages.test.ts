import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Scope } from './api-client.ts';
import { operationsOn } from './description.ts';
import { ownNumbers, type RunningServer, runServer } from './running-server.ts';
import { below, openScope, refusal, scopeNames } from './scopes.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const [proxyAddress = ''] = ownNumbers;

describe.each(scopeNames)('Messages of %s', (name) => {
  let scope: Scope;
  let url: string;
  let conversation: ReturnType<Scope['conversations']>;
  let conversationSid: string;
  beforeAll(async () => {
    ({ scope, url } = await openScope(server, name));
  });
  beforeEach(async () => {
    ({ sid: conversationSid } = await scope.conversations.create({ uniqueName: 'thread' }));
    conversation = scope.conversations('thread');
  });
  afterEach(() => conversation.remove());

  test('A message is sent, fetched, updated and removed, and its index stays unused.', async () => {
    const created = await conversation.messages.create({ body: 'Hello, 世界' });
    expect(server.api.last.status).toBe(201);
    expect(created).toMatchObject({
      index: 0,
      author: 'system',
      body: 'Hello, 世界',
      media: null,
      attributes: '{}',
      participantSid: null,
      delivery: null,
      contentSid: null,
      url: `${url}/Conversations/${conversationSid}/Messages/${created.sid}`,
    });
    expect(created.dateUpdated).toEqual(created.dateCreated);
    expect(await conversation.messages(created.sid).fetch()).toMatchObject({ sid: created.sid, index: 0 });
    const updated = await conversation.messages(created.sid).update({ body: 'Goodbye', author: 'carol' });
    expect(updated).toMatchObject({ sid: created.sid, index: 0, body: 'Goodbye', author: 'carol' });
    expect(await conversation.messages(created.sid).remove()).toBe(true);
    await expect(conversation.messages(created.sid).fetch()).rejects.toMatchObject(refusal(20404, 404));
    expect(await conversation.messages.create({ body: 'next' })).toMatchObject({ index: 1 });
  });

  test('Everything that can be given comes back, times in whole seconds.', async () => {
    const { sid } = await conversation.participants.create({ identity: 'dora' });
    const created = await conversation.messages.create({
      author: 'dora',
      body: 'imported',
      attributes: '{"source":"archive"}',
      subject: 'Not shown',
      dateCreated: new Date('2019-08-07T06:05:04.321Z'),
      dateUpdated: new Date('2019-08-08T00:00:00Z'),
      xTwilioWebhookEnabled: 'true',
    });
    expect(created).toMatchObject({
      author: 'dora',
      participantSid: sid,
      attributes: '{"source":"archive"}',
      dateCreated: new Date('2019-08-07T06:05:04Z'),
      dateUpdated: new Date('2019-08-08T00:00:00Z'),
    });
  });

  test('Messages are listed by index, up or down.', async () => {
    for (const body of ['a', 'b', 'c']) await conversation.messages.create({ body });
    const bodies = async (filter: object) => (await conversation.messages.list(filter)).map((message) => message.body);
    expect(await bodies({})).toEqual(['a', 'b', 'c']);
    expect(await bodies({ order: 'desc' })).toEqual(['c', 'b', 'a']);
    expect(await bodies({ order: 'DESC', pageSize: 2 })).toEqual(['c', 'b', 'a']);
    expect(await bodies({ order: 'desc', limit: 1 })).toEqual(['c']);
  });

  test('What goes to a phone has a receipt.', async () => {
    const { sid } = await conversation.participants.create({
      'messagingBinding.address': '+12025550166',
      'messagingBinding.proxyAddress': proxyAddress,
    });
    const message = await conversation.messages.create({ body: 'to a phone' });
    expect(message.delivery).toMatchObject({ total: 1, failed: 'none', undelivered: 'none' });
    const { deliveryReceipts } = conversation.messages(message.sid);
    const [receipt, ...others] = await deliveryReceipts.list();
    expect(others).toEqual([]);
    expect(receipt).toMatchObject({
      messageSid: message.sid,
      participantSid: sid,
      errorCode: 0,
      url: `${message.url}/Receipts/${receipt?.sid}`,
    });
    expect(await deliveryReceipts(receipt?.sid ?? '').fetch()).toMatchObject({ sid: receipt?.sid });
    await expect(deliveryReceipts(`DY${'0'.repeat(32)}`).fetch()).rejects.toMatchObject(refusal(20404, 404));
  });

  test('What is not allowed is refused with the code of the contract.', async () => {
    const send = (parameters: object) => expect(conversation.messages.create(parameters)).rejects;
    await send({}).toMatchObject(refusal(50503));
    await send({ body: '' }).toMatchObject(refusal(50503));
    await send({ body: 'é'.repeat(16 * 1024 + 1) }).toMatchObject(refusal(50504));
    await send({ body: 'x', author: 'x'.repeat(257) }).toMatchObject(refusal(50310));
    await send({ body: 'x', attributes: 'x' }).toMatchObject(refusal(50304));
    await send({ body: 'x', attributes: `"${'x'.repeat(4096)}"` }).toMatchObject(refusal(50303));
    await send({ body: 'x', contentVariables: '{}' }).toMatchObject(refusal(50528));
    await send({ mediaSid: `ME${'0'.repeat(32)}` }).toMatchObject(refusal(50507, 404));
    await expect(scope.conversations('nowhere').messages.create({ attributes: 'x' })).rejects.toMatchObject({
      ...refusal(20404, 404),
      message: expect.stringMatching(
        /^The requested resource (\/Services\/IS\w+)?\/Conversations\/nowhere\/Messages was/,
      ),
    });
    await conversation.messages.create({ body: 'é'.repeat(16 * 1024) });
    await conversation.update({ state: 'closed' });
    await send({ body: 'x' }).toMatchObject(refusal(50377));
  });
});

test('Every described operation on messages and receipts was driven.', () => {
  const path = '/Conversations/{ConversationSid}/Messages';
  const operations = [
    ...operationsOn(below(`${path}(/{Sid})?`)),
    ...operationsOn(below(`${path}/{MessageSid}/Receipts(/{Sid})?`)),
  ];
  expect(operations).toHaveLength(14);
  expect(server.api.driven).toEqual(expect.arrayContaining(operations));
});

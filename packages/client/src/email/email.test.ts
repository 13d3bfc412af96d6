import { expect, it } from 'vitest';
import { inConversation } from '../testing/start.ts';
import { settle } from '../testing/turns.ts';
import { EmailRecipientDescriptor, UnknownRecipientDescriptor } from './recipients.ts';

it('A participant by e-mail has a name and a place among the recipients.', async () => {
  const { conversation } = await inConversation();
  await conversation.addNonChatParticipant('', 'eve@example.com', {}, { email: { name: 'Eve', level: 'cc' } });
  await conversation.addNonChatParticipant('', 'abe@example.com');
  await conversation.addNonChatParticipant('+12025550199', '+12025550123');
  await settle();
  const bindings = (await conversation.getParticipants()).map((participant) => participant.bindings);
  expect(bindings).toMatchObject([
    {},
    {},
    { email: { name: 'Eve', address: 'eve@example.com', level: 'cc' } },
    { email: { name: '', address: 'abe@example.com', level: 'to' } },
    { sms: { address: '+12025550123', proxyAddress: '+12025550199' } },
  ]);
  expect(bindings[4]).not.toHaveProperty('email');
});

it('Messages say whom they went to.', async () => {
  const { conversation } = await inConversation();
  await conversation.addNonChatParticipant('', 'eve@example.com', {}, { email: { name: 'Eve' } });
  await conversation.addNonChatParticipant('', 'abe@example.com', {}, { email: { level: 'cc' } });
  for (const body of ['one', 'two', 'three']) await conversation.sendMessage(body);
  const [message] = (await conversation.getMessages()).items;
  const recipients = (await message?.getMessageRecipients()) ?? [];
  expect(recipients[0]).toBeInstanceOf(EmailRecipientDescriptor);
  expect(recipients).toEqual([
    { type: 'email', messageSid: message?.sid, level: 'to', name: 'Eve', address: 'eve@example.com' },
    { type: 'email', messageSid: message?.sid, level: 'cc', name: '', address: 'abe@example.com' },
  ]);
  const first = await conversation.getMessageRecipients({ pageSize: 4 });
  expect(first.items.slice(0, 2)).toEqual(recipients);
  expect([first.items.length, first.hasNextPage, first.hasPrevPage]).toEqual([4, true, false]);
  const second = await first.nextPage();
  expect([second.items.length, second.hasNextPage]).toEqual([2, false]);
});

it('A recipient of a kind that is not known is given as it is.', () => {
  const recipient = { type: 'fax', messageSid: 'IM1', number: '1' };
  expect(new UnknownRecipientDescriptor(recipient)).toEqual({
    type: 'fax',
    messageSid: 'IM1',
    rawData: JSON.stringify(recipient),
  });
});

it('A conversation shows from which address its e-mails come.', async () => {
  const { conversation, server, sid, seen } = await inConversation();
  expect(conversation.bindings).toEqual({});
  const stored = server.conversations.get(sid);
  if (!stored) throw new Error('It is not there.');
  seen.length = 0;
  stored.data = { ...stored.data, email: { projected_address: 'room@example.com' } };
  server.append(stored.data.sid, 'conversation.updated', stored.data);
  await settle();
  expect(conversation.bindings).toEqual({ email: { projected_address: 'room@example.com' } });
  expect(seen).toMatchObject([{ event: 'conversationUpdated', args: [{ updateReasons: ['bindings'] }] }]);
});

it('No channel has anything to say of a message so far.', async () => {
  const { conversation } = await inConversation();
  await conversation.sendMessage('one');
  expect(await (await conversation.getMessages()).items[0]?.getChannelMetadata()).toBeNull();
});

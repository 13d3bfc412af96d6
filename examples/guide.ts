import { Client } from '@colloquy/client';
import { accessToken, url } from './access-token.ts';

const ann = new Client(await accessToken('ann'), { url });
const ben = new Client(await accessToken('ben'), { url });

// Create a conversation and join it.
const order = await ann.createConversation({ friendlyName: 'Order 4711', attributes: { order: 4711 } });
await order.join();

// Add an app user by identity, and a person with a phone by your number and hers.
ben.on('messageAdded', (message) => console.log(`ben sees: ${message.author}: ${message.body}`));
await order.add('ben');
await order.addNonChatParticipant('+12025550199', '+12025550123', { name: 'Eve' });
for (const participant of await order.getParticipants()) {
  console.log(`${participant.identity ?? 'by phone'} takes part (${participant.type})`);
}

// Write. Ben's app and Eve's phone get it.
const index = await order.sendMessage('Your parcel is on its way.');
await order.prepareMessage().setBody('It comes on Friday.').setAttributes({ day: 'Friday' }).build().send();
await order.updateLastReadMessageIndex(index);
console.log(`ann has ${await order.getUnreadMessagesCount()} unread of ${await order.getMessagesCount()}`);

// Read from an index on, and list the conversations that ann is in. All of them are private.
const page = await order.getMessages(10, index, 'forward');
console.log(page.items.map((message) => `${message.index}: ${message.body}`).join(' | '));
const mine = await ann.getSubscribedConversations();
console.log(`ann is in ${mine.items.filter((each) => each.sid === order.sid).length} such conversation`);

await order.removeParticipant('ben');
await order.delete();
await Promise.all([ann.shutdown(), ben.shutdown()]);

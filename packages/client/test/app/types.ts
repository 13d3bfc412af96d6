// What an app does with the types. It is compiled, never run.
import {
  Client,
  type ClientOptions,
  ColloquyError,
  type Conversation,
  type JSONValue,
  type Message,
  type Paginator,
  type WebSocketConstructor,
} from '@colloquy/client';

declare const webSocket: WebSocketConstructor;
const options: ClientOptions = { url: 'https://chat.example', webSocket };
const client: Client = await Client.create('token', options);
client.on('messageAdded', (message: Message) => message.body?.trim());
client.on(
  'conversationUpdated',
  ({ conversation, updateReasons }) => updateReasons.includes('attributes') && conversation,
);
const conversation: Conversation = await client.createConversation({ attributes: { table: 4 } });
const attributes: JSONValue = conversation.attributes;
const index: number = await conversation.sendMessage('At noon?', { attributes });
const page: Paginator<Message> = await conversation.getMessages(10, index);
export const bodies: (string | null)[] = page.items.map((message) => message.body);

try {
  await conversation.delete();
} catch (error) {
  if (error instanceof ColloquyError) error.code.toFixed();
}

// @ts-expect-error an event that there is not
client.on('messageEaten', () => {});
// @ts-expect-error internals are not published
conversation._timeline;

// @ts-expect-error nor are the classes behind them
export type { Store } from '@colloquy/client';

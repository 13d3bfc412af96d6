import type { RealtimeMethod } from '@colloquy/protocol';
import { Client, type ClientOptions } from '../client.ts';
import type { ClientEvents } from '../client-events.ts';
import type { TokenProvider } from '../connection/token-source.ts';
import type { Message } from '../message.ts';
import { FakeNetwork } from './fake-network.ts';
import { FakeServer } from './fake-server.ts';
import { as } from './fake-session.ts';
import { ManualTimers } from './manual-timers.ts';
import { settle } from './turns.ts';

const events: (keyof ClientEvents)[] = [
  'conversationAdded',
  'conversationJoined',
  'conversationLeft',
  'conversationRemoved',
  'conversationUpdated',
  'participantJoined',
  'participantLeft',
  'participantUpdated',
  'messageAdded',
  'messageRemoved',
  'messageUpdated',
  'typingStarted',
  'typingEnded',
  'userSubscribed',
  'userUnsubscribed',
  'userUpdated',
  'tokenAboutToExpire',
  'tokenExpired',
  'stateChanged',
  'initialized',
  'initFailed',
  'connectionStateChanged',
  'connectionError',
];

/** A client with a fake server, a fake network and time that stands still. */
export function start(
  token: string | TokenProvider = 'alice',
  server = new FakeServer(),
  options: Partial<ClientOptions> = {},
) {
  const network = new FakeNetwork(server);
  const timers = new ManualTimers();
  const { webSocket, fetch } = network;
  const usual = { url: 'https://chat.example', transports: ['websocket'], webSocket, fetch, timers } as const;
  const client = new Client(token, { ...usual, ...options });
  /** Every event of the client, in order: its name and what it brought. */
  const seen: { event: keyof ClientEvents; args: unknown[] }[] = [];
  for (const event of events) client.on(event, (...args: unknown[]) => void seen.push({ event, args }));
  /** What the client asked of the server, by method. */
  const asked = (method: RealtimeMethod) => server.requests.filter((request) => request.method === method);
  return { server, network, timers, client, seen, asked, bob: as(server, 'bob') };
}

/** The same, connected, and its first events forgotten. */
export async function connected(token?: string, server?: FakeServer, options?: Partial<ClientOptions>) {
  const world = start(token, server, options);
  await settle();
  world.seen.length = 0;
  return world;
}

/** The same with a conversation that Bob made, and that both are in. */
export async function inConversation(options?: Partial<ClientOptions>) {
  const server = new FakeServer();
  const bob = as(server, 'bob');
  const { conversation } = bob('conversations.create', { friendlyName: 'Lunch', uniqueName: 'lunch' });
  bob('conversations.join', { conversation: conversation.sid });
  bob('participants.add', { conversation: conversation.sid, identity: 'alice' });
  const world = await connected('alice', server, options);
  return { ...world, sid: conversation.sid, conversation: await world.client.getConversationBySid(conversation.sid) };
}

type Seen = ReturnType<typeof start>['seen'];

/** The names of the events that were seen, but for those of the connection. */
export function changes({ seen }: { seen: Seen }): (keyof ClientEvents)[] {
  return seen.map(({ event }) => event).filter((event) => !event.startsWith('connection'));
}

/** The texts of the messages that were added. */
export function bodies({ seen }: { seen: Seen }): (string | null)[] {
  return seen.filter(({ event }) => event === 'messageAdded').map(({ args }) => (args[0] as Message).body);
}

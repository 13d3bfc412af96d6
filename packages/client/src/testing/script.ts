/**
 * Scripts for the test of convergence: what people and the network do, step by step, and a program that watches one
 * client the way an application would.
 */
import fc from 'fast-check';
import type { Conversation } from '../conversation.ts';
import type { Message } from '../message.ts';
import { FakePoll } from './fake-poll.ts';
import type { FakeServer } from './fake-server.ts';
import { as } from './fake-session.ts';
import type { start } from './start.ts';
import { settle } from './turns.ts';

type World = ReturnType<typeof start>;

const conversation = fc.nat(3);
const nth = fc.nat(9);

/** What others do, what the client does, and what the network does. */
export const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('send' as const), conversation }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('edit', 'remove'), conversation, nth }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'rename',
        'horizon',
        'add carol',
        'remove carol',
        'describe bob',
        'add',
        'take out',
        'delete',
      ),
      conversation,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('client sends', 'client reads', 'client lists'), conversation }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('client joins', 'client leaves', 'client marks'), conversation }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('client edits', 'client removes'), conversation, nth }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constantFrom('up', 'down'), frames: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('lose', 'repeat', 'overtake'), nth }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('cut', 'offline', 'online') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('lose request', 'lose answer', 'send twice') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('trim', 'trim own'), conversation }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('time' as const), ms: fc.constantFrom(100, 1500, 30_000) }) },
) as fc.Arbitrary<{ do: string; conversation?: number; nth?: number; frames?: number; ms?: number }>;

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What an application that follows one conversation has been told. */
interface Told {
  /** Indexes of `messageAdded`, since the user came in. */
  announced: number[];
  /** Bodies by SID, kept up by events alone. */
  bodies: Map<string, string | null>;
  /** Every message object that it got hold of. */
  held: Set<Message>;
  /** Last message when the user came in. */
  newest: number;
  /** Counts the times that the user came in. */
  period: number;
}

export class Watcher {
  readonly told = new Map<Conversation, Told>();
  readonly complaints: string[] = [];
  readonly sends: { conversation: string; body: string; index?: number; refused?: number }[] = [];
  pending = 0;
  readonly #once = new Set<string>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    const { client } = world;
    client.on('conversationJoined', (joined) => {
      this.told.set(joined, {
        announced: [],
        bodies: new Map(),
        held: new Set(),
        newest: joined.lastMessage?.index ?? -1,
        period: (this.told.get(joined)?.period ?? 0) + 1,
      });
    });
    client.on('messageAdded', (message) => {
      const told = this.#of(message.conversation, 'messageAdded');
      if (!told) return;
      if (message.index <= (told.announced.at(-1) ?? -1)) this.complaints.push(`message ${message.index} out of order`);
      told.announced.push(message.index);
      told.bodies.set(message.sid, message.body);
      told.held.add(message);
    });
    client.on('messageUpdated', ({ message, updateReasons }) => {
      if (!updateReasons.length) this.complaints.push('an update without a reason');
      const told = this.told.get(message.conversation);
      if (told?.bodies.has(message.sid)) told.bodies.set(message.sid, message.body);
    });
    client.on('messageRemoved', (message) => {
      this.#first(`removed ${message.sid}`);
      const told = this.told.get(message.conversation);
      told?.bodies.delete(message.sid);
      told?.held.delete(message);
    });
    client.on('participantJoined', ({ sid }) => this.#first(`joined ${sid}`));
    client.on('participantLeft', ({ sid }) => this.#first(`left ${sid}`));
  }

  #of(conversation: Conversation, event: string): Told | undefined {
    const told = this.told.get(conversation);
    if (!told || conversation.status !== 'joined') this.complaints.push(`${event} in a conversation not joined`);
    return told;
  }

  #first(what: string): void {
    if (this.#once.has(what)) this.complaints.push(`${what} twice`);
    this.#once.add(what);
  }

  /** The application does something, and does not wait for it. */
  async does(what: string, sid: string, nth: number): Promise<void> {
    const { client } = this.#world;
    this.pending += 1;
    try {
      const target = await client.getConversationBySid(sid);
      await this.#inConversation(what, target, nth);
    } catch {
      // Refused: not in it any more, for example. What happened is compared in the end.
    } finally {
      this.pending -= 1;
    }
  }

  async #inConversation(what: string, target: Conversation, nth: number): Promise<void> {
    const period = this.told.get(target)?.period;
    if (what === 'client sends') return this.#send(target);
    if (what === 'client lists') return void (await target.getParticipants());
    if (what === 'client joins') return void (await target.join());
    if (what === 'client leaves') return void (await target.leave());
    if (what === 'client marks') return void (await target.setAllMessagesRead());
    const { items } = await target.getMessages(5);
    const told = this.told.get(target);
    // Those read before a break in the membership do not count, nor does one whose removal was told while the page was
    // on its way from promise to promise.
    if (told?.period === period && target.status === 'joined') {
      for (const message of items) if (!this.#once.has(`removed ${message.sid}`)) told?.held.add(message);
    }
    const message = items[nth % Math.max(items.length, 1)];
    if (what === 'client edits') await message?.updateBody(`edited by alice ${nth}`);
    if (what === 'client removes') await message?.remove();
  }

  async #send(target: Conversation): Promise<void> {
    const send: Watcher['sends'][number] = { conversation: target.sid, body: `alice ${this.sends.length}` };
    this.sends.push(send);
    try {
      send.index = await target.sendMessage(send.body);
    } catch (error) {
      send.refused = (error as { code: number }).code;
      throw error;
    }
  }
}

/** What befalls the next request, where there are requests. */
const mishaps: Record<string, FakePoll['mishap']> = {
  'lose request': 'request',
  'lose answer': 'answer',
  'send twice': 'twice',
};

/** Plays one step. What makes no sense in the present state is passed over. */
export async function play(world: World, watcher: Watcher, sids: string[], action: Step, at: number): Promise<void> {
  const { network, timers, server } = world;
  const sid = sids[(action.conversation ?? 0) % sids.length] as string;
  if (action.do.startsWith('client ')) void watcher.does(action.do, sid, action.nth ?? 0);
  else if (['up', 'down', 'lose', 'repeat', 'overtake', 'cut', 'offline', 'online'].includes(action.do)) {
    disturb(network, action);
  } else if (action.do in mishaps) {
    if (network.socket instanceof FakePoll) network.socket.mishap = mishaps[action.do];
  } else if (action.do === 'time') await timers.advance(action.ms ?? 0);
  else if (action.do === 'trim') server.trim(sid);
  else if (action.do === 'trim own') server.trim(server.user('alice').data.sid);
  else others(server, sid, action, at);
  await settle();
}

function disturb(network: World['network'], action: Step): void {
  const { socket } = network;
  if (action.do === 'online' || action.do === 'offline') network.online = action.do === 'online';
  if (action.do === 'cut') socket.cut();
  for (let at = 0; at < (action.frames ?? 0); at += 1) {
    if (action.do === 'up') socket.deliverUp();
    else socket.deliverDown();
  }
  const events = socket.down.flatMap((arrival, at) =>
    'frame' in arrival && arrival.frame.includes('"method":"event"') ? [at] : [],
  );
  const at = events[(action.nth ?? 0) % Math.max(events.length, 1)];
  const chosen = at === undefined ? undefined : socket.down[at];
  if (at === undefined || !chosen) return;
  if (action.do === 'lose') socket.down.splice(at, 1);
  if (action.do === 'repeat') socket.down.push(chosen);
  if (action.do === 'overtake') socket.deliverDown(at);
}

/** Bob and Carol, and Alice on another device. */
function others(server: FakeServer, sid: string, action: Step, at: number): void {
  const bob = as(server, 'bob');
  const found = server.conversations.get(sid);
  if (!found) return;
  const conversation = sid;
  const indexes = [...found.messages.keys()];
  const index = indexes[(action.nth ?? 0) % Math.max(indexes.length, 1)];
  const acts: Record<string, () => unknown> = {
    send: () => bob('messages.send', { conversation, body: `bob ${at}` }),
    edit: () => index !== undefined && bob('messages.update', { conversation, index, body: `edited ${at}` }),
    remove: () => index !== undefined && bob('messages.remove', { conversation, index }),
    rename: () => bob('conversations.update', { conversation, friendlyName: `name ${at}` }),
    horizon: () => as(server, 'alice')('membership.update', { conversation, read: { mode: 'set', index: at } }),
    'add carol': () => bob('participants.add', { conversation, identity: 'carol' }),
    'remove carol': () => bob('participants.remove', { conversation, participant: 'carol' }),
    'describe bob': () => bob('participants.update', { conversation, participant: 'bob', attributes: `[${at}]` }),
    add: () => bob('participants.add', { conversation, identity: 'alice' }),
    'take out': () => bob('participants.remove', { conversation, participant: 'alice' }),
    delete: () => at % 3 === 0 && bob('conversations.delete', { conversation }),
  };
  try {
    acts[action.do]?.();
  } catch {
    // Refused, for being done already.
  }
}

/** What is done in the small and in the big installation, one after the other. */
import { setTimeout } from 'node:timers/promises';
import type { ConnectParams, ConnectResult, ConversationEntry, Page } from '../../packages/protocol/src/index.ts';
import { messageBody } from '../message-body.ts';
import type { Installation } from './installation.ts';
import { RealtimeCaller } from './realtime-caller.ts';

export interface Operation {
  name: string;
  /** Makes what it needs, for so many times, and gives what is timed. */
  prepare(at: Installation, times: number): Promise<() => Promise<unknown>>;
  /** What is done after each, and is no part of it. */
  afterwards?(at: Installation): Promise<unknown>;
}

/** What grows, and what is done where it is big. */
export interface Group {
  title: string;
  operations: Operation[];
}

const pageSize = 10;
const page = `PageSize=${pageSize}`;

type Where = (at: Installation) => string;

const get = (name: string, path: Where): Operation => ({
  name,
  prepare: async (at) => () => at.rest.get(path(at)),
});

const send = (name: string, path: Where, author: string): Operation => ({
  name,
  prepare: async (at) => () => at.rest.post(`${path(at)}/Messages`, { Author: author, Body: messageBody }),
});

/** Adds new people to a conversation, and takes them out again. */
const comeAndGo = (path: Where, identity: (n: number) => string): Operation[] => {
  const added = new Map<Installation, string[]>();
  return [
    {
      name: 'a participant is added',
      prepare: async (at) => {
        const sids: string[] = [];
        added.set(at, sids);
        let n = 0;
        return async () => {
          n += 1;
          sids.push(String((await at.rest.post(`${path(at)}/Participants`, { Identity: identity(n) })).sid));
        };
      },
    },
    {
      name: 'a participant is removed',
      prepare: async (at) => () => at.rest.delete(`${path(at)}/Participants/${added.get(at)?.pop()}`),
    },
  ];
};

/** The same user joins new conversations, and leaves them again. */
const joinAndLeave = (identity: Where): Operation[] => {
  const joined = new Map<Installation, string[]>();
  return [
    {
      name: 'he is added to one more',
      prepare: async (at, times) => {
        const left: string[] = [];
        for (let n = 0; n < times; n += 1) left.push(String((await at.rest.post('/v1/Conversations', {})).sid));
        joined.set(at, [...left]);
        return () => at.rest.post(`${conversation(left.pop() ?? '')}/Participants`, { Identity: identity(at) });
      },
    },
    {
      name: 'he is removed from one',
      prepare: async (at) => () =>
        at.rest.delete(`${conversation(joined.get(at)?.pop() ?? '')}/Participants/${identity(at)}`),
    },
  ];
};

const ask = (name: string, identity: Where, method: string, params: (at: Installation) => object): Operation => ({
  name,
  prepare: async (at) => {
    const caller = await RealtimeCaller.open(at.url);
    await caller.call('connect', { token: await at.token(identity(at)) });
    return () => caller.call(method, params(at));
  },
});

/** Somebody writes to him each time before he asks. */
const askOfUnread = (name: string, identity: Where): Operation => {
  const written = new Map<Installation, string>();
  return {
    name,
    prepare: async (at) => {
      const caller = await RealtimeCaller.open(at.url);
      await caller.call('connect', { token: await at.token(identity(at)) });
      const { items } = await caller.call<Page<ConversationEntry>>('conversations.list', { limit: 1 });
      written.set(at, conversation(items[0]?.conversation.sid ?? ''));
      return () => caller.call('conversations.unread', {});
    },
    afterwards: (at) => at.rest.post(`${written.get(at)}/Messages`, { Author: 'ann-2', Body: messageBody }),
  };
};

/** What the server may still have to do for a connection that was answered, and for one that is closed; milliseconds. */
const settling = 50;
const leaving = 10;

/**
 * From no socket to an answer.
 *
 * @param meanwhile what happens while he is away
 */
const start = (
  name: string,
  identity: Where,
  resume?: (known: Known) => ConnectParams['resume'],
  meanwhile?: (at: Installation) => Promise<unknown>,
): Operation => {
  const callers = new Map<Installation, RealtimeCaller>();
  return {
    name,
    prepare: async (at) => {
      const token = await at.token(identity(at));
      const given = resume?.(await whatIsKnown(at, token));
      await meanwhile?.(at);
      return async () => {
        const caller = await RealtimeCaller.open(at.url);
        callers.set(at, caller);
        await caller.call('connect', { token, ...(given && { resume: given }) });
      };
    },
    afterwards: async (at) => {
      await setTimeout(settling);
      await callers.get(at)?.close();
      await setTimeout(leaving);
    },
  };
};

interface Known {
  cursor: string;
  /** Of the user's own stream: what the SDK gives of streams that did not move. */
  own: Record<string, number>;
  /** Of that and of the first page. */
  first: Record<string, number>;
  /** Of every conversation that he is in. */
  all: Record<string, number>;
}

async function whatIsKnown(at: Installation, token: string): Promise<Known> {
  const caller = await RealtimeCaller.open(at.url);
  const { cursor, user, position } = await caller.call<ConnectResult>('connect', { token });
  const all: Record<string, number> = { [user.sid]: position };
  const own = { ...all };
  const first = { ...all };
  for (let next: string | null | undefined; next !== null; ) {
    const { items, next: more } = await caller.call<Page<ConversationEntry>>('conversations.list', {
      limit: 100,
      ...(next && { next }),
    });
    for (const entry of items) {
      if (Object.keys(first).length <= pageSize) first[entry.conversation.sid] = entry.position;
      all[entry.conversation.sid] = entry.position;
    }
    next = more;
  }
  await caller.close();
  return { cursor, own, first, all };
}

const conversation = (sid: string) => `/v1/Conversations/${sid}`;
const long: Where = (at) => conversation(at.places.long);
const crowded: Where = (at) => conversation(at.places.crowded);
const usual: Where = (at) => conversation(at.places.usual);
const user: Where = (at) => `/v1/Users/${at.places.busy}`;
const busy: Where = (at) => at.places.busy;
const idle: Where = (at) => at.places.idle;

/** Each in a conversation of its own, which is the most there is to look for. */
async function eventsElsewhere(at: Installation): Promise<void> {
  for (let n = 0; n < 3000; n += 1) await at.rest.post('/v1/Conversations', {});
}

let made = 0;
const nobodyYet = () => {
  made += 1;
  return `new-${made}`;
};

export const groups: Group[] = [
  {
    title: 'Messages of a conversation',
    operations: [
      get('its oldest messages', (at) => `${long(at)}/Messages?${page}`),
      get('its newest messages', (at) => `${long(at)}/Messages?Order=desc&${page}`),
      ask('its newest messages, SDK', idle, 'messages.list', (at) => ({
        conversation: at.places.long,
        limit: pageSize,
      })),
      send('a message is sent', long, 'ann'),
      ask('a message is sent, SDK', idle, 'messages.send', (at) => ({
        conversation: at.places.long,
        body: messageBody,
      })),
      ...comeAndGo(long, nobodyYet),
      start('one of its members starts', idle),
      start('one of its members resumes', idle, ({ cursor, all }) => ({ cursor, positions: all })),
    ],
  },
  {
    title: 'Conversations of a service',
    operations: [
      get('its conversations', () => `/v1/Conversations?${page}`),
      get('its closed conversations', () => `/v1/Conversations?State=closed&${page}`),
      get('those of a time', () => `/v1/Conversations?StartDate=2020-01-01&${page}`),
      get('one of them', usual),
      { name: 'one more is made', prepare: async (at) => () => at.rest.post('/v1/Conversations', {}) },
      send('a message is sent', usual, 'ann-2'),
      ...comeAndGo(usual, nobodyYet),
    ],
  },
  {
    title: 'Conversations of a user',
    operations: [
      get('his conversations', (at) => `${user(at)}/Conversations?${page}`),
      get('where he takes part', (at) => `/v1/ParticipantConversations?Identity=${at.places.busy}&${page}`),
      ask('his conversations, SDK', busy, 'conversations.list', () => ({ limit: pageSize })),
      askOfUnread('how much he has not read, SDK', busy),
      ...joinAndLeave(busy),
      start('he starts', busy),
      start('he resumes, after nothing moved', busy, ({ cursor, own }) => ({ cursor, positions: own })),
      start(
        'the same, after 3,000 events elsewhere',
        busy,
        ({ cursor, own }) => ({ cursor, positions: own }),
        eventsElsewhere,
      ),
      start('he resumes, after a page of them moved', busy, ({ cursor, first }) => ({ cursor, positions: first })),
      start('he resumes, and gives the positions of all', busy, ({ cursor, all }) => ({ cursor, positions: all })),
    ],
  },
  {
    title: 'People of a conversation',
    operations: [
      get('its participants', (at) => `${crowded(at)}/Participants?${page}`),
      get('its messages', (at) => `${crowded(at)}/Messages?${page}`),
      ask('its participants, SDK', idle, 'participants.list', (at) => ({
        conversation: at.places.crowded,
        limit: pageSize,
      })),
      send('a message is sent', crowded, 'ann'),
      ask('a message is sent, SDK', idle, 'messages.send', (at) => ({
        conversation: at.places.crowded,
        body: messageBody,
      })),
      ...comeAndGo(crowded, nobodyYet),
    ],
  },
];

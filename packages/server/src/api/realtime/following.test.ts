import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createConversation } from '../../core/conversations/actions.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant, removeParticipant } from '../../core/participants/actions.ts';
import { findUser } from '../../core/users/actions.ts';
import { Hub } from '../../delivery/realtime/hub.ts';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import type { Wire } from '../sessions/wire.ts';
import { Following } from './following.ts';
import type { RealtimeDependencies } from './method.ts';
import { Session } from './session.ts';

let at: OpenCore;
/** Of ann, in the order of their SIDs: more than are listened to at once. */
let rooms: string[];
beforeEach(async () => {
  at = await openCore();
  rooms = await Promise.all(Array.from({ length: 210 }, () => roomOf('ann')));
  rooms.sort();
});
afterEach(() => at.discard());

async function roomOf(identity: string): Promise<string> {
  const { sid } = await at.core.run(createConversation, at.account, { service: at.service });
  await at.core.run(addParticipant, at.account, { service: at.service, conversation: sid, identity });
  return sid;
}

const say = (conversation: string, body: string) =>
  at.core.run(sendMessage, at.account, { service: at.service, conversation, body });

/** Ann's session, which is answered while something happens, and what it is told. */
async function open({ answered = async () => {}, listening = async (_streams: readonly string[]) => {} } = {}) {
  const told: string[] = [];
  const closed: number[] = [];
  const write: Wire['write'] = (frames) => {
    const texts = frames.toString().match(/\{"jsonrpc".*?"data":\{.*?\}\}\}/g) ?? [];
    for (const text of texts) {
      const { type, data } = JSON.parse(text).params;
      told.push(type === 'message.added' ? data.body : type);
    }
  };
  const wire: Partial<Wire> = {
    isOpen: true,
    unsent: 0,
    write,
    cork: () => {},
    uncork: () => {},
    close: (code) => closed.push(code),
  };
  const hub = new Hub(at.bus);
  const listenAll = hub.listenAll.bind(hub);
  hub.listenAll = (subscriber, streams) => {
    const ready = listenAll(subscriber, streams);
    return listening(streams).then(() => ready);
  };
  const dependencies = { core: at.core, hub, logger: pino({ level: 'silent' }) } as unknown as RealtimeDependencies;
  const session = new Session('s', 'http://localhost', wire as Wire, dependencies);
  session.actor = await at.user('ann');
  const { user } = session.actor;
  const following = new Following(dependencies, session, user);
  await hub.listenAll(session, [user]);
  const shown = new Map([[user, (await findUser(at.core.db, at.service, user))?.head ?? 0]]);
  await following.begin();
  const cursor = await at.core.settledEvent();
  session.release(shown, cursor);
  await answered();
  following.goOn(shown, cursor);
  const hears = async (stream: string) => {
    while (!hub.hears(session, stream)) await new Promise(setImmediate);
    await new Promise(setImmediate);
  };
  return { told, closed, hub, session, hears };
}

test('What happens in a conversation before it is listened to is read from the log; what happens while it is comes once.', async () => {
  const last = rooms.at(-1) as string;
  const { told, hears } = await open({
    answered: async () => void (await say(last, 'before')),
    listening: async (streams) => void (streams.includes(last) && (await say(last, 'while'))),
  });
  await hears(last);
  while (!told.includes('while')) await new Promise(setImmediate);
  await say(last, 'after');
  expect(told).toEqual(['before', 'while', 'after']);
});

test('Who comes into a conversation, or leaves one, before it is listened to hears what is his.', async () => {
  const [last, other] = [rooms.at(-1) as string, await roomOf('ben')];
  const { told, hub, session, hears } = await open({
    answered: async () => {
      const place = { service: at.service, participant: 'ann', identity: 'ann' };
      await say(other, 'not hers');
      await at.core.run(addParticipant, at.account, { ...place, conversation: other });
      await say(other, 'hers');
      await at.core.run(removeParticipant, at.account, { ...place, conversation: last });
      await say(last, 'not hers any more');
    },
  });
  await hears(rooms.at(-2) as string);
  expect(told).toEqual(['membership.added', 'hers', 'membership.removed']);
  expect(hub.hears(session, last)).toBe(false);
});

test('Who is taken out and let in again while the client is answered hears what comes.', async () => {
  const room = rooms[0] as string;
  let isDone = false;
  const { told, hub, session } = await open({
    listening: async (streams) => {
      if (isDone || !streams.includes(room)) return;
      isDone = true;
      const place = { service: at.service, conversation: room, participant: 'ann', identity: 'ann' };
      await at.core.run(removeParticipant, at.account, place);
      await at.core.run(addParticipant, at.account, place);
    },
  });
  expect(hub.hears(session, room)).toBe(true);
  await say(room, 'hers');
  expect(told.slice(-3)).toEqual(['membership.removed', 'membership.added', 'hers']);
});

test('Whose conversations cannot be listened to is sent away, to come back.', async () => {
  const { closed } = await open({
    answered: async () => {
      at.storage.reader.all = () => Promise.reject(new Error('away'));
    },
  });
  while (closed.length === 0) await new Promise(setImmediate);
  expect(closed).toEqual([1001]);
});

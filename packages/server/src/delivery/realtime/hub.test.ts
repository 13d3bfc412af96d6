import { expect, test, vi } from 'vitest';
import type { Feeds } from '../../bus/bus.ts';
import { memoryBus } from '../../bus/memory/memory-bus.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import { Hub } from './hub.ts';
import type { Subscriber } from './subscriber.ts';

const user = `US${'1'.repeat(32)}`;
const room = `CH${'1'.repeat(32)}`;

const bus = memoryBus((error) => {
  throw error;
});
const hub = new Hub(bus);

/** Notes what it gets. */
function subscriber(sid = user) {
  const got: string[] = [];
  const one: Subscriber = {
    user: sid,
    deliver: (events) => got.push(...events.map((event) => `${event.type} ${event.position}`)),
    cork: () => {},
    uncork: () => {},
    notify: (signal) => got.push(signal.type),
    userRemoved: () => got.push('removed'),
    interrupted: () => got.push('interrupted'),
  };
  return { one, got };
}

function event(stream: string, position: number, type: string, data: object = {}): LoggedEvent {
  return { id: position, stream, position, type, time: 0, data: JSON.stringify(data) };
}

test('Who left hears nothing more, even if he listens again: what he asked for may end after he did.', () => {
  const { one, got } = subscriber();
  hub.listen(one, user);
  hub.leave(one, []);
  hub.listen(one, user);
  hub.listen(one, room);
  hub.watch(one, `US${'2'.repeat(32)}`);
  bus.publish({
    events: [
      event(user, 1, 'user.updated'),
      event(room, 1, 'message.added'),
      event(`US${'2'.repeat(32)}`, 1, 'user.updated'),
    ],
    woken: [],
  });
  expect(got).toEqual([]);
});

test('Within one commit, who is added hears what follows, and who is removed what came before.', () => {
  const { one, got } = subscriber();
  hub.listen(one, user);
  const membership = { membership: { conversationSid: room } };
  bus.publish({
    events: [
      event(room, 1, 'participant.added'),
      event(user, 1, 'membership.added', membership),
      event(room, 2, 'message.added'),
      event(user, 2, 'membership.removed', membership),
      event(room, 3, 'message.added'),
    ],
    woken: [],
  });
  expect(got).toEqual(['membership.added 1', 'message.added 2', 'membership.removed 2']);
  hub.leave(one, []);
});

test('Typing is told to everybody in the conversation but him who types, on whatever device.', () => {
  const [typist, other] = [subscriber(), subscriber(`US${'3'.repeat(32)}`)];
  for (const { one } of [typist, other]) hub.listen(one, room);
  bus.signal({ type: 'typing', conversation: room, participant: `MB${'1'.repeat(32)}`, user, identity: 'ann' });
  expect([typist.got, other.got]).toEqual([[], ['typing']]);
});

test('Who is out is read from an event once, however many listen; he alone hears no more of the conversation.', () => {
  const shared = Object.assign(
    memoryBus((error) => {
      throw error;
    }),
    { feeds: { listen: () => {}, unlisten: () => {}, ready: () => undefined, onEnded: () => {} } as unknown as Feeds },
  );
  const own = new Hub(shared);
  const sids = Array.from({ length: 50 }, (_unused, n) => `US${String(n).padStart(32, '0')}`);
  const all = sids.map((sid) => subscriber(sid));
  for (const { one } of all) own.listen(one, room);
  const parse = vi.spyOn(JSON, 'parse');
  try {
    const removal = event(room, 1, 'participant.removed', { userSid: sids[7] });
    shared.publish({ events: [removal, event(room, 2, 'message.added')], woken: [] });
    expect(parse).toHaveBeenCalledTimes(1);
  } finally {
    parse.mockRestore();
  }
  for (const [n, { got }] of all.entries()) {
    expect(got).toEqual(n === 7 ? ['participant.removed 1'] : ['participant.removed 1', 'message.added 2']);
  }
});

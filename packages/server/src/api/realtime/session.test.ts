import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventText, textFrame } from '../../delivery/realtime/frames.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import type { Wire } from '../sessions/wire.ts';
import type { RealtimeDependencies } from './method.ts';
import { Session } from './session.ts';

const room = `CH${'1'.repeat(32)}`;
const other = `CH${'2'.repeat(32)}`;
const user = `US${'1'.repeat(32)}`;

let id = 0;
function event(stream: string, position: number, type = 'message.added', data: object = {}): LoggedEvent {
  id += 1;
  return { id, stream, position, type, time: 0, data: JSON.stringify(data) };
}

/** A session on a wire that only notes what is written: of each frame the stream and the position. */
function open() {
  const written: string[] = [];
  const left: string[] = [];
  const closed: number[] = [];
  const wire = {
    isOpen: true,
    unsent: 0,
    begun: 0,
    isPolling: false,
    close: (code: number) => closed.push(code),
    write: (frame: Buffer) => {
      const { params } = JSON.parse(frame.subarray(frame.indexOf('{')).toString());
      written.push(params ? `${params.stream.slice(0, 3)} ${params.position}` : 'answer');
    },
  };
  const hub = { stopListening: (_session: unknown, stream: string) => left.push(stream) };
  const dependencies = { core: { clock: new ManualClock() }, hub } as unknown as RealtimeDependencies;
  const session = new Session('s', 'http://localhost', wire as unknown as Wire, dependencies);
  return { session, wire, written, left, closed };
}

test('What happens while the snapshot is read comes after it, once: not what it shows already.', () => {
  const { session, written } = open();
  const [before, shown, news] = [event(room, 4), event(room, 5), event(room, 6)];
  const [listedNowhere, newer] = [event(other, 1), event(other, 2)];
  session.deliver([before, shown], () => Buffer.alloc(0));
  session.deliver([news], () => Buffer.alloc(0));
  session.deliver([listedNowhere, newer], () => Buffer.alloc(0));
  expect(written).toEqual([]);
  session.release(new Map([[room, 5]]), listedNowhere.id);
  expect(written).toEqual(['CH1 6', 'CH2 2']);
});

test('A removal that fell into that time ends the listening.', () => {
  const { session, written, left } = open();
  session.deliver([event(user, 3, 'membership.removed', { membership: { conversationSid: room } })], () =>
    Buffer.alloc(0),
  );
  session.release(new Map([[user, 2]]), 0);
  expect([written, left]).toEqual([['US1 3'], [room]]);
});

test('Who was let in again in that time is listened for as before.', () => {
  const { session, written, left } = open();
  const of = (conversation: string) => ({ membership: { conversationSid: conversation } });
  for (const held of [
    event(user, 3, 'membership.removed', of(room)),
    event(user, 4, 'membership.removed', of(other)),
    event(user, 5, 'membership.added', of(room)),
    event(user, 6, 'membership.added', of(other)),
    event(user, 7, 'membership.removed', of(other)),
  ]) {
    session.deliver([held], () => Buffer.alloc(0));
  }
  session.release(new Map([[user, 2]]), 0);
  expect(written).toEqual(['US1 3', 'US1 4', 'US1 5', 'US1 6', 'US1 7']);
  expect(left).toEqual([other]);
});

test('A stream that was held goes on with what the log has, and what comes of that once more is not told twice.', () => {
  const { session, written } = open();
  session.release(new Map(), 0);
  const [first, second, third] = [event(room, 4), event(room, 5), event(room, 6)];
  const late = (...events: LoggedEvent[]) =>
    session.deliver(events, () => textFrame(eventText(events[0] as LoggedEvent)));
  session.hold([room]);
  late(first);
  session.letGo(room, [first, second], 3);
  late(second);
  late(third);
  late(event(room, 7));
  expect(written).toEqual(['CH1 4', 'CH1 5', 'CH1 6', 'CH1 7']);
});

test('What a client does not read counts as his as far as it was written for him alone.', async () => {
  const { session, wire, written } = open();
  session.release(new Map(), 0);
  const shared = textFrame(eventText(event(room, 4)));
  session.deliver([event(room, 4)], () => shared);
  wire.unsent = 10_000;
  expect(session.memory).toBe(0);
  session.reply(1, 'x'.repeat(5000));
  await setImmediate();
  expect(written).toEqual(['CH1 4', 'answer']);
  expect(session.memory).toBeGreaterThan(5000);
  expect(session.memory).toBeLessThan(5100);
  wire.unsent = 300;
  wire.begun = 7;
  expect(session.memory).toBe(307);
  // He has read it all: what is written from now on is all there is.
  wire.unsent = 0;
  session.deliver([event(room, 5)], () => shared);
  wire.unsent = 10_000;
  expect(session.memory).toBe(7);
  wire.isPolling = true;
  session.reply(2, 'x'.repeat(5000));
  await setImmediate();
  expect(session.memory).toBe(7);
});

test('A stranger who does not read what he is told is told no more.', async () => {
  const { session, wire, closed } = open();
  const ask = async (unsent: number) => {
    wire.unsent = unsent;
    session.receive(Buffer.from('{'), false);
    await setImmediate();
    return closed;
  };
  expect(await ask(64 * 1024)).toEqual([]);
  expect(await ask(64 * 1024 + 1)).toEqual([4413]);
});

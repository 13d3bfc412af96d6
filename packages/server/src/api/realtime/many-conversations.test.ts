import { afterEach, beforeEach, expect, test } from 'vitest';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant, removeParticipant } from '../../core/participants/actions.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';

let at: OpenRealtime;
/** Of ann, in the order of their SIDs. More than she is made to wait for when she connects. */
let rooms: string[];
beforeEach(async () => {
  at = await openRealtime();
  rooms = (await Promise.all(Array.from({ length: 750 }, () => at.roomOf('ann')))).toSorted();
});
afterEach(() => at.discard());

const say = (conversation: string, body: string) =>
  at.core.run(sendMessage, at.account, { service: at.service, conversation, body });
const bodyOf = (event: { type: string; data: unknown }) =>
  event.type === 'message.added' ? (event.data as { body: string }).body : event.type;

test('Who is in many conversations hears of all of them, once and in order, also what happens while she connects.', async () => {
  const places = [rooms[0], rooms[250], rooms.at(-1)] as string[];
  const connecting = at.connect('ann');
  // Some are committed before she is answered, some while it is begun to listen to the rest, some afterwards.
  for (let n = 0; n < 20; n += 1) await Promise.all(places.map((room) => say(room, String(n))));
  const ann = await connecting;
  for (let n = 20; n < 40; n += 1) await Promise.all(places.map((room) => say(room, String(n))));
  await say(rooms[300] as string, 'last');
  // Which of them is listened to first, and so heard of, is left to the server.
  await ann.until(() => ann.events.filter((event) => ['39', 'last'].includes(bodyOf(event))).length === 4);
  for (const room of places) {
    const heard = ann.events.filter(({ stream }) => stream === room).map(bodyOf);
    const first = Number(heard[0]);
    expect(first).toBeLessThan(20);
    expect(heard).toEqual(Array.from({ length: 40 - first }, (_unused, n) => String(first + n)));
  }
});

test('What was missed comes on resuming, of conversations known and unknown, and what happens afterwards too.', async () => {
  const [known, unknown, left, joined] = [rooms[700], rooms[710], rooms[720], await at.roomOf('ben')] as string[];
  const ann = await at.connect('ann');
  const { cursor, positions } = ann.resume;
  ann.cut();
  const own = Object.fromEntries(Object.entries(positions).filter(([stream]) => !stream.startsWith('CH')));
  const place = { service: at.service, participant: 'ann', identity: 'ann' };
  for (const room of [known, unknown, left] as string[]) await say(room, 'missed');
  await at.core.run(removeParticipant, at.account, { ...place, conversation: left as string });
  await say(joined as string, 'before she came');
  await at.core.run(addParticipant, at.account, { ...place, conversation: joined as string });
  await say(joined as string, 'after');
  const again = await at.connect('ann', { cursor, positions: { ...own, [known as string]: 2 } });
  expect(again.connected).toMatchObject({ conversations: null, reset: [] });
  const told = again.connected?.events.map((event) => `${event.stream} ${bodyOf(event)}`);
  const user = again.connected?.user.sid;
  expect(told?.toSorted()).toEqual(
    [
      `${user} membership.added`,
      `${user} membership.removed`,
      `${known} missed`,
      `${unknown} missed`,
      `${joined} after`,
    ].toSorted(),
  );
  for (const room of [known, unknown, left, joined] as string[]) await say(room, 'news');
  await again.event('message.added', 2);
  expect(again.events.map(({ stream }) => stream).toSorted()).toEqual([known, unknown, joined].toSorted());
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant, removeParticipant, updateParticipant } from '../../core/participants/actions.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';
import type { RawClient } from '../../testing/raw-client.ts';

let at: OpenRealtime;
let room: string;
let ann: RawClient;
let ben: RawClient;
beforeEach(async () => {
  at = await openRealtime();
  room = await at.roomOf('ann', 'ben', 'cid');
  [ann, ben] = [await at.connect('ann'), await at.connect('ben')];
});
afterEach(() => at.discard());

const say = (body: string) => ben.call('messages.send', { conversation: room, body });
const head = async () => (await ann.call('conversations.get', { conversation: room })).position;
const changes = (after: number, knows: (string | number)[]) =>
  ann.call('conversations.changes', { conversation: room, after, knows });
const participants = async () => (await ann.call('participants.list', { conversation: room })).items;

test('Says once of each what became of it, in the order of the log, and what is gone.', async () => {
  const [, benThere, cid] = await participants();
  const [kept, edited, removed] = [await say('kept'), await say('edited'), await say('removed')];
  const after = await head();
  await say('new');
  await ben.call('messages.update', { conversation: room, index: edited.index, body: 'changed' });
  await ben.call('messages.update', { conversation: room, index: edited.index, body: 'changed again' });
  await ben.call('messages.remove', { conversation: room, index: removed.index });
  const input = { service: at.service, conversation: room };
  await at.core.run(removeParticipant, at.account, { ...input, participant: 'cid' });
  await at.core.run(addParticipant, at.account, { ...input, identity: 'dot' });
  await at.core.run(updateParticipant, at.account, { ...input, participant: 'ben', attributes: '[1]' });
  await at.core.run(updateParticipant, at.account, { ...input, participant: 'ann', attributes: '[2]' });

  const people = [benThere?.sid ?? '', cid?.sid ?? '', 'nonsense'];
  const told = await changes(after, [kept.sid, edited.sid, removed.sid, ...people]);
  // Indexes say the same in fewer bytes.
  const byIndex = await changes(after, [kept.index, edited.index, removed.index, ...people]);
  expect(byIndex).toEqual({ ...told, gone: [removed.index, cid?.sid, 'nonsense'], events: byIndex.events });
  expect(byIndex.events).toEqual(told.events.map((event) => ({ ...event, time: expect.any(Number) })));
  expect(told.gone).toEqual([removed.sid, cid?.sid, 'nonsense']);
  const log = (await ann.call('events.list', { stream: room, after })).items;
  const [first, ...events] = told.events;
  expect(first).toMatchObject({
    type: 'conversation.updated',
    position: told.head,
    data: { lastMessage: { index: 3 } },
  });
  expect(events.map(({ type, position }) => [type, position])).toEqual([
    ['message.added', after + 1],
    ['message.updated', after + 3],
    ['participant.added', log.find(({ type }) => type === 'participant.added')?.position],
    ['participant.updated', log.find(({ type }) => type === 'participant.updated')?.position],
  ]);
  expect(events.map(({ data }) => data)).toMatchObject([
    { body: 'new' },
    { body: 'changed again' },
    { identity: 'dot' },
    { identity: 'ben', attributes: '[1]' },
  ]);
  expect(told).toMatchObject({ position: await head(), head: await head() });
  expect((await changes(told.head, [kept.sid])).events).toHaveLength(1);
});

test('Stops after two hundred, and goes on from there until everything is told.', async () => {
  const after = await head();
  const input = { service: at.service, conversation: room };
  for (let n = 0; n < 250; n += 1) await at.core.run(sendMessage, at.account, { ...input, body: `${n}` });
  await at.core.run(addParticipant, at.account, { ...input, identity: 'dot' });
  const first = await changes(after, []);
  expect(first).toMatchObject({ position: after + 200, head: after + 251 });
  const second = await changes(first.position, []);
  expect(second).toMatchObject({ position: second.head });
  const bodies = [...first.events, ...second.events].flatMap((event) =>
    event.type === 'message.added' ? [event.data.body] : [],
  );
  expect(bodies).toEqual(Array.from({ length: 250 }, (_, n) => `${n}`));
  expect(second.events.at(-1)).toMatchObject({ type: 'participant.added', data: { identity: 'dot' } });
});

test('Stops after two hundred of what is known, too.', async () => {
  for (let n = 0; n < 250; n += 1) await say(`${n}`);
  const after = await head();
  // The last ones are changed first: what is told is in the order of the changes.
  for (let index = 249; index >= 0; index -= 1)
    await ben.call('messages.update', { conversation: room, index, body: 'changed' });
  const known = Array.from({ length: 250 }, (_, index) => index);
  const first = await changes(after, known);
  expect(first).toMatchObject({ position: after + 200, head: after + 250, gone: [] });
  const second = await changes(first.position, known);
  const indexes = [...first.events, ...second.events].flatMap((event) =>
    event.type === 'message.updated' ? [event.data.index] : [],
  );
  expect(indexes).toEqual(known.reverse());
});

test('Finds what is known among more than a database takes at once.', async () => {
  const { sid, index } = await say('one of many');
  const after = await head();
  await ben.call('messages.update', { conversation: room, index, body: 'changed' });
  const others = Array.from({ length: 1200 }, (_, n) => `IM${String(n).padStart(32, '0')}`);
  const indexes = Array.from({ length: 1200 }, (_, n) => 5000 - n);
  for (const known of [
    [...others, sid],
    [...indexes, index],
  ]) {
    const { events, gone } = await changes(after, known);
    expect(gone).toEqual(known.slice(0, -1));
    expect(events[1]).toMatchObject({ type: 'message.updated', data: { sid, body: 'changed' } });
  }
});

test('Whoever knows of nearly all is told of these alone, however many others have changed between them.', async () => {
  for (let n = 0; n < 900; n += 1) await say(`${n}`);
  const after = await head();
  const known = Array.from({ length: 300 }, (_, n) => 3 * n);
  for (const index of [30, 31, 600]) await ben.call('messages.remove', { conversation: room, index });
  // More than fit into an answer, of which two of three are not known.
  const isChanged = (index: number) => (index % 3 > 0 || index % 9 === 0) && ![30, 31, 600].includes(index);
  for (let index = 0; index < 900; index += 1) {
    if (isChanged(index)) await ben.call('messages.update', { conversation: room, index, body: 'changed' });
  }
  const told: number[] = [];
  let position = after;
  const gone = new Set<unknown>();
  while (position < (await head())) {
    const answer = await changes(position, known);
    for (const event of answer.events.slice(1)) told.push((event.data as { index: number }).index);
    for (const one of answer.gone) gone.add(one);
    position = answer.position;
  }
  expect(told).toEqual(known.filter(isChanged));
  expect([...gone]).toEqual([30, 600]);
});

test('Says nothing of what was before one came in, of other conversations, or to those who are not in it.', async () => {
  await say('before');
  const input = { service: at.service, conversation: room };
  await at.core.run(removeParticipant, at.account, { ...input, participant: 'ann' });
  await expect(changes(0, [])).rejects.toMatchObject({ code: 50350 });
  await say('meanwhile');
  await at.core.run(addParticipant, at.account, { ...input, identity: 'ann' });
  await say('after');
  const other = await at.roomOf('ann', 'ben');
  const elsewhere = await ben.call('messages.send', { conversation: other, body: 'elsewhere' });
  const { events, gone } = await changes(0, [elsewhere.sid]);
  expect(events.slice(1)).toMatchObject([{ type: 'message.added', data: { body: 'after' } }]);
  expect(gone).toEqual([elsewhere.sid]);
});

test('Whoever knows of more than fits into other requests is told all the same, one request of that size at a time.', async () => {
  const { sid } = await say('old');
  const after = await head();
  await ben.call('messages.update', { conversation: room, index: 0, body: 'changed' });
  const unknown = Array.from({ length: 25_000 }, (_, at) => `IM${String(at).padStart(32, '0')}`);
  const { db } = at.core;
  const look = db.first.bind(db);
  const held = Promise.withResolvers<void>();
  vi.spyOn(db, 'first').mockImplementationOnce(async (...given) => {
    await held.promise;
    return look(...given);
  });
  const first = changes(after, [...unknown, sid]);
  await expect(changes(after, unknown)).rejects.toMatchObject({ code: 20413 });
  held.resolve();
  const { events, gone } = await first;
  expect(events).toMatchObject([{}, { data: { body: 'changed' } }]);
  expect(gone).toHaveLength(unknown.length);
  expect((await changes(after, [...unknown, sid])).events).toHaveLength(2);
});

test('What is neither a SID nor an index is refused as soon as it is seen, however much there is of it.', async () => {
  for (const [bad, length] of [
    ...[[[], 4000] as const, [{}, 4000] as const],
    ...[-1, 1.5, null, 'x'.repeat(35)].map((one) => [one, 20_000] as const),
  ]) {
    const knows = [0, ...Array.from({ length }, () => bad)];
    const error = await changes(0, knows as never).catch((reason) => reason);
    expect(error).toMatchObject({ code: -32602 });
  }
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import { changeDatabase } from '../../testing/change-database.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';
import type { Transport } from '../../testing/raw-client.ts';

describe.each<Transport>(['websocket', 'polling'])('Over %s', (transport) => {
  let at: OpenRealtime;
  beforeEach(async () => {
    at = await openRealtime({}, transport);
  });
  afterEach(() => at.discard());

  test('Brings what was missed, once and in order, and then what happens.', async () => {
    const room = await at.roomOf('ann', 'ben');
    const ann = await at.connect('ann');
    const ben = await at.connect('ben');
    await ben.call('messages.send', { conversation: room, body: '0' });
    await ann.event('message.added');
    const { resume } = ann;
    ann.cut();
    for (const body of ['1', '2']) await ben.call('messages.send', { conversation: room, body });
    const again = await at.connect('ann', resume);
    await ben.call('messages.send', { conversation: room, body: '3' });
    await again.event('message.added');
    const bodies = [...(again.connected?.events ?? []), ...again.events].map(
      (event) => event.type === 'message.added' && event.data.body,
    );
    expect(bodies).toEqual(['1', '2', '3']);
    expect(again.connected).toMatchObject({ conversations: null, reset: [] });
  });

  test('Says where the own stream of the user stands, however far those of conversations have come.', async () => {
    const room = await at.roomOf('ann');
    const ann = await at.connect('ann');
    const { resume } = ann;
    ann.cut();
    for (const body of ['one', 'two', 'three']) {
      await at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body });
    }
    const again = await at.connect('ann', resume);
    expect(again.connected?.events.map(({ stream }) => stream)).toEqual([room, room, room]);
    expect(again.connected?.position).toBe(ann.connected?.position);
  });

  test('Tells of conversations that were joined meanwhile, from where they were joined.', async () => {
    const ann = await at.connect('ann');
    const { resume } = ann;
    ann.cut();
    const room = await at.roomOf('ben');
    await at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body: 'before' });
    await at.core.run(addParticipant, at.account, { service: at.service, conversation: room, identity: 'ann' });
    await at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body: 'after' });
    const again = await at.connect('ann', resume);
    expect(again.connected?.events.map((event) => event.type)).toEqual(['membership.added', 'message.added']);
  });

  test('Knows of changes in conversations of which the client never saw an event.', async () => {
    const room = await at.roomOf('ann');
    const ann = await at.connect('ann');
    const { cursor, positions } = ann.resume;
    ann.cut();
    delete positions[room];
    await at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body: 'new' });
    const again = await at.connect('ann', { cursor, positions });
    expect(again.connected?.events.map((event) => event.type)).toEqual(['message.added']);
  });

  test('Names the streams that moved too far.', async () => {
    const room = await at.roomOf('ann');
    const ann = await at.connect('ann');
    const { resume } = ann;
    ann.cut();
    const many = Array.from({ length: 1001 }, () =>
      at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body: 'x' }),
    );
    await Promise.all(many);
    const again = await at.connect('ann', resume);
    expect(again.connected).toMatchObject({ reset: [room], events: [], conversations: null });
  });

  test('Names the streams whose log does not go back so far any more.', async () => {
    const room = await at.roomOf('ann');
    const ann = await at.connect('ann');
    for (const body of ['one', 'two', 'three']) {
      await at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body });
    }
    await ann.event('message.added', 2);
    const held = { ...ann.resume, positions: { ...ann.resume.positions, [room]: 2 } };
    await changeDatabase(at.directory, 'DELETE FROM events WHERE stream = ? AND position <= 3', room);
    expect((await at.connect('ann', held)).connected).toMatchObject({ events: [], reset: [room] });
  });

  test('What was said and taken back before somebody came is not his to read from the log.', async () => {
    const room = await at.roomOf('ann');
    const ann = await at.connect('ann');
    await ann.call('messages.send', { conversation: room, body: 'secret' });
    await ann.call('messages.remove', { conversation: room, index: 0 });
    await at.core.run(addParticipant, at.account, { service: at.service, conversation: room, identity: 'ben' });
    await ann.call('messages.send', { conversation: room, body: 'hello' });
    const ben = await at.connect('ben');
    const { items } = await ben.call('events.list', { stream: room, after: 0 });
    expect(items.map((event) => event.type)).toEqual(['message.added']);
    const { cursor } = ben.resume;
    ben.cut();
    const forged = await at.connect('ben', { cursor, positions: { ...ben.resume.positions, [room]: 0 } });
    expect(JSON.stringify(forged.connected)).not.toContain('secret');
  });

  test('Positions that are not there yet, as after putting back a backup, lead to a snapshot.', async () => {
    const room = await at.roomOf('ann');
    const ann = await at.connect('ann');
    const { cursor, positions } = ann.resume;
    const ahead = await at.connect('ann', { cursor, positions: { ...positions, [room]: 1000 } });
    expect(ahead.connected).toMatchObject({ reset: [room], conversations: null });
    const user = ann.connected?.user.sid ?? '';
    const all = await at.connect('ann', { cursor, positions: { ...positions, [user]: 1000 } });
    expect(all.connected?.reset).toEqual([user]);
  });

  test('With a cursor of the log as it was before a backup was put back it begins anew, however far that has come since.', async () => {
    const room = await at.roomOf('ann');
    const ann = await at.connect('ann');
    const { cursor, positions } = ann.resume;
    const event = cursor.slice(5);
    expect(cursor).toMatch(/^\d{16}$/);
    expect(cursor).toBe(`${at.core.epoch}${event}`);
    await ann.call('messages.send', { conversation: room, body: 'of this log' });
    const epoch = at.core.epoch === 12_345 ? 54_321 : 12_345;
    const other = await at.connect('ann', { cursor: `${epoch}${event}`, positions });
    expect(other.connected).toMatchObject({ reset: [ann.connected?.user.sid], events: [] });
    expect(other.connected?.conversations?.items).toHaveLength(1);
    // Servers of earlier versions named no epoch.
    const early = await at.connect('ann', { cursor: String(Number(event)), positions });
    expect(early.connected).toMatchObject({ reset: [], conversations: null, events: [{ type: 'message.added' }] });
  });

  test('With the cursor of another server it goes on, though this one has not looked at the log since.', async () => {
    const room = await at.roomOf('ann');
    const ann = await at.connect('ann');
    ann.cut();
    await at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body: 'new' });
    const { cursor } = ann.resume;
    vi.spyOn(at.core, 'settledEvent').mockResolvedValue(Number(cursor.slice(5)) - 1);
    const again = await at.connect('ann', ann.resume);
    expect(again.connected).toMatchObject({ reset: [], conversations: null, events: [{ type: 'message.added' }] });
    expect(again.connected?.cursor).toBe(cursor);
  });

  test('With positions of another database it begins anew.', async () => {
    const ann = await at.connect('ann', { cursor: '999999', positions: {} });
    expect(ann.connected?.reset).toEqual([ann.connected?.user.sid]);
    expect(ann.connected?.conversations?.items).toEqual([]);
  });
});

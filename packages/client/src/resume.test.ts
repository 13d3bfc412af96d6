import { describe, expect, it } from 'vitest';
import type { Transport } from './connection/ways.ts';
import { FakeServer } from './testing/fake-server.ts';
import { as } from './testing/fake-session.ts';
import { bodies, changes, connected, inConversation } from './testing/start.ts';
import { settle } from './testing/turns.ts';

type World = Awaited<ReturnType<typeof connected>>;

async function away(world: World, meanwhile: () => void): Promise<void> {
  world.network.online = false;
  world.network.socket.cut();
  await settle();
  meanwhile();
  world.network.online = true;
  await world.timers.advance(60_000);
}

describe.each<Transport>(['websocket', 'polling'])('a client that comes back (%s)', (transport) => {
  it('gets what it missed, in order and once, without asking for anything', async () => {
    const world = await inConversation({ transports: [transport] });
    const { bob, sid, server, conversation } = world;
    bob('messages.send', { conversation: sid, body: 'before' });
    await settle();
    const requests = server.requests.length;
    await away(world, () => {
      bob('messages.send', { conversation: sid, body: 'one' });
      bob('conversations.update', { conversation: sid, friendlyName: 'Dinner' });
      bob('participants.add', { conversation: sid, identity: 'carol' });
      bob('messages.update', { conversation: sid, index: 1, body: 'one, changed' });
      bob('messages.send', { conversation: sid, body: 'two' });
    });
    expect(server.requests.slice(requests).filter(({ method }) => method !== 'ping')).toMatchObject([
      { method: 'connect', params: { resume: { positions: expect.objectContaining({ [sid]: 4 }) } } },
    ]);
    expect(changes(world)).toEqual([
      'messageAdded',
      'conversationUpdated',
      'messageAdded',
      'conversationUpdated',
      'conversationUpdated',
      'participantJoined',
      'messageUpdated',
      'messageAdded',
      'conversationUpdated',
    ]);
    expect(bodies(world)).toEqual(['before', 'one, changed', 'two']);
    expect(conversation).toMatchObject({ friendlyName: 'Dinner', lastMessage: { index: 2 } });
  });

  it('learns that it was put into one conversation and taken out of another', async () => {
    const world = await inConversation({ transports: [transport] });
    const { bob, sid, client } = world;
    let other = '';
    await away(world, () => {
      other = bob('conversations.create', {}).conversation.sid;
      bob('messages.send', { conversation: other, body: 'too early' });
      bob('participants.add', { conversation: other, identity: 'alice' });
      bob('messages.send', { conversation: other, body: 'in time' });
      bob('participants.remove', { conversation: sid, participant: 'alice' });
    });
    expect(bodies(world)).toEqual(['in time']);
    expect(world.conversation.status).toBe('notParticipating');
    expect((await client.getConversationBySid(other)).status).toBe('joined');
  });

  it('hears of a conversation that it had never looked at', async () => {
    const server = new FakeServer();
    server.pageSize = 0;
    const bob = as(server, 'bob');
    const { sid } = bob('conversations.create', {}).conversation;
    bob('participants.add', { conversation: sid, identity: 'alice' });
    bob('messages.send', { conversation: sid, body: 'old' });
    const world = await connected('alice', server, { transports: [transport] });
    await away(world, () => {
      bob('messages.send', { conversation: sid, body: 'new' });
      bob('messages.send', { conversation: sid, body: 'newer' });
    });
    expect(changes(world)).toEqual(['conversationAdded', 'conversationJoined', 'messageAdded', 'messageAdded']);
    expect(bodies(world)).toEqual(['new', 'newer']);
  });

  it('knows its subscribed users as they are now, and no longer those who are gone', async () => {
    const world = await connected('alice', undefined, { transports: [transport] });
    const { client, server, bob } = world;
    server.user('carol');
    const [robert, carol] = [await client.getUser('bob'), await client.getUser('carol')];
    await away(world, () => {
      bob('users.update', { user: 'bob', friendlyName: 'Robert' });
      server.users.delete('carol');
    });
    expect(robert.friendlyName).toBe('Robert');
    expect([robert.isSubscribed, carol.isSubscribed]).toEqual([true, false]);
    bob('users.update', { user: 'bob', friendlyName: 'Bob again' });
    await settle();
    expect(robert.friendlyName).toBe('Bob again');
  });
});

describe('a client whose answers were lost', () => {
  it('sends what was not answered again, under the same keys, and nothing happens twice', async () => {
    const world = await inConversation();
    const { conversation, network, server, sid, timers } = world;
    network.stop();
    const first = conversation.sendMessage('first');
    const second = conversation.sendMessage('second');
    const list = conversation.getParticipants();
    await settle();
    // The server gets both, the answers are lost.
    network.socket.deliverUp();
    network.socket.deliverUp();
    network.socket.cut();
    network.flow();
    await timers.advance(60_000);
    expect([await first, await second, (await list).length]).toEqual([0, 1, 2]);
    expect([...(server.conversations.get(sid)?.messages.keys() ?? [])]).toEqual([0, 1]);
    expect(bodies(world)).toEqual(['first', 'second']);
    const keys = world.asked('messages.send').map(({ params }) => (params as { key: string }).key);
    expect(keys).toHaveLength(4);
    expect(keys.slice(2)).toEqual(keys.slice(0, 2));
  });
});

describe('events that get lost or come late', () => {
  it('are read from the log when the next one shows the gap', async () => {
    const world = await inConversation();
    const { bob, sid, network } = world;
    network.stop();
    for (const body of ['one', 'two', 'three', 'four']) bob('messages.send', { conversation: sid, body });
    network.socket.down.splice(0, 2);
    network.flow();
    await settle();
    expect(bodies(world)).toEqual(['one', 'two', 'three', 'four']);
    expect(world.asked('events.list')).toHaveLength(1);
  });

  it('are passed over when they come again', async () => {
    const world = await inConversation();
    const { bob, sid, network } = world;
    network.stop();
    bob('messages.send', { conversation: sid, body: 'one' });
    bob('messages.send', { conversation: sid, body: 'two' });
    const { down } = network.socket;
    down.push(...down, ...down);
    network.flow();
    await settle();
    expect(bodies(world)).toEqual(['one', 'two']);
    expect(world.asked('events.list')).toEqual([]);
  });

  it('are put in order when they overtake each other', async () => {
    const world = await inConversation();
    const { bob, sid, network } = world;
    network.stop();
    for (const body of ['one', 'two', 'three']) bob('messages.send', { conversation: sid, body });
    network.socket.deliverDown(2);
    network.socket.deliverDown(1);
    network.flow();
    await settle();
    expect(bodies(world)).toEqual(['one', 'two', 'three']);
  });

  it('of one’s own change are read from the log when they stay away for a second', async () => {
    const world = await inConversation();
    const { conversation, network, timers } = world;
    network.stop();
    const sent = conversation.sendMessage('alone');
    await settle();
    network.socket.deliverUp();
    network.socket.down.splice(0, 1);
    network.flow();
    await timers.advance(999);
    expect(bodies(world)).toEqual([]);
    await timers.advance(1);
    expect(await sent).toBe(0);
    expect(bodies(world)).toEqual(['alone']);
  });

  it('hold up only their own stream', async () => {
    const world = await inConversation();
    const { bob, sid, network } = world;
    const other = bob('conversations.create', {}).conversation.sid;
    bob('participants.add', { conversation: other, identity: 'alice' });
    await settle();
    network.stop();
    bob('messages.send', { conversation: sid, body: 'lost' });
    bob('messages.send', { conversation: sid, body: 'after the gap' });
    bob('messages.send', { conversation: other, body: 'elsewhere' });
    network.socket.down.shift();
    network.socket.deliverDown();
    network.socket.deliverDown();
    expect(bodies(world)).toEqual(['elsewhere']);
    network.flow();
    await settle();
    expect(bodies(world)).toEqual(['elsewhere', 'lost', 'after the gap']);
  });
});

describe('an absence that was too long to be told of', () => {
  it('in one conversation ends in a fresh look, whose differences are announced', async () => {
    const world = await inConversation();
    const { bob, sid, server, conversation } = world;
    for (const body of ['a', 'b', 'c']) bob('messages.send', { conversation: sid, body });
    bob('participants.add', { conversation: sid, identity: 'carol' });
    await settle();
    const messages = (await conversation.getMessages()).items;
    const [robert, , carol] = await conversation.getParticipants();
    world.seen.length = 0;
    server.missedAtMost = 3;
    await away(world, () => {
      bob('messages.update', { conversation: sid, index: 0, body: 'a, changed' });
      bob('messages.remove', { conversation: sid, index: 1 });
      for (const body of ['d', 'e']) bob('messages.send', { conversation: sid, body });
      bob('participants.remove', { conversation: sid, participant: 'carol' });
      bob('participants.add', { conversation: sid, identity: 'dave' });
      bob('participants.update', { conversation: sid, participant: 'bob', attributes: '[1]' });
      bob('conversations.update', { conversation: sid, friendlyName: 'Dinner' });
    });
    expect(changes(world).sort()).toEqual([
      'conversationUpdated',
      'messageAdded',
      'messageAdded',
      'messageRemoved',
      'messageUpdated',
      'participantJoined',
      'participantLeft',
      'participantUpdated',
    ]);
    expect(bodies(world)).toEqual(['d', 'e']);
    expect(messages[0]?.body).toBe('a, changed');
    expect(world.seen.find(({ event }) => event === 'messageRemoved')?.args).toEqual([messages[1]]);
    expect(world.seen.find(({ event }) => event === 'participantLeft')?.args).toEqual([carol]);
    expect(robert?.attributes).toEqual([1]);
    expect((await conversation.getParticipants()).map(({ identity }) => identity)).toEqual(['bob', 'alice', 'dave']);
    world.seen.length = 0;
    bob('messages.send', { conversation: sid, body: 'f' });
    await settle();
    expect(bodies(world)).toEqual(['f']);
  });

  it('announces once who joins while the fresh look is taken', async () => {
    const world = await inConversation();
    const { bob, sid, server, conversation, network, timers } = world;
    await conversation.getParticipants();
    server.missedAtMost = 1;
    network.online = false;
    network.socket.cut();
    for (const identity of ['carol', 'dave']) bob('participants.add', { conversation: sid, identity });
    network.online = true;
    await timers.advance(60_000);
    world.seen.length = 0;
    network.stop();
    server.trim(sid);
    bob('messages.send', { conversation: sid, body: 'lost' });
    server.trim(sid);
    bob('messages.send', { conversation: sid, body: 'after it' });
    network.socket.down.shift();
    // The event after the gap; the log, which does not reach back; the conversation. Then somebody joins.
    for (let at = 0; at < 3; at += 1) {
      network.socket.deliverUp();
      network.socket.deliverDown();
      await settle();
    }
    bob('participants.add', { conversation: sid, identity: 'erin' });
    network.flow();
    await settle();
    const joined = world.seen.filter(({ event }) => event === 'participantJoined').map(({ args }) => args[0]);
    expect(joined).toMatchObject([{ identity: 'erin' }]);
    expect(bodies(world)).toEqual(['lost', 'after it']);
  });

  it('goes on asking until it has been told of everything', async () => {
    const world = await inConversation();
    const { bob, sid, server, conversation } = world;
    await conversation.getParticipants();
    [server.missedAtMost, server.changesAtMost] = [1, 2];
    await away(world, () => {
      for (const body of ['a', 'b', 'c']) bob('messages.send', { conversation: sid, body });
      for (const identity of ['carol', 'dave']) bob('participants.add', { conversation: sid, identity });
    });
    expect(bodies(world)).toEqual(['a', 'b', 'c']);
    expect(changes(world).filter((event) => event === 'participantJoined')).toHaveLength(2);
    expect(world.asked('conversations.changes')).toHaveLength(3);
    expect((await conversation.getParticipants()).length).toBe(4);
  });

  it('asks again about those whom another answer brings meanwhile, since they may be gone', async () => {
    const world = await inConversation();
    const { bob, sid, server, conversation, network, timers } = world;
    bob('participants.add', { conversation: sid, identity: 'carol' });
    await settle();
    network.online = false;
    network.socket.cut();
    server.missedAtMost = 1;
    for (const body of ['a', 'b', 'c']) bob('messages.send', { conversation: sid, body });
    const list = conversation.getParticipants();
    network.online = true;
    await timers.advance(60_000);
    expect((await list).map(({ identity }) => identity)).toEqual(['bob', 'alice', 'carol']);
    expect(world.asked('conversations.changes')).toHaveLength(2);
  });

  it('does not announce participants as new who were only never asked for', async () => {
    const world = await inConversation();
    const { bob, sid, server, conversation } = world;
    bob('participants.add', { conversation: sid, identity: 'carol' });
    await conversation.getParticipantByIdentity('bob');
    await settle();
    world.seen.length = 0;
    server.missedAtMost = 1;
    await away(world, () => {
      bob('participants.update', { conversation: sid, participant: 'bob', attributes: '[1]' });
      bob('participants.remove', { conversation: sid, participant: 'carol' });
    });
    expect(changes(world)).toEqual(['participantLeft', 'participantUpdated']);
    expect(await conversation.getParticipants()).toHaveLength(2);
  });

  it('announces no more than the thousand newest messages', async () => {
    const world = await inConversation();
    const { bob, sid, server } = world;
    bob('messages.send', { conversation: sid, body: 'first' });
    await settle();
    world.seen.length = 0;
    await away(world, () => {
      for (let at = 1; at <= 1500; at += 1) bob('messages.send', { conversation: sid, body: `m${at}` });
      server.trim(sid);
    });
    expect(bodies(world)).toEqual(Array.from({ length: 1000 }, (_, at) => `m${501 + at}`));
  });

  it('altogether ends in a fresh look at everything', async () => {
    const world = await inConversation();
    const { bob, sid, server, client, conversation } = world;
    const others = ['kept', 'left', 'gone'].map((friendlyName) => {
      const other = bob('conversations.create', { friendlyName }).conversation.sid;
      bob('participants.add', { conversation: other, identity: 'alice' });
      return other;
    });
    await settle();
    const [kept, left, gone] = await Promise.all(others.map((other) => client.getConversationBySid(other)));
    world.seen.length = 0;
    await away(world, () => {
      bob('messages.send', { conversation: sid, body: 'missed' });
      bob('participants.remove', { conversation: others[1] ?? '', participant: 'alice' });
      bob('conversations.delete', { conversation: others[2] ?? '' });
      const fresh = bob('conversations.create', { friendlyName: 'new' }).conversation.sid;
      bob('participants.add', { conversation: fresh, identity: 'alice' });
      as(server, 'alice')('users.update', { user: 'alice', friendlyName: 'A.' });
      as(server, 'alice')('membership.update', { conversation: sid, notificationLevel: 'muted' });
      server.trim(client.user._data.sid);
    });
    expect(client.user.friendlyName).toBe('A.');
    expect(conversation.notificationLevel).toBe('muted');
    expect([kept, left, gone].map((one) => one?.status)).toEqual(['joined', 'notParticipating', 'notParticipating']);
    expect(bodies(world)).toEqual(['missed']);
    const added = world.seen.filter(({ event }) => event === 'conversationJoined').map(({ args }) => args[0]);
    expect(added).toMatchObject([{ friendlyName: 'new' }]);
    const removed = world.seen.filter(({ event }) => event === 'conversationRemoved').map(({ args }) => args[0]);
    expect(new Set(removed)).toEqual(new Set([left, gone]));
    world.seen.length = 0;
    bob('messages.send', { conversation: sid, body: 'live again' });
    await conversation.updateLastReadMessageIndex(0);
    await settle();
    expect(bodies(world)).toEqual(['live again']);
  });

  it('that shows only in a live gap ends in a fresh look as well', async () => {
    const world = await inConversation();
    const { bob, sid, server, network } = world;
    network.stop();
    bob('messages.send', { conversation: sid, body: 'one' });
    bob('messages.send', { conversation: sid, body: 'two' });
    network.socket.down.shift();
    server.trim(sid);
    network.flow();
    await settle();
    expect(bodies(world)).toEqual(['one', 'two']);
  });

  it('of one’s own stream while connected starts the connection anew', async () => {
    const world = await inConversation();
    const { server, network, conversation, sid, client, timers } = world;
    const alice = as(server, 'alice');
    network.stop();
    alice('membership.update', { conversation: sid, read: { mode: 'set', index: 5 } });
    alice('membership.update', { conversation: sid, read: { mode: 'set', index: 6 } });
    network.socket.down.splice(0, 2);
    server.trim(client.user._data.sid);
    network.flow();
    await timers.advance(2000);
    expect(conversation.lastReadMessageIndex).toBe(6);
    expect(network.sockets).toHaveLength(2);
  });
});

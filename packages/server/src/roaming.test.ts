import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canOpenNodes, type Node, type OpenNodes, openNodes } from './testing/open-nodes.ts';
import type { RawClient } from './testing/raw-client.ts';

/** A conversation of two users who are connected to different nodes. */
async function meet(here: Node, there: Node): Promise<{ room: string; ann: RawClient; ben: RawClient }> {
  const [ann, ben] = [await here.connect('ann'), await there.connect('ben')];
  const { conversation } = await ann.call('conversations.create', { key: crypto.randomUUID() });
  const room = conversation.sid;
  await ann.call('participants.add', { key: crypto.randomUUID(), conversation: room, identity: 'ann' });
  await ann.call('participants.add', { key: crypto.randomUUID(), conversation: room, identity: 'ben' });
  await ben.until(() => ben.events.some((event) => isJoin(event, room)));
  return { room, ann, ben };
}

function isJoin(event: RawClient['events'][number], room: string): boolean {
  return event.type === 'membership.added' && event.data.conversation.sid === room;
}

const send = (client: RawClient, conversation: string, body: string) =>
  client.call('messages.send', { key: crypto.randomUUID(), conversation, body });

/** What a client heard in a conversation, in the order in which it came. */
function heard(client: RawClient, room: string): { position: number; body: string | undefined }[] {
  return [...(client.connected?.events ?? []), ...client.events]
    .filter((event) => event.stream === room)
    .map(({ position, type, data }) => ({
      position,
      body: type === 'message.added' ? ((data as { body: string | null }).body ?? undefined) : undefined,
    }));
}

const bodies = (client: RawClient, room: string) => heard(client, room).flatMap(({ body }) => body ?? []);
const until = (client: RawClient, room: string, body: string) =>
  client.until(() => bodies(client, room).includes(body));

describe.skipIf(!canOpenNodes)('With several nodes', () => {
  let nodes: OpenNodes;
  let here: Node;
  let there: Node;
  beforeAll(async () => {
    nodes = await openNodes(2);
    [here, there] = nodes.nodes as [Node, Node];
  }, 60_000);
  afterAll(() => nodes.discard(), 60_000);

  test('What is written at one is heard at the other, whole and in order, both ways at a time.', async () => {
    const { room, ann, ben } = await meet(here, there);
    const said = (who: string) => Array.from({ length: 50 }, (_, n) => `${who} ${n}`);
    await Promise.all([
      ...said('ann').map((body) => send(ann, room, body)),
      ...said('ben').map((body) => send(ben, room, body)),
    ]);
    for (const client of [ann, ben]) await client.until(() => bodies(client, room).length >= 100);
    const [atAnn, atBen] = [heard(ann, room), heard(ben, room)];
    expect(atBen).toEqual(atAnn.slice(-atBen.length));
    expect(atAnn.map(({ position }) => position)).toEqual(atAnn.map((_, n) => n + (atAnn[0]?.position ?? 0)));
    expect(bodies(ann, room)).toEqual(bodies(ben, room));
    for (const who of ['ann', 'ben']) {
      expect(bodies(ann, room).filter((body) => body.startsWith(who))).toEqual(said(who));
    }
  });

  test('Who is cut off from one node goes on at the other, and nothing is lost or doubled.', async () => {
    const { room, ann, ben } = await meet(here, there);
    await send(ann, room, 'before');
    await until(ben, room, 'before');
    const first = bodies(ben, room);
    ben.cut();
    for (let n = 0; n < 20; n += 1) await send(ann, room, `missed ${n}`);
    const writing = (async () => {
      for (let n = 0; n < 20; n += 1) await send(ann, room, `meanwhile ${n}`);
    })();
    const again = await here.connect('ben', ben.resume);
    await writing;
    await send(ann, room, 'after');
    await until(again, room, 'after');
    const range = (what: string) => Array.from({ length: 20 }, (_, n) => `${what} ${n}`);
    expect([...first, ...bodies(again, room)]).toEqual(['before', ...range('missed'), ...range('meanwhile'), 'after']);
  });

  test('Who comes back is told at once where he is let in, however much he has missed elsewhere.', async () => {
    const { room, ann, ben } = await meet(here, there);
    ben.cut();
    for (let n = 0; n < 20; n += 1) await send(ann, room, `missed ${n}`);
    const again = await here.connect('ben', ben.resume);
    expect(bodies(again, room)).toHaveLength(20);
    const { conversation } = await ann.call('conversations.create', { key: crypto.randomUUID() });
    for (const identity of ['ann', 'ben']) {
      await ann.call('participants.add', { key: crypto.randomUUID(), conversation: conversation.sid, identity });
    }
    await send(ann, conversation.sid, 'welcome');
    await until(again, conversation.sid, 'welcome');
    const own = again.events.filter(({ stream }) => stream === again.connected?.user.sid);
    expect(own.some((event) => isJoin(event, conversation.sid))).toBe(true);
  });

  test('Typing is told at the other node, and not to him who types.', async () => {
    const { room, ann, ben } = await meet(here, there);
    await ann.call('typing', { conversation: room });
    await ben.until(() => ben.notifications.some(({ method }) => method === 'typing'));
    expect(ann.notifications.filter(({ method }) => method === 'typing')).toEqual([]);
  });

  test('While NATS is away the other node hears it all the same, and at once when it is back.', async () => {
    const { room, ann, ben } = await meet(here, there);
    await nodes.nats?.kill();
    await send(ann, room, 'without');
    await until(ben, room, 'without');
    const third = await nodes.open();
    const cat = await third.connect('cat');
    await ann.call('participants.add', { key: crypto.randomUUID(), conversation: room, identity: 'cat' });
    await send(ann, room, 'to a node that began without it');
    for (const client of [ben, cat]) await until(client, room, 'to a node that began without it');
    await nodes.nats?.start();
    await send(ben, room, 'with');
    for (const client of [ann, cat]) await until(client, room, 'with');
    expect(bodies(ben, room)).toEqual(['without', 'to a node that began without it', 'with']);
    await third.stop();
  });
});

describe.skipIf(!canOpenNodes)('With several nodes and no NATS', () => {
  let nodes: OpenNodes;
  beforeAll(async () => {
    nodes = await openNodes(2, { withNats: false });
  }, 60_000);
  afterAll(() => nodes.discard(), 60_000);

  test('What is written at one is heard at the other.', async () => {
    const [here, there] = nodes.nodes as [Node, Node];
    const { room, ann, ben } = await meet(here, there);
    for (let n = 0; n < 10; n += 1) await send(ann, room, `${n}`);
    await until(ben, room, '9');
    expect(bodies(ben, room)).toEqual(bodies(ann, room));
  });
});

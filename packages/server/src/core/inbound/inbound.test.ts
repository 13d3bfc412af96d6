import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { InboundEvent } from '../../channels/events.ts';
import { ingestFor } from '../../channels/ingest.ts';
import { account, openRig, type Rig } from '../../channels/test-rig.ts';
import { changeDatabase } from '../../testing/change-database.ts';
import { deleteConversation, updateConversation } from '../conversations/actions.ts';
import { mostUnrouted, purgeInbound } from './actions.ts';
import { selectCorrespondent } from './correspondents.ts';
import { selectUnrouted } from './store.ts';

const back = { kind: 'account', account } as const;
const proxyAddress = '+12025550100';
const ann = { address: '+12025550123', proxyAddress };
const bob = { address: '+12025550124', proxyAddress };

let rig: Rig;
let ingest: ReturnType<typeof ingestFor>;
beforeEach(async () => {
  rig = await openRig();
  ingest = ingestFor(rig, 'test');
});
afterEach(() => rig.close());

let events = 0;
function from(sender: string, text: string, more: { recipient?: string; eventId?: string } = {}): InboundEvent {
  events += 1;
  const { recipient = proxyAddress, eventId = `event ${events}` } = more;
  const parts = [{ kind: 'text', text } as const];
  return { type: 'message', eventId, providerId: eventId, sender, recipient, at: 0, parts };
}
async function take(event: InboundEvent) {
  const [taken] = await ingest([event]);
  if (taken?.type !== 'message') throw new Error('A message was not taken in as one.');
  return taken.routing;
}
const unrouted = async () => (await selectUnrouted(rig.core.db, { limit: 10 })).items;

it('goes to the conversation where the sender is bound to the address he wrote to', async () => {
  const conversation = await rig.converse(ann);
  const other = await rig.converse({ ...ann, proxyAddress: '+12025550101' });
  const routing = await take(from(ann.address, 'hello'));
  expect(routing).toMatchObject({ outcome: 'routed', conversation });
  const [message] = await rig.messages(conversation);
  expect(message).toMatchObject({ sid: routing.message, author: ann.address, body: 'hello', receipt_count: 0 });
  expect(message?.participant_sid).toMatch(/^MB/);
  expect(await rig.messages(other)).toEqual([]);
});

it('is kept where nobody is, when its sender is longer than any address, and so is what he says of being written to', async () => {
  const sender = `messenger:${randomBytes(3000).toString('hex')}`;
  expect(await take(from(sender, 'hello'))).toMatchObject({
    outcome: 'unrouted',
    reason: expect.stringContaining('256'),
  });
  expect(await unrouted()).toHaveLength(1);
  await ingest([{ type: 'consent', eventId: 'stop', sender, recipient: proxyAddress, state: 'stop', at: 0 }]);
  expect(await rig.core.db.sql.selectFrom('correspondents').selectAll().execute()).toEqual([]);
});

it('is brought to the other participants outside chat, but not back to its author', async () => {
  const conversation = await rig.converse(ann, bob);
  await take(from(ann.address, 'hello'));
  const [message] = await rig.messages(conversation);
  expect(message?.receipt_count).toBe(1);
  expect((await rig.outbox()).map((row) => JSON.parse(row.payload).recipient)).toEqual([bob.address]);
});

it('finds the number under another spelling of it, and names the author as he is bound', async () => {
  const conversation = await rig.converse({ address: '+5215512345678', proxyAddress });
  await take(from('+525512345678', 'hola'));
  expect((await rig.messages(conversation)).map((message) => message.author)).toEqual(['+5215512345678']);
});

it('finds whoever has a network call him by several addresses, the likeliest first, and opens his window', async () => {
  const recipient = 'whatsapp:+12025550100';
  const ids = ['whatsapp:US.1', 'whatsapp:US.ENT.1'];
  const conversation = await rig.converse({ address: 'whatsapp:US.ENT.1', proxyAddress: recipient });
  const event = { ...from('whatsapp:+12025550123', 'hello', { recipient }), aliases: ids } as InboundEvent;
  expect(await take(event)).toMatchObject({ outcome: 'routed', conversation });
  expect((await rig.messages(conversation)).map((message) => message.author)).toEqual(['whatsapp:US.ENT.1']);
  const pair = { account, sender: 'whatsapp:US.ENT.1', recipient };
  expect(await selectCorrespondent(rig.core.db, pair)).toMatchObject({ last_inbound: rig.clock.now() });
  const likelier = await rig.converse({ address: 'whatsapp:US.1', proxyAddress: recipient });
  const again = { ...from('whatsapp:+12025550123', 'and again', { recipient }), aliases: ids } as InboundEvent;
  expect(await take(again)).toMatchObject({ outcome: 'routed', conversation: likelier });
});

it('is kept as unrouted when nobody is bound to that pair, and is not lost', async () => {
  const routing = await take(from('+447700900123', 'anyone there?'));
  expect(routing).toMatchObject({ outcome: 'unrouted', conversation: null, message: null });
  expect(await unrouted()).toEqual([expect.objectContaining({ sender: 'test', reason: routing.reason })]);
  expect(JSON.parse((await unrouted())[0]?.payload ?? '')).toMatchObject({ sender: '+447700900123' });
});

it('is unrouted when the conversation was closed or removed', async () => {
  const { service } = rig;
  const closed = await rig.converse(ann);
  await rig.core.run(updateConversation, back, { service, conversation: closed, state: 'closed' });
  expect(await take(from(ann.address, 'one'))).toMatchObject({ outcome: 'unrouted' });
  const removed = await rig.converse(ann);
  await rig.core.run(deleteConversation, back, { service, conversation: removed });
  expect(await take(from(ann.address, 'two'))).toMatchObject({ outcome: 'unrouted' });
  const open = await rig.converse(ann);
  expect(await take(from(ann.address, 'three'))).toMatchObject({ outcome: 'routed', conversation: open });
});

it('makes an inactive conversation active again', async () => {
  const { service } = rig;
  const conversation = await rig.converse(ann);
  await rig.core.run(updateConversation, back, { service, conversation, state: 'inactive' });
  await take(from(ann.address, 'back again'));
  const row = await rig.core.db.sql
    .selectFrom('conversations')
    .select('state')
    .where('sid', '=', conversation)
    .executeTakeFirst();
  expect(row?.state).toBe('active');
});

it('is unrouted, with the reason, when it is no message that a conversation can hold', async () => {
  await rig.converse(ann);
  expect(await take(from(ann.address, ''))).toMatchObject({
    outcome: 'unrouted',
    reason: 'It has neither text nor media that could be kept.',
  });
  const long = await take(from(ann.address, 'ü'.repeat(16 * 1024 + 1)));
  expect(long).toMatchObject({ outcome: 'unrouted', reason: expect.stringContaining('longer') });
});

it('answers a repeated event as the first time, also when the conversation was closed in between', async () => {
  const { service } = rig;
  const conversation = await rig.converse(ann);
  const event = from(ann.address, 'hello', { eventId: 'the same' });
  const first = await take(event);
  await rig.core.run(updateConversation, back, { service, conversation, state: 'closed' });
  expect(await take(event)).toEqual(first);
  expect(await rig.messages(conversation)).toHaveLength(1);
  expect(await unrouted()).toEqual([]);
});

it('is taken in once, and what answers it finds it, however long the ids are that the provider gives', async () => {
  const conversation = await rig.converse(ann);
  const long = () => randomBytes(6000).toString('base64');
  const ids = [long(), long(), long()] as const;
  const events = ids.map((id) => ({ ...from(ann.address, 'x', { eventId: id }), providerId: id }) as InboundEvent);
  for (const event of [...events, ...events]) await take(event);
  expect(await rig.messages(conversation)).toHaveLength(3);
  const answer = { ...from(ann.address, 'to the second'), replyTo: ids[1] } as InboundEvent;
  await take(answer);
  const [, second, , last] = await rig.messages(conversation);
  expect(JSON.parse(last?.attributes ?? '')).toEqual({ reply_to: second?.sid });
  const status = { type: 'status', eventId: `${ids[0]} read`, providerId: ids[0], status: 'read', at: 0 } as const;
  await ingest([status, status]);
  const waiting = rig.core.db.sql.selectFrom('inbound_events').select('outcome').where('outcome', '=', 'unmatched');
  expect(await waiting.execute()).toHaveLength(1);
});

it('keeps the order of a batch', async () => {
  const conversation = await rig.converse(ann);
  const texts = Array.from({ length: 50 }, (_, at) => `text ${at}`);
  await ingest(texts.map((text) => from(ann.address, text)));
  expect((await rig.messages(conversation)).map((message) => message.body)).toEqual(texts);
});

it('is recognised as a repetition for a week; unrouted ones stay for 30 days', async () => {
  const conversation = await rig.converse(ann);
  const event = from(ann.address, 'hello', { eventId: 'the same' });
  await take(event);
  await take(from('+447700900123', 'anyone there?'));
  const day = 24 * 60 * 60 * 1000;
  rig.clock.advance(7 * day);
  await rig.core.run(purgeInbound, back, {});
  await take(event);
  expect(await rig.messages(conversation)).toHaveLength(1);
  rig.clock.advance(23 * day);
  await rig.core.run(purgeInbound, back, {});
  expect(await unrouted()).toHaveLength(1);
  rig.clock.advance(1);
  await rig.core.run(purgeInbound, back, {});
  expect(await unrouted()).toEqual([]);
});

it('that nobody waits for is kept as long as there are not too many of them: then the oldest go', async () => {
  await take(from('+447700900123', 'first'));
  rig.clock.advance(1);
  await take(from('+447700900124', 'last'));
  const columns = 'payload, outcome, reason, provider_id, conversation_sid, message_sid, date_created';
  await changeDatabase(
    rig.directory,
    `INSERT INTO inbound_events (sender, event_id, ${columns})
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${mostUnrouted - 1})
    SELECT sender, 'flood ' || i, ${columns}
    FROM n, (SELECT * FROM inbound_events ORDER BY date_created DESC LIMIT 1) AS newest`,
  );
  const first = () =>
    rig.core.db.sql.selectFrom('inbound_events').select('payload').where('payload', 'like', '%first%').execute();
  expect(await first()).toHaveLength(1);
  while ((await rig.core.run(purgeInbound, back, {})).more);
  expect(await first()).toEqual([]);
});

it('tells when somebody wrote for 30 days, and for ever that he wants no messages', async () => {
  await ingest([from(ann.address, 'hello'), from('+447700900123', 'hello')]);
  const consent = { type: 'consent', eventId: 'c', sender: ann.address, recipient: proxyAddress, at: 0 } as const;
  await ingest([{ ...consent, state: 'stop' }]);
  const known = async () =>
    (await rig.core.db.sql.selectFrom('correspondents').select(['address', 'stopped']).execute())
      .filter(({ address }) => [ann.address, '+447700900123'].includes(address))
      .map(({ address, stopped }) => [address, stopped])
      .sort();
  rig.clock.advance(30 * 24 * 60 * 60 * 1000);
  await rig.core.run(purgeInbound, back, {});
  expect(await known()).toEqual([
    [ann.address, 1],
    ['+447700900123', 0],
  ]);
  rig.clock.advance(1);
  await rig.core.run(purgeInbound, back, {});
  expect(await known()).toEqual([[ann.address, 1]]);
  await ingest([{ ...consent, eventId: 'd', state: 'start' }]);
  await rig.core.run(purgeInbound, back, {});
  expect(await known()).toEqual([]);
});

it('is forgotten a piece at a time', async () => {
  await rig.converse(ann);
  const texts = Array.from({ length: 1100 }, (_, at) => from(ann.address, 'x', { eventId: `old ${at}` }));
  for (let begin = 0; begin < texts.length; begin += 100) {
    await ingest(texts.slice(begin, begin + 100));
    rig.clock.advance(1);
  }
  rig.clock.advance(31 * 24 * 60 * 60 * 1000);
  const left = async () => (await rig.core.db.sql.selectFrom('inbound_events').select('event_id').execute()).length;
  expect(await rig.core.run(purgeInbound, back, {})).toEqual({ more: true });
  expect(await left()).toBe(100);
  expect(await rig.core.run(purgeInbound, back, {})).toEqual({ more: false });
  expect(await left()).toBe(0);
});

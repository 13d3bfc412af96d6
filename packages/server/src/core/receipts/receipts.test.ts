import type { DeliveryStatus, DeliverySummary, ReceiptResource } from '@colloquy/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { InboundEvent } from '../../channels/events.ts';
import { ingestFor } from '../../channels/ingest.ts';
import { account, openRig, type Rig } from '../../channels/test-rig.ts';
import { updateConversation } from '../conversations/actions.ts';
import { readEvents } from '../log.ts';
import { removeMessage } from '../messages/actions.ts';
import { claimWork } from '../outbox/actions.ts';
import { acceptDelivery, postponeDelivery } from './actions.ts';
import { channelMessageSid } from './resource.ts';

const actor = { kind: 'system', account } as const;
const proxyAddress = '+12025550100';
const ann = { address: '+12025550123', proxyAddress };
const bob = { address: '+12025550124', proxyAddress };
const cyd = { address: '+12025550125', proxyAddress };

let rig: Rig;
let ingest: ReturnType<typeof ingestFor>;
beforeEach(async () => {
  rig = await openRig();
  ingest = ingestFor(rig, 'test');
});
afterEach(() => rig.close());

async function eventsOf(conversation: string) {
  const events = await readEvents(rig.core.db, conversation, 0, 1000);
  expect(events.map((event) => event.position)).toEqual(events.map((_, at) => at + 1));
  return events.map((event) => ({ type: event.type, data: JSON.parse(event.data) }));
}
const since = async (conversation: string, count: number) => (await eventsOf(conversation)).slice(count);
const named = (events: { type: string }[]) => events.map((event) => event.type);

const status = (deliveryId: string, word: DeliveryStatus, receiptCode?: number): InboundEvent => ({
  type: 'status',
  eventId: `${deliveryId} ${word}`,
  deliveryId,
  status: word,
  at: 0,
  ...(receiptCode !== undefined && { error: { code: 'x', message: 'no', receiptCode } }),
});

it('are added for each participant outside chat, after the message, which says so', async () => {
  const conversation = await rig.converse(ann, bob);
  const before = (await eventsOf(conversation)).length;
  const message = await rig.say(conversation, 'hello');
  const events = await since(conversation, before);
  expect(named(events)).toEqual(['message.added', 'receipt.added', 'receipt.added']);
  const [added, ...receipts] = events;
  expect(added?.data.delivery).toEqual({
    total: 2,
    sent: 'none',
    delivered: 'none',
    read: 'none',
    failed: 'none',
    undelivered: 'none',
  } satisfies DeliverySummary);
  for (const { data } of receipts) {
    expect(data).toMatchObject({ messageSid: message.sid, messageIndex: 0, status: null, errorCode: 0 });
    expect((data as ReceiptResource).sid).toMatch(/^DY[0-9a-f]{32}$/);
  }
  expect(await rig.outbox()).toHaveLength(2);
});

it('are not made for a conversation of chat users only', async () => {
  const conversation = await rig.converse();
  const message = await rig.say(conversation, 'hello');
  expect(message.delivery).toBeNull();
  expect(await rig.outbox()).toEqual([]);
});

it('change with what is reported, and the message only when its summary does', async () => {
  const conversation = await rig.converse(ann, bob, cyd);
  const message = await rig.say(conversation, 'hello');
  const deliveries = (await rig.receipts(message)).map((receipt) => receipt.delivery_id);
  const [first, second, third] = deliveries as [string, string, string];
  let count = (await eventsOf(conversation)).length;
  const news = async () => {
    const events = await since(conversation, count);
    count += events.length;
    return events;
  };

  await ingest([status(first, 'sent')]);
  let events = await news();
  expect(named(events)).toEqual(['receipt.updated', 'message.updated']);
  expect(events[1]?.data.delivery).toMatchObject({ sent: 'some', delivered: 'none' });

  // One of three or two of three, it is "some".
  await ingest([status(second, 'sent')]);
  expect(named(await news())).toEqual(['receipt.updated']);

  await ingest(deliveries.map((delivery) => status(delivery, 'delivered')));
  events = await news();
  expect(events.filter((event) => event.type === 'receipt.updated')).toHaveLength(3);
  expect(events.at(-1)?.data.delivery).toMatchObject({ sent: 'all', delivered: 'all', read: 'none' });

  await ingest([status(first, 'sent'), status(third, 'delivered'), status(first, 'failed', 30003)]);
  expect(await news()).toEqual([]);

  const [row] = await rig.messages(conversation);
  expect(row?.date_updated).toBe(message.date_updated);
  expect(JSON.parse(row?.delivery ?? '')).toEqual(events.at(-1)?.data.delivery);
});

it('keep the code of a failure, and nothing after it', async () => {
  const conversation = await rig.converse(ann);
  const message = await rig.say(conversation, 'hello');
  const [receipt] = await rig.receipts(message);
  const delivery = receipt?.delivery_id ?? '';
  await ingest([status(delivery, 'sent'), status(delivery, 'undelivered', 30003), status(delivery, 'delivered')]);
  expect(await rig.receipts(message)).toEqual([expect.objectContaining({ status: 'undelivered', error_code: 30003 })]);
  const [row] = await rig.messages(conversation);
  expect(JSON.parse(row?.delivery ?? '')).toMatchObject({ sent: 'none', undelivered: 'all' });
});

it('move the read horizon of the participant who read, forward only', async () => {
  const conversation = await rig.converse({ address: 'whatsapp:+12025550123', proxyAddress: 'whatsapp:+12025550100' });
  const messages = [await rig.say(conversation, 'one'), await rig.say(conversation, 'two')];
  const [one, two] = await Promise.all(messages.map(async (message) => (await rig.receipts(message))[0]?.delivery_id));
  const count = (await eventsOf(conversation)).length;
  await ingest([status(two ?? '', 'read'), status(one ?? '', 'read')]);
  const moved = (await since(conversation, count)).filter((event) => event.type === 'participant.updated');
  expect(moved.map((event) => event.data.lastReadMessageIndex)).toEqual([1]);
});

it('still change when the conversation is closed by then, but the read horizon does not', async () => {
  const conversation = await rig.converse(ann);
  const message = await rig.say(conversation, 'hello');
  const [receipt] = await rig.receipts(message);
  const { service } = rig;
  await rig.core.run(updateConversation, { kind: 'account', account }, { service, conversation, state: 'closed' });
  const count = (await eventsOf(conversation)).length;
  await ingest([status(receipt?.delivery_id ?? '', 'read')]);
  expect(named(await since(conversation, count))).toEqual(['receipt.updated', 'message.updated']);
});

it('are found by the id that the provider gave, of whatever form it is', async () => {
  const conversation = await rig.converse(ann);
  const message = await rig.say(conversation, 'hello');
  const [work] = await rig.core.run(claimWork, actor, { kind: 'channel', limit: 1, lease: 'mine', leaseMs: 1000 });
  const providerId = 'wamid.HBgLMTIwMjU1NTAxMjMVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA';
  const [early] = await ingest([{ type: 'status', eventId: '1', providerId, status: 'delivered', at: 0 }]);
  expect(early).toEqual({ type: 'status', outcome: 'unmatched' });
  const receipt = work?.id ?? '';
  await rig.core.run(acceptDelivery, actor, {
    ...{ conversation, receipt, message: message.sid, delivery: receipt, lease: 'mine', channel: 'test', providerId },
    lane: work?.lane ?? '',
    ...{ status: 'sent', leaseMs: 1000, attempt: 1, piece: 0, pieces: 1, changes: [], doubt: null, anew: false },
  });
  expect(await rig.receipts(message)).toEqual([
    expect.objectContaining({ status: 'delivered', channel_message_sid: channelMessageSid('test', providerId) }),
  ]);
  await ingest([{ type: 'status', eventId: '2', providerId, status: 'read', at: 0 }]);
  expect((await rig.receipts(message))[0]?.status).toBe('read');
  expect(channelMessageSid('test', providerId)).toMatch(/^SM[0-9a-f]{32}$/);
  expect(channelMessageSid('test', `SM${'a'.repeat(32)}`)).toBe(`SM${'a'.repeat(32)}`);
});

it('leave no record of attempts when the message is removed while one is under way', async () => {
  const conversation = await rig.converse(ann);
  const message = await rig.say(conversation, 'hello');
  const [work] = await rig.core.run(claimWork, actor, { kind: 'channel', limit: 1, lease: 'mine', leaseMs: 1000 });
  const back = { kind: 'account', account } as const;
  await rig.core.run(removeMessage, back, { service: rig.service, conversation, message: message.sid });
  const receipt = work?.id ?? '';
  const held = await rig.core.run(postponeDelivery, actor, {
    ...{ conversation, receipt, message: message.sid, delivery: receipt, lease: 'mine', channel: 'test' },
    ...{ attempt: 1, piece: 0, pieces: 1, changes: [], doubt: null, anew: false, notBefore: 0, counted: true },
    failure: { outcome: 'rejected', kind: 'busy', code: 'busy', message: 'Later.' },
  });
  expect(held).toBe(true);
  expect(await rig.core.db.sql.selectFrom('delivery_attempts').selectAll().execute()).toEqual([]);
});

it('ignore what is reported about a delivery that nobody made', async () => {
  expect(await ingest([status(`DY${'0'.repeat(32)}`, 'delivered')])).toEqual([{ type: 'status', outcome: 'ignored' }]);
});

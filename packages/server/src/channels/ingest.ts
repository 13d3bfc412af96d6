import type { Sid } from '@colloquy/protocol';
import { parseAddress, variantsOf } from '../core/addresses.ts';
import type { Core } from '../core/core.ts';
import { receiveInbound } from '../core/inbound/actions.ts';
import { findBinding } from '../core/inbound/store.ts';
import { receiptOf, recordStatus } from '../core/receipts/actions.ts';
import { channelMessageSid } from '../core/receipts/resource.ts';
import { selectByChannelMessage, selectReceipt } from '../core/receipts/store.ts';
import type { InboundEvent, Ingested } from './channel.ts';

type MessageEvent = Extract<InboundEvent, { type: 'message' }>;
type StatusEvent = Extract<InboundEvent, { type: 'status' }>;

/** Takes in the events of one channel: see `Host.ingest`. */
export function ingestFor(core: Core, account: Sid<'AC'>, channel: string) {
  const actor = { kind: 'system', account } as const;

  async function expectedFor(event: InboundEvent): Promise<string | null> {
    if (event.type === 'message') {
      const spellings = [event.sender, ...variantsOf(event.sender)];
      return (await findBinding(core.db, account, event.recipient, spellings))?.conversation_sid ?? null;
    }
    const receipt = event.deliveryId
      ? await selectReceipt(core.db, receiptOf(event.deliveryId))
      : await selectByChannelMessage(core.db, channelMessageSid(event.providerId ?? ''));
    return receipt?.conversation_sid ?? null;
  }

  async function takeMessage(event: MessageEvent, expected: string | null): Promise<Ingested> {
    const body = event.parts.map((part) => part.text).join('\n');
    const { eventId, sender, recipient } = event;
    const input = { channel, eventId, sender, recipient, body, payload: JSON.stringify(event), expected };
    const from = parseAddress(sender);
    const sent = { ...actor, channel: from.ok ? from.type : channel };
    return { type: 'message', routing: await core.run(receiveInbound, sent, input) };
  }

  async function takeStatus(event: StatusEvent, expected: string | null): Promise<Ingested> {
    const failed = event.status === 'failed' || event.status === 'undelivered';
    const outcome = await core.run(recordStatus, actor, {
      channel,
      eventId: event.eventId,
      delivery: event.deliveryId ?? null,
      providerId: event.providerId ?? null,
      status: event.status,
      // 30008 is the contract's "unknown error"; only failures have a code.
      errorCode: failed ? (event.error?.receiptCode ?? 30008) : 0,
      expected,
    });
    return { type: 'status', outcome };
  }

  return async (events: readonly InboundEvent[]): Promise<Ingested[]> => {
    const taken: Promise<Ingested>[] = [];
    for (const event of events) {
      const expected = await expectedFor(event);
      // Handed over in order but not awaited: they share a commit.
      taken.push(event.type === 'message' ? takeMessage(event, expected) : takeStatus(event, expected));
    }
    return Promise.all(taken);
  };
}

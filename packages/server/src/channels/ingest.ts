import { parseAddress } from '../core/addresses.ts';
import { receiveInbound } from '../core/inbound/actions.ts';
import { findCapturing, type Parties } from '../core/inbound/destination.ts';
import { selectInbound } from '../core/inbound/store.ts';
import { receiptOf, recordStatus } from '../core/receipts/actions.ts';
import { channelMessageSid } from '../core/receipts/resource.ts';
import { selectByChannelMessage, selectReceipt } from '../core/receipts/store.ts';
import { type InboundEvent, type Ingested, textOf } from './channel.ts';
import { type InboundMediaOptions, storeInboundMedia } from './media/inbound.ts';

type MessageEvent = Extract<InboundEvent, { type: 'message' }>;
type StatusEvent = Extract<InboundEvent, { type: 'status' }>;

/** Takes in the events of one channel: see `Host.ingest`. */
export function ingestFor(options: InboundMediaOptions & { groupTexting?: boolean }, channel: string) {
  const { core, account } = options;
  const actor = { kind: 'system', account } as const;

  /** Where there is no group texting, a group text is one to the own address alone. */
  function partiesOf({ sender, recipient, others = [] }: MessageEvent): Parties {
    return { sender, recipient, others: options.groupTexting ? others : [] };
  }

  async function expectedFor(event: InboundEvent): Promise<string | null> {
    if (event.type === 'message') {
      return (await findCapturing(core.db, account, partiesOf(event)))?.conversation ?? null;
    }
    const receipt = event.deliveryId
      ? await selectReceipt(core.db, receiptOf(event.deliveryId))
      : await selectByChannelMessage(core.db, channelMessageSid(event.providerId ?? ''));
    return receipt?.conversation_sid ?? null;
  }

  /** What is a repetition needs no second copy of its files. */
  async function mediaOf(event: MessageEvent): Promise<string[]> {
    if (event.parts.every((part) => part.kind === 'text')) return [];
    if (await selectInbound(core.db, channel, event.eventId)) return [];
    return storeInboundMedia(options, event.sender, event.parts);
  }

  async function takeMessage(event: MessageEvent, expected: string | null, media: string[]): Promise<Ingested> {
    const body = textOf(event.parts);
    const parties = partiesOf(event);
    const input = {
      channel,
      eventId: event.eventId,
      ...parties,
      body,
      media,
      payload: JSON.stringify(event),
      expected,
    };
    const from = parseAddress(event.sender);
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
    try {
      for (const event of events) {
        const expected = await expectedFor(event);
        // Handed over in order but not awaited: they share a commit.
        if (event.type === 'message') taken.push(takeMessage(event, expected, await mediaOf(event)));
        else taken.push(takeStatus(event, expected));
      }
    } catch (error) {
      await Promise.allSettled(taken);
      throw error;
    }
    return Promise.all(taken);
  };
}

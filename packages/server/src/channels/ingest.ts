import type { DeliveryStatus } from '@colloquy/protocol';
import { parseAddress } from '../core/addresses.ts';
import { type ReceiveInbound, receiveInbound } from '../core/inbound/actions.ts';
import { noteConsent } from '../core/inbound/correspondents.ts';
import { findCapturing, type Parties } from '../core/inbound/destination.ts';
import { selectInbound } from '../core/inbound/store.ts';
import { findReported, recordStatus } from '../core/receipts/statuses.ts';
import { storableIn } from '../core/storable.ts';
import { concernsSender, restAfter } from '../delivery/channels/sender-gates.ts';
import type { InboundConsent, InboundEvent, InboundMessage, InboundStatus, Ingested } from './events.ts';
import { type InboundMediaOptions, storeInboundMedia } from './media/inbound.ts';
import { type ProviderError, textOf } from './message.ts';

/** What a report said of a delivery. */
export interface StatusReport {
  status: DeliveryStatus;
  /** Null where it is not known yet. */
  delivery: string | null;
  /** Why the provider sends nothing for the whole sender. */
  refusal: ProviderError | null;
}

export interface IngestOptions extends InboundMediaOptions {
  groupTexting?: boolean;
  /** Told of reports that say something of the whole sender, when they are on disk. */
  onReport?: ((report: StatusReport) => void) | undefined;
}

/** Takes in the events of one channel: see `Host.ingest`. */
export function ingestFor(options: IngestOptions, channel: string) {
  const { core, account } = options;
  const actor = { kind: 'system', account } as const;

  async function expectedFor(event: InboundMessage | InboundStatus): Promise<string | null> {
    if (event.type === 'message') {
      const parties = partiesOf(event, channel, options.groupTexting ?? false);
      return (await findCapturing(core.db, account, parties))?.conversation ?? null;
    }
    const { deliveryId: delivery = null, providerId = null } = event;
    return (await findReported(core.db, { channel, delivery, providerId }))?.receipt.conversation_sid ?? null;
  }

  /** The files that are here. What is a repetition needs no second copy of them. */
  async function mediaOf(event: InboundMessage): Promise<string[]> {
    if (event.parts.every((part) => part.kind === 'text') || awaitsFiles(event)) return [];
    if (await selectInbound(core.db, channel, event.eventId)) return [];
    return (await storeInboundMedia(options, event.sender, event.parts)).stored;
  }

  async function takeMessage(event: InboundMessage, expected: string | null, media: string[]): Promise<Ingested> {
    const input = { ...inboundInput(event, channel, options.groupTexting ?? false), media, expected };
    const from = parseAddress(event.sender);
    const sent = { ...actor, channel: from.ok ? from.type : channel };
    return { type: 'message', routing: await core.run(receiveInbound, sent, input) };
  }

  async function takeStatus(event: InboundStatus, expected: string | null): Promise<Ingested> {
    const failed = event.status === 'failed' || event.status === 'undelivered';
    const refusal = failed ? refusalIn(event) : null;
    const { outcome, delivery } = await core.run(recordStatus, actor, {
      channel,
      eventId: event.eventId,
      delivery: event.deliveryId ?? null,
      providerId: event.providerId ?? null,
      status: event.status,
      // 30008 is the contract's "unknown error"; only failures have a code.
      errorCode: failed ? (event.error?.receiptCode ?? 30008) : 0,
      ...(refusal && { refusal: { ...refusal, retryAfterMs: restAfter(refusal) } }),
      expected,
    });
    if (outcome !== 'ignored') options.onReport?.({ status: event.status, delivery, refusal });
    return { type: 'status', outcome };
  }

  async function takeConsent({ eventId, sender, recipient, state }: InboundConsent): Promise<Ingested> {
    await core.run(noteConsent, actor, { channel, eventId, sender, recipient, state });
    return { type: 'consent' };
  }

  return async (given: readonly InboundEvent[]): Promise<Ingested[]> => {
    // Nobody can be asked to say it otherwise.
    const events = storableIn(given);
    const taken: Promise<Ingested>[] = [];
    try {
      for (const event of events) {
        // Handed over in order but not awaited: they share a commit.
        if (event.type === 'consent') {
          taken.push(takeConsent(event));
          continue;
        }
        const expected = await expectedFor(event);
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

function refusalIn({ error }: InboundStatus): ProviderError | null {
  if (!error?.kind) return null;
  const refusal = { ...error, kind: error.kind };
  return concernsSender(refusal) ? refusal : null;
}

function awaitsFiles({ parts }: InboundMessage): boolean {
  return parts.some((part) => part.kind === 'media' && 'source' in part);
}

/** Where there is no group texting, a group text is one to the own address alone. */
function partiesOf(event: InboundMessage, channel: string, groupTexting: boolean): Parties {
  const { sender, aliases, recipient, others = [], conversation, joins, thread, unproven } = event;
  const all = groupTexting ? others : [];
  return { sender, aliases, recipient, others: all, channel, conversation, joins, thread, unproven };
}

/** A message from outside as the core takes it, without its files. */
export function inboundInput(
  event: InboundMessage,
  channel: string,
  groupTexting: boolean,
): Omit<ReceiveInbound, 'media' | 'expected'> & { channel: string } {
  const { eventId, providerId, subject, replyTo, reaction, notice, details } = event;
  return {
    ...partiesOf(event, channel, groupTexting),
    channel,
    eventId,
    providerId,
    body: textOf(event.parts),
    subject,
    replyTo,
    reaction,
    notice,
    details,
    awaitsFiles: awaitsFiles(event),
    payload: JSON.stringify(event),
  };
}

import type { Channel } from '../../channels/channel.ts';
import type { OutboundMessage, Part } from '../../channels/message.ts';
import { addressTypeOf } from '../../core/addresses.ts';
import { selectCorrespondent } from '../../core/inbound/correspondents.ts';
import type { Work } from '../../core/outbox/actions.ts';
import type { DeliveryPayload } from '../../core/receipts/payload.ts';
import { lastReceivedFor, providerIdFor } from '../../core/receipts/references.ts';
import type { MediaLibrary } from '../../media/library.ts';
import type { Db } from '../../storage/db.ts';
import { doubtIn } from './mishap.ts';

/** A claimed delivery with what belongs to it. */
export interface Delivery extends DeliveryPayload {
  work: Work;
  /** The piece of which an earlier attempt had no answer; null when nothing may have arrived that is not known of. */
  doubt: number | null;
}

export function unpack(work: Work): Delivery {
  return { ...(JSON.parse(work.payload) as DeliveryPayload), work, doubt: doubtIn(work.lastError) };
}

/** The message as its channel gets it: with what the provider calls whatever it refers to. */
export async function outboundMessage(
  db: Db,
  library: MediaLibrary,
  account: string,
  delivery: Delivery,
  channel: Channel,
): Promise<OutboundMessage> {
  const { conversation, message, receipt, sender, recipient, author, senderName = null, subject = null } = delivery;
  const { reference, rich } = delivery;
  const place = { conversation, receipt, channel: channel.name };
  const to = reference ? await providerIdFor(db, reference, place) : null;
  const reacts = reference !== undefined && reference.emoji !== undefined;
  const lastReceived =
    addressTypeOf(recipient) === 'email'
      ? await lastReceivedFor(db, place)
      : ((await selectCorrespondent(db, { account, sender: recipient, recipient: sender }))?.last_provider_id ?? null);
  return {
    conversation,
    message,
    sender,
    recipient,
    author,
    senderName,
    subject,
    parts: partsOf(delivery, library),
    rich: rich ?? null,
    replyTo: reacts ? null : to,
    reaction: reacts && to !== null ? { to, emoji: reference.emoji ?? null } : null,
    lastReceived,
  };
}

/** The text first, then the files, which are read when the channel wants them. */
function partsOf({ body, media = [] }: DeliveryPayload, library: MediaLibrary): Part[] {
  const text: Part[] = body === null || body === '' ? [] : [{ kind: 'text', text: body }];
  const files = media.map(
    ({ sid, contentType, filename, category, size }): Part => ({
      kind: 'media',
      sid,
      contentType,
      filename,
      category,
      size,
      url: library.urlFor(sid),
      open: () => library.open(sid),
    }),
  );
  return [...text, ...files];
}

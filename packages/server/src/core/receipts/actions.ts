/** What is settled of deliveries, by whoever has them in his hands. */
import { defineCommand } from '../command.ts';
import { lockConversation } from '../conversations/store.ts';
import { takeUnmatched } from '../inbound/store.ts';
import { giveNextBack, type Settled, settleDone } from '../outbox/actions.ts';
import { bury, finish, putBack, renew } from '../outbox/store.ts';
import { type Attempt, type AttemptOutcome, noteAttempt } from './attempts.ts';
import { announceReceipt, noteStatus } from './change.ts';
import { forgetOtherCuts, notePiece, selectPieces } from './pieces.ts';
import { channelMessageSid } from './resource.ts';
import { answerTo, type EarlyStatus } from './statuses.ts';
import { nameChannelMessage, selectReceipt } from './store.ts';
import { takeBack } from './take-back.ts';

/** A delivery that was claimed, and what was just tried of it. */
interface Claimed extends Attempt {
  conversation: string;
  lease: string;
  /** The piece of which an attempt may have arrived that had no answer. */
  doubt: number | null;
  /** Was it cut otherwise when the first pieces went out? They do not count then. */
  anew: boolean;
}

export interface AcceptDelivery extends Claimed {
  /** Of the work. */
  lane: string;
  /** What the provider calls the message. */
  providerId: string;
  /** `sent` where acceptance means that; null where the provider only queued it. */
  status: 'sent' | null;
  /** How long the lease lasts from now for the pieces that are left, in milliseconds. */
  leaseMs: number;
  /** For whoever can go on with the next message to the same person; see `settleDone`. */
  nextFor?: number | undefined;
}

/** The provider took a piece over, with the last of them the whole. */
export const acceptDelivery = defineCommand({
  name: 'receipts.accept',
  orderKey: (input: AcceptDelivery) => input.conversation,
  apart: ({ channel, providerId }: AcceptDelivery) => [answerTo(channel, providerId)],
  urgent: true,
  run: async (tx, _actor, input: AcceptDelivery): Promise<Settled> => {
    const { delivery, lease, piece, pieces, channel, providerId, status } = input;
    const last = piece === pieces - 1;
    const work = { id: delivery, lane: input.lane, lease };
    // One way there and back for all three: they are carried out in this order.
    const [there, done, receipt] = await Promise.all([
      lockConversation(tx, input.conversation),
      last
        ? settleDone(tx, { ...work, nextFor: input.nextFor })
        : renew(tx, { ...work, until: tx.now + input.leaseMs }).then((held): Settled => ({ held })),
      selectReceipt(tx, input.receipt),
    ]);
    let settled = done;
    if (!settled.held || !there || receipt?.delivery_id !== delivery) return settled;
    await noteAttempt(tx, input, { outcome: 'accepted', providerId });
    if (input.anew) await forgetOtherCuts(tx, delivery, pieces);
    const early = await takeUnmatched(tx, channel, providerId);
    const statuses = early.map(({ payload }) => JSON.parse(payload) as EarlyStatus);
    const refusal = pieces === 1 ? statuses.find((one) => one.refusal)?.refusal : undefined;
    if (refusal && status === null) {
      // What comes next in the lane has to wait behind it.
      settled = await giveNextBack(tx, settled);
      if (await takeBack(tx, receipt, channel, refusal)) return settled;
    }
    const news: EarlyStatus[] = status === null ? statuses : [{ status, errorCode: 0 }, ...statuses];
    const channelMessage = channelMessageSid(channel, providerId);
    if (piece === 0) nameChannelMessage(tx, receipt.sid, channelMessage);

    if (pieces === 1) {
      let changed = false;
      for (const one of news) changed = (await noteStatus(tx, receipt, one.status, one.errorCode)) || changed;
      if (!changed) await announceReceipt(tx, receipt);
      return settled;
    }
    const noted = { ...input, channelMessage };
    let all = await notePiece(tx, { ...noted, status: null, errorCode: 0 });
    for (const one of news) all = await notePiece(tx, { ...noted, ...one });
    const changed = all.status !== null && (await noteStatus(tx, receipt, all.status, all.errorCode));
    if (!changed && piece === 0) await announceReceipt(tx, receipt);
    return settled;
  },
});

export interface FailDelivery extends Claimed {
  failure: Exclude<AttemptOutcome, { outcome: 'accepted' }>;
  /** What the receipt shows; a code of the contract's messaging range. */
  errorCode: number;
}

/** The delivery failed for good: a dead letter and a failed receipt. */
export const failDelivery = defineCommand({
  name: 'receipts.fail',
  orderKey: (input: FailDelivery) => input.conversation,
  urgent: true,
  run: async (tx, _actor, input: FailDelivery): Promise<boolean> => {
    const there = await lockConversation(tx, input.conversation);
    if (!(await bury(tx, input.delivery, input.lease, errorOf(input)))) return false;
    const receipt = there ? await selectReceipt(tx, input.receipt) : undefined;
    if (receipt?.delivery_id === input.delivery) {
      await noteAttempt(tx, input, input.failure);
      await noteStatus(tx, receipt, 'failed', input.errorCode);
    }
    return true;
  },
});

export interface PostponeDelivery extends Claimed {
  failure: Exclude<AttemptOutcome, { outcome: 'accepted' }>;
  notBefore: number;
  /** False: the attempt was none, for example because the provider asked to slow down. */
  counted: boolean;
}

/** Nothing went out, and it is tried again. */
export const postponeDelivery = defineCommand({
  name: 'receipts.postpone',
  orderKey: (input: PostponeDelivery) => input.conversation,
  urgent: true,
  run: async (tx, _actor, input: PostponeDelivery): Promise<boolean> => {
    const { delivery: id, lease, notBefore, counted } = input;
    // One way there and back: they are carried out in this order.
    const [, held] = await Promise.all([
      lockConversation(tx, input.conversation),
      putBack(tx, { id, lease, notBefore, error: errorOf(input), counted }),
    ]);
    if (!held) return false;
    // Of a message that was removed meanwhile there is no record any more, and must be none.
    const receipt = await selectReceipt(tx, input.receipt);
    if (receipt?.delivery_id === id) await noteAttempt(tx, input, input.failure);
    return true;
  },
});

export interface DoubtDelivery extends FailDelivery {
  /** When to try again; null: not any more. */
  notBefore: number | null;
}

/** Nobody knows whether the attempt arrived. A status that came in the meantime settles that: it did. */
export const doubtDelivery = defineCommand({
  name: 'receipts.doubt',
  orderKey: (input: DoubtDelivery) => input.conversation,
  urgent: true,
  run: async (tx, actor, input: DoubtDelivery): Promise<boolean> => {
    const { delivery, lease, notBefore, piece, pieces } = input;
    await lockConversation(tx, input.conversation);
    const receipt = await selectReceipt(tx, input.receipt);
    // Of an attempt that was one too many the record says so, whatever has settled the delivery by now.
    const noted = async (held: boolean) => {
      if (held && receipt?.delivery_id === delivery) await noteAttempt(tx, input, input.failure);
      return held;
    };
    if (pieces === 1) {
      if (receipt?.delivery_id === delivery && receipt.status !== null) return noted(await finish(tx, delivery, lease));
    } else {
      const rows = input.anew ? [] : await selectPieces(tx, delivery);
      if (rows.length >= pieces) return noted(await finish(tx, delivery, lease));
      const arrived = rows.some((row) => row.piece === piece);
      const back = { id: delivery, lease, notBefore: tx.now, error: null, counted: false };
      if (arrived) return noted(await putBack(tx, back));
    }
    if (notBefore === null) return failDelivery.run(tx, actor, input);
    return noted(await putBack(tx, { id: delivery, lease, notBefore, error: errorOf(input), counted: true }));
  },
});

/** As it stays with work that is put back or buried; for the operator, and for the next attempt. */
function errorOf({ failure, doubt }: Pick<FailDelivery, 'failure' | 'doubt'>): string {
  const { kind, code, message } = failure;
  return JSON.stringify({ kind, code, message, ...(doubt !== null && { doubt }) });
}

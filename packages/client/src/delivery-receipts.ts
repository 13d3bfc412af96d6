import type { DeliverySummary, ShownReceipt } from '@colloquy/protocol';

/** How many of a message's copies have come that far. */
export type DeliveryAmount = 'none' | 'some' | 'all';
export type DeliveryStatus = 'queued' | 'sent' | 'delivered' | 'read' | 'failed' | 'undelivered';

/** How far the copies of a message for the participants outside chat have come; each step counts the later ones in. */
export class AggregatedDeliveryReceipt {
  /** Number of copies. */
  declare readonly total: number;
  declare readonly sent: DeliveryAmount;
  declare readonly delivered: DeliveryAmount;
  declare readonly read: DeliveryAmount;
  /** Sent, and known not to have arrived. */
  declare readonly undelivered: DeliveryAmount;
  /** Could not be sent. */
  declare readonly failed: DeliveryAmount;

  /** @internal */
  constructor(summary: DeliverySummary) {
    Object.assign(this, summary);
  }
}

/** What became of one copy of a message. A snapshot: it does not change. */
export class DetailedDeliveryReceipt {
  declare readonly sid: string;
  declare readonly messageSid: string;
  declare readonly conversationSid: string;
  /** SID of the message on the channel; null until the channel has taken it. */
  declare readonly channelMessageSid: string | null;
  declare readonly participantSid: string;
  declare readonly status: DeliveryStatus;
  /** 0 without an error. */
  declare readonly errorCode: number;
  /** ISO 8601. */
  declare readonly dateCreated: string;
  /** ISO 8601. */
  declare readonly dateUpdated: string;

  /** @internal */
  constructor(receipt: ShownReceipt) {
    Object.assign(this, receipt);
  }
}

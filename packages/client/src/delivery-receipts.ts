import type { DeliverySummary, ReceiptResource } from '@colloquy/protocol';

/** How many of a message's copies have come that far. */
export type DeliveryAmount = 'none' | 'some' | 'all';
export type DeliveryStatus = 'queued' | 'sent' | 'delivered' | 'read' | 'failed' | 'undelivered';

/** How far the copies of a message for the participants outside chat have come; each step counts the later ones in. */
export class AggregatedDeliveryReceipt {
  readonly #summary: DeliverySummary;

  /** @internal */
  constructor(summary: DeliverySummary) {
    this.#summary = summary;
  }

  /** Number of copies. */
  get total(): number {
    return this.#summary.total;
  }

  get sent(): DeliveryAmount {
    return this.#summary.sent;
  }

  get delivered(): DeliveryAmount {
    return this.#summary.delivered;
  }

  get read(): DeliveryAmount {
    return this.#summary.read;
  }

  /** Sent, and known not to have arrived. */
  get undelivered(): DeliveryAmount {
    return this.#summary.undelivered;
  }

  /** Could not be sent. */
  get failed(): DeliveryAmount {
    return this.#summary.failed;
  }
}

/** What became of one copy of a message. A snapshot: it does not change. */
export class DetailedDeliveryReceipt {
  readonly sid: string;
  readonly messageSid: string;
  readonly conversationSid: string;
  /** SID of the message on the channel; null until the channel has taken it. */
  readonly channelMessageSid: string | null;
  readonly participantSid: string;
  readonly status: DeliveryStatus;
  /** 0 without an error. */
  readonly errorCode: number;
  /** ISO 8601. */
  readonly dateCreated: string;
  /** ISO 8601. */
  readonly dateUpdated: string;

  /** @internal */
  constructor(receipt: ReceiptResource) {
    this.sid = receipt.sid;
    this.messageSid = receipt.messageSid;
    this.conversationSid = receipt.conversationSid;
    this.channelMessageSid = receipt.channelMessageSid;
    this.participantSid = receipt.participantSid;
    this.status = receipt.status ?? 'queued';
    this.errorCode = receipt.errorCode;
    this.dateCreated = new Date(receipt.dateCreated).toISOString();
    this.dateUpdated = new Date(receipt.dateUpdated).toISOString();
  }
}

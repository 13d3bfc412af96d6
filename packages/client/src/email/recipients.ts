import type { RecipientResource } from '@colloquy/protocol';
import { largestPage } from '../connection/wire.ts';
import type { Context } from '../context.ts';
import { openPage, type Paginator, type PaginatorOptions } from '../paginator.ts';

export type EmailRecipientLevel = 'to' | 'from' | 'cc';

/** Somebody whom a message was sent to by e-mail, or from whom it came. */
export class EmailRecipientDescriptor {
  declare readonly type: 'email';
  declare readonly messageSid: string;
  declare readonly level: EmailRecipientLevel;
  /** Empty where there is none. */
  declare readonly name: string;
  declare readonly address: string;

  /** @internal */
  constructor(recipient: RecipientResource) {
    Object.assign(this, recipient);
  }
}

/** One on a channel that this version does not know. */
export class UnknownRecipientDescriptor {
  declare readonly type: string;
  declare readonly messageSid: string;
  /** All that the server says of him, as JSON text. */
  declare readonly rawData: string;

  /** @internal */
  constructor(recipient: { type: string; messageSid: string }) {
    const { type, messageSid } = recipient;
    Object.assign(this, { type, messageSid, rawData: JSON.stringify(recipient) });
  }
}

export type RecipientDescriptor = EmailRecipientDescriptor | UnknownRecipientDescriptor;

/** @internal */
export function describeRecipients(recipients: readonly RecipientResource[]): RecipientDescriptor[] {
  return recipients.map((recipient) =>
    (recipient.type as string) === 'email'
      ? new EmailRecipientDescriptor(recipient)
      : new UnknownRecipientDescriptor(recipient),
  );
}

/** @internal Those of a conversation's messages. */
export function recipientPages(
  context: Context,
  conversation: string,
  options: PaginatorOptions = {},
): Promise<Paginator<RecipientDescriptor>> {
  const limit = Math.min(options.pageSize ?? 50, largestPage);
  return openPage(async (next, options) => {
    const { items, ...page } = await context.ask('conversations.recipients', { conversation, limit, next }, options);
    return { items: describeRecipients(items), ...page };
  }, options);
}

import {
  AggregatedDeliveryReceipt,
  CancellablePromise,
  type Client,
  ContentTemplateVariable,
  type Conversation,
  type DeliveryAmount,
  type DeliveryStatus,
  DetailedDeliveryReceipt,
  EmailRecipientDescriptor,
  type EmailRecipientLevel,
  type JSONValue,
  Media,
  type MediaCategory,
  Message,
  MessageBuilder,
  type MessageType,
  type MessageUpdatedEventArgs,
  type MessageUpdateReason,
  type Paginator,
  type RecipientDescriptor,
  type SendEmailOptions,
  type SendMediaOptions,
  UnknownRecipientDescriptor,
  UnsentMessage,
} from '@twilio/conversations';

/** Sending, showing and following messages. */
export async function send(conversation: Conversation, file: Blob, form: FormData): Promise<number> {
  const first = await conversation.sendMessage('hello', { mood: 'good' });
  const options: SendEmailOptions = { subject: 'An order' };
  await conversation.sendMessage('with a subject', {}, options);
  const media: SendMediaOptions = { contentType: 'image/png', filename: 'photo.png', media: file };
  await conversation.sendMessage(media, { kind: 'photo' });
  await conversation.sendMessage(form);
  return first;
}

export async function build(conversation: Conversation, file: SendMediaOptions, cancel: AbortSignal) {
  const builder: MessageBuilder = conversation
    .prepareMessage()
    .setBody('hello')
    .setSubject('An order')
    .setAttributes({ kind: 'album' })
    .addMedia(file)
    .addMedia({ contentType: 'text/plain', media: 'text' })
    .setEmailBody('text/html', { contentType: 'text/html', media: '<p>hello</p>' })
    .setEmailHistory('text/html', { contentType: 'text/html', media: '<p>before</p>' });
  const unsent: UnsentMessage = builder.build();
  const categories: MediaCategory[] = unsent.mediaContent.map(([category]) => category);
  unsent.text = `${unsent.text ?? ''}!`;
  unsent.attributes = copyOf(unsent.attributes);
  unsent.mediaContent = unsent.mediaContent.slice(0, 1);
  unsent.emailOptions = { ...unsent.emailOptions, subject: unsent.emailOptions.subject ?? 'None' };
  const sending: CancellablePromise<number | null> = unsent.send();
  cancel.addEventListener('abort', () => sending.cancel());
  const caught = await sending.catch(() => null).finally(() => undefined);
  return [caught, categories, builder instanceof MessageBuilder, unsent instanceof UnsentMessage];
}

const copyOf = (value: JSONValue): JSONValue => structuredClone(value);

export async function sendTemplate(conversation: Conversation, contentSid: string): Promise<number | null> {
  const name = new ContentTemplateVariable('1', 'Ann');
  const variables = [name, name.copyWithValue('Ben')];
  await conversation.prepareMessage().setContentTemplate(contentSid).build().send();
  const prepared = conversation.prepareMessage().setContentTemplate(contentSid, variables);
  const unsent = prepared.build();
  if (unsent.contentSid) unsent.contentVariables = unsent.contentVariables ?? variables;
  unsent.contentSid = contentSid;
  return prepared.buildAndSend();
}

export async function* backwards(conversation: Conversation): AsyncGenerator<Message> {
  let page: Paginator<Message> = await conversation.getMessages(50);
  for (;;) {
    yield* page.items;
    if (!page.hasPrevPage) break;
    page = await page.prevPage();
  }
  const again = await conversation.getMessages(10, 0, 'forward');
  yield* (await conversation.getMessages(10, again.items.length, 'backwards')).items;
}

const reasons: Record<MessageUpdateReason, string> = {
  attributes: 'attributes',
  author: 'author',
  body: 'text',
  dateCreated: 'made',
  dateUpdated: 'changed',
  deliveryReceipt: 'delivery',
  lastUpdatedBy: 'editor',
  media: 'media',
  subject: 'subject',
};

export async function show(message: Message, log: (...of: unknown[]) => void): Promise<void> {
  const { attributes, author, body, contentSid, conversation, dateCreated, dateUpdated, index, lastUpdatedBy } =
    message;
  log(conversation.sid, index, author, body, attributes, contentSid, dateCreated, dateUpdated, lastUpdatedBy);
  const kinds: Record<MessageType, string> = { text: 'T', media: 'M' };
  log(kinds[message.type], message.sid, message.subject, message.participantSid);
  message.on(Message.updated, ({ message: changed, updateReasons }: MessageUpdatedEventArgs) => {
    for (const reason of updateReasons) log(changed.index, reasons[reason]);
  });
  message.once('updated', ({ message: changed }) => log(changed.body));
  const participant = await message.getParticipant();
  if (participant.identity === author) await message.updateBody('edited');
  await message.updateAttributes({ edited: true });
  log(ticks(message.aggregatedDeliveryReceipt), (await message.getDetailedDeliveryReceipts()).map(reached));
  const removed = await message.remove();
  log(removed.sid);
}

const amounts: Record<DeliveryAmount, string> = { none: '-', some: '~', all: '+' };
const statuses: Record<DeliveryStatus, number> = {
  queued: 0,
  sent: 1,
  delivered: 2,
  read: 3,
  failed: 4,
  undelivered: 5,
};

function ticks(receipt: AggregatedDeliveryReceipt | null): string {
  if (!(receipt instanceof AggregatedDeliveryReceipt)) return '';
  const { delivered, failed, read, sent, total, undelivered } = receipt;
  return `${total} ${[sent, delivered, read, undelivered, failed].map((amount) => amounts[amount]).join('')}`;
}

function reached(receipt: DetailedDeliveryReceipt): string {
  const { channelMessageSid, conversationSid, dateCreated, dateUpdated, errorCode, messageSid, sid } = receipt;
  const when = new Date(dateUpdated).getTime() - new Date(dateCreated).getTime();
  const known = receipt instanceof DetailedDeliveryReceipt ? statuses[receipt.status] : -1;
  return [sid, messageSid, conversationSid, receipt.participantSid, channelMessageSid, known, errorCode, when].join();
}

export async function files(message: Message, client: Client): Promise<string[]> {
  const attached = message.attachedMedia ?? [];
  const pictures =
    message.getMediaByCategories(['media', 'body', 'history']) ?? message.getMediaByCategory(['media']) ?? [];
  const first = message.media;
  const own = await first?.getContentTemporaryUrl();
  const urls = await message.getTemporaryContentUrlsForAttachedMedia();
  const some = await message.getTemporaryContentUrlsForMedia(pictures);
  const bySid = await message.getTemporaryContentUrlsForMediaSids(attached.map(({ sid }) => sid));
  const more = await client.getTemporaryContentUrlsForMedia(attached);
  const most = await client.getTemporaryContentUrlsForMediaSids([...more.keys()]);
  await message.attachTemporaryUrlsFor(attached);
  const mails = [message.getEmailBody('text/html'), message.getEmailHistory()].filter((each) => each instanceof Media);
  return [...attached, ...mails].map((each) => {
    const { category, contentType, filename, sid, size } = each;
    return [category, contentType, filename, size, own, urls.get(sid), some, bySid.size, most.size].join();
  });
}

export function withTimeout<T>(work: Promise<T>, ms: number): CancellablePromise<T> {
  return new CancellablePromise<T>((resolve, reject, onCancel) => {
    const timer = setTimeout(() => reject(new Error('Too late.')), ms);
    onCancel(() => clearTimeout(timer));
    work.then(resolve, reject);
  });
}

const roles: Record<EmailRecipientLevel, string> = { to: 'To', from: 'From', cc: 'Cc' };

export async function recipients(conversation: Conversation, message: Message): Promise<string[]> {
  const page = await conversation.getMessageRecipients({ pageSize: 10 });
  const metadata = await message.getChannelMetadata();
  return [...page.items, ...(await message.getMessageRecipients())].map((each: RecipientDescriptor) => {
    if (each instanceof EmailRecipientDescriptor)
      return `${roles[each.level]}: ${each.type} ${each.name} <${each.address}> ${each.messageSid}`;
    if (each instanceof UnknownRecipientDescriptor) return `${each.type} ${each.messageSid} ${each.rawData}`;
    return `${metadata?.type} ${JSON.stringify(metadata?.data)}`;
  });
}

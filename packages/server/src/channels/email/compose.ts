/** A message as a mail: its headers, its bodies, its files, and what servers are told beside it. */
import { Readable } from 'node:stream';
import { text as read } from 'node:stream/consumers';
import type { SendMailOptions } from 'nodemailer';
import { type OutboundMedia, type SendRequest, textOf } from '../message.ts';
import { bare, domainOf, type OwnAddresses } from './addresses.ts';
import type { EmailConfig } from './config.ts';
import { textOfHtml } from './inbound/html-text.ts';
import { envelopeIdFor, messageIdFor, rootIdFor } from './message-ids.ts';

export interface ComposeContext {
  key: Buffer;
  own: OwnAddresses;
  config: Pick<EmailConfig, 'name' | 'showAuthor' | 'subject' | 'deliveryReports'>;
  /** The subject of the conversation's mails so far; null before the first. */
  threadSubject: string | null;
  /** The server lets nothing out under a plus-address: then reports go to the address itself. */
  plainSender: boolean;
}

/** Who writes where nobody is named: programs, by the REST API. */
const machine = 'system';

/** @throws what opening the bodies throws; the files are opened when they are sent */
export async function compose(request: SendRequest, context: ComposeContext): Promise<SendMailOptions> {
  const { key, own, config, plainSender } = context;
  const { sender, recipient, conversation, deliveryId } = request;
  const from = bare(sender);
  const domain = domainOf(sender);
  const answersTo = own.answersTo(sender, conversation);
  const answered = request.replyTo ?? request.lastReceived;
  const root = rootIdFor(key, conversation, domain);
  const earlier = [root, request.lastReceived, request.replyTo].filter((id) => id !== null);
  return {
    messageId: messageIdFor(key, deliveryId, conversation, domain),
    from: { name: nameOf(request, config), address: from },
    to: bare(recipient),
    ...(answersTo !== undefined && { replyTo: answersTo }),
    subject: subjectOf(request, context),
    ...(answered !== null && { inReplyTo: answered }),
    references: [...new Set(earlier)],
    ...(request.author === machine && { headers: { 'Auto-Submitted': 'auto-generated' } }),
    ...(await bodiesOf(request)),
    attachments: filesOf(request).map(attachmentOf),
    envelope: { from: (plainSender ? undefined : own.reportsTo(sender, deliveryId)) ?? from, to: [bare(recipient)] },
    ...(config.deliveryReports && { dsn: reportsFor(request, key) }),
    // Addresses of files within the HTML are the reader's to load, not ours.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** `ann (Example Support)`. What looks like an address in a name is what impostors write. */
function nameOf({ author, senderName }: SendRequest, { name, showAuthor }: ComposeContext['config']): string {
  const side = senderName ?? name ?? '';
  const person = !showAuthor || author === machine ? '' : (bare(author).split('@')[0] ?? '').replace(/\p{Cc}+/gu, ' ');
  if (person === '' || side === '') return person || side;
  return `${person} (${side})`;
}

function subjectOf({ subject }: SendRequest, { threadSubject, config }: ComposeContext): string {
  if (subject !== null && subject.trim() !== '') return subject;
  return threadSubject === null ? config.subject : answerTo(threadSubject);
}

/** "Re:" once, whatever languages have put before it. */
function answerTo(subject: string): string {
  return `Re: ${subject.replace(/^(?:\s*(?:re|aw|sv|vs|antw|odp|res?|ref)(?:\[\d+\])?\s*:)+\s*/i, '')}`;
}

function reportsFor({ deliveryId, conversation, recipient }: SendRequest, key: Buffer): SendMailOptions['dsn'] {
  const id = envelopeIdFor(key, deliveryId, conversation);
  return {
    ...(id !== undefined && { id }),
    return: 'headers',
    notify: ['success', 'failure', 'delay'],
    recipient: bare(recipient),
  };
}

const mediaOf = ({ parts }: Pick<SendRequest, 'parts'>) =>
  parts.filter((part): part is OutboundMedia => part.kind === 'media');

function filesOf(request: SendRequest): OutboundMedia[] {
  return mediaOf(request).filter(({ category = 'media' }) => category === 'media');
}

/** The text as it stands in chat, unless the message has bodies of its own; what they quote comes after them. */
async function bodiesOf(request: SendRequest): Promise<{ text: string; html?: string }> {
  const written = mediaOf(request).filter(({ category = 'media' }) => category !== 'media');
  const bodyOf = async (category: string, type: string): Promise<string | undefined> => {
    const file = written.find((one) => one.category === category && typeOf(one) === type);
    return file && read(await file.open());
  };
  const [plain, html] = [await bodyOf('body', 'text/plain'), await bodyOf('body', 'text/html')];
  const said = textOf(request.parts);
  const [history, htmlHistory] = [await bodyOf('history', 'text/plain'), await bodyOf('history', 'text/html')];
  const text = plain ?? (said || (html === undefined ? '' : textOfHtml(html)));
  const quoted = history ?? (htmlHistory === undefined ? undefined : textOfHtml(htmlHistory));
  return {
    text: quoted === undefined ? text : `${text}\n\n${quoted}`,
    ...(html !== undefined && { html: html + (htmlHistory ?? '') }),
  };
}

function typeOf({ contentType }: OutboundMedia): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function attachmentOf(file: OutboundMedia) {
  return {
    filename: file.filename ?? 'attachment',
    contentType: file.contentType,
    content: Readable.from(bytesOf(file)),
    contentDisposition: 'attachment' as const,
  };
}

/** Opened when the mail comes to it: a mail with ten files needs one of them at a time. */
async function* bytesOf(file: OutboundMedia): AsyncGenerator<Buffer> {
  yield* await file.open();
}

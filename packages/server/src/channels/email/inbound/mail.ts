/**
 * A mail as it came in, read as far as it can be. Nothing that somebody sends makes this throw, and nothing is lost: of
 * what cannot be read the source stands for the text.
 */
import PostalMime, { addressParser, decodeWords, type Email, type Mailbox } from 'postal-mime';
import { idsIn } from '../message-ids.ts';
import { textOfHtml } from './html-text.ts';

export interface MailFile {
  filename: string | null;
  contentType: string;
  bytes: Buffer;
}

export interface Person {
  name: string;
  address: string;
}

export interface Mail {
  source: Buffer;
  /** False where the source stands for the text. */
  readable: boolean;
  /** Names in lower case, values unfolded, in their order. */
  headers: readonly { key: string; value: string }[];
  from: Person | null;
  replyTo: Person | null;
  to: readonly Person[];
  cc: readonly Person[];
  subject: string;
  messageId: string | null;
  inReplyTo: readonly string[];
  references: readonly string[];
  /** Milliseconds since 1970, by the clock of whoever wrote it. */
  date: number | null;
  text: string;
  html: string | null;
  files: readonly MailFile[];
  /** The parts of `multipart/report` that machines read. */
  reports: readonly MailFile[];
}

/** What a part may be of, where the mail is a report. */
const reportTypes = new Set(['message/delivery-status', 'message/global-delivery-status']);

/** Far more than a message may have; where there are more than that, the mail itself is one. */
const mostFiles = 100;

export async function readMail(source: Buffer): Promise<Mail> {
  try {
    // Mails within the mail stay files of it: what they say is not what the mail says.
    const email = await PostalMime.parse(source, { forceRfc822Attachments: true });
    const mail = toMail(source, email);
    if (mail.from || mail.text !== '' || mail.files.length > 0) return mail;
    return { ...mail, ...unread(source) };
  } catch {
    return unreadMail(source);
  }
}

/** What can be told of a mail that cannot be read, or not in reasonable time. */
export function unreadMail(source: Buffer): Mail {
  return { ...toMail(source, headOf(source)), ...unread(source) };
}

/** The values of a header, from the first to the last. */
export function valuesOf({ headers }: Pick<Mail, 'headers'>, key: string): string[] {
  return headers.filter((header) => header.key === key).map((header) => header.value);
}

function toMail(source: Buffer, email: Email): Mail {
  const { headers, attachments } = email;
  const value = (key: string) => headers.find((header) => header.key === key)?.value;
  const isReport = /^\s*multipart\/report\b/i.test(value('content-type') ?? '');
  const parts = attachments.slice(0, mostFiles).map((part) => ({
    filename: part.filename,
    contentType: part.mimeType,
    bytes: Buffer.from(part.content as ArrayBuffer),
  }));
  const html = email.html?.trim() ? email.html : null;
  const text = email.text?.trim() ? email.text : html === null ? '' : textOfHtml(html);
  const date = Date.parse(email.date ?? '');
  return {
    source,
    readable: true,
    headers: headers.map(({ key, value }) => ({ key, value })),
    from: peopleIn(email.from && [email.from])[0] ?? peopleIn(email.sender && [email.sender])[0] ?? null,
    replyTo: peopleIn(email.replyTo)[0] ?? null,
    to: peopleIn(email.to),
    cc: peopleIn(email.cc),
    subject: email.subject?.replace(/\s+/g, ' ').trim() ?? '',
    messageId: idsIn(value('message-id')).at(-1) ?? null,
    inReplyTo: idsIn(value('in-reply-to')),
    references: idsIn(value('references')),
    date: Number.isNaN(date) ? null : date,
    text,
    html,
    files: isReport ? parts.filter((part) => !reportTypes.has(part.contentType)) : parts,
    reports: isReport ? parts : [],
  };
}

function peopleIn(list: Email['to']): Mailbox[] {
  return (list ?? [])
    .flatMap((one) => (one.group ? one.group : [one]))
    .filter(({ address }) => typeof address === 'string' && address !== '');
}

/** The source as text, and as a file. */
function unread(source: Buffer): Pick<Mail, 'readable' | 'text' | 'html' | 'files'> {
  const file = { filename: 'message.eml', contentType: 'message/rfc822', bytes: source };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  const text = source.toString('utf8').replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '\u{fffd}');
  return { readable: false, text, html: null, files: [file] };
}

/** Of a mail whose parts make no sense. */
function headOf(source: Buffer): Email {
  const headers = headersOf(source);
  const value = (key: string) => headers.find((header) => header.key === key)?.value ?? '';
  const [from] = addressParser(value('from'));
  return {
    headers,
    headerLines: [],
    attachments: [],
    ...(from && { from }),
    to: addressParser(value('to')),
    subject: decodeWords(value('subject')),
    date: value('date'),
  };
}

/** As well as can be: lines up to the first empty one that have a colon. */
function headersOf(source: Buffer): Email['headers'] {
  const [head = ''] = source
    .subarray(0, 64 * 1024)
    .toString('latin1')
    .split(/\r?\n\r?\n/, 1);
  return head
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
    .flatMap((line) => {
      const [, originalKey = '', value = ''] = /^([!-9;-~]+):\s*(.*)$/.exec(line) ?? [];
      return originalKey === '' ? [] : [{ key: originalKey.toLowerCase(), originalKey, value }];
    });
}

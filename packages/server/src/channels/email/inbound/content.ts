/** What of a mail is shown, what is kept beside it, and in how many files that fits. */
import type { MediaCategory } from '@colloquy/protocol';
import type { Mail, MailFile } from './mail.ts';
import { cutQuotes } from './quotes.ts';

export interface KeptFile extends MailFile {
  category: MediaCategory;
}

export interface MailContent {
  text: string;
  /** In the order in which they are kept: what was attached, then the text as it came, then what it quotes. */
  files: readonly KeptFile[];
}

interface ContentLimits {
  messageBodyBytes: number;
  mediaPerMessage: number;
}

export function contentOf(mail: Mail, limits: ContentLimits): MailContent {
  const { shown, history } = mail.readable ? cutQuotes(mail.text) : { shown: mail.text, history: null };
  const text = fitting(shown, limits.messageBodyBytes);
  const attached = mail.files.map((file) => ({ ...file, category: 'media' as const }));
  const bodies: KeptFile[] = [
    ...(mail.html === null ? [] : [textFile('body', 'text/html', 'body.html', mail.html)]),
    ...(mail.readable && text !== mail.text.trim() ? [textFile('body', 'text/plain', 'body.txt', mail.text)] : []),
    ...(history === null ? [] : [textFile('history', 'text/plain', 'history.txt', history)]),
  ];
  const files = fittingFiles(attached, bodies, mail, limits.mediaPerMessage);
  return { text: text === '' && files.length === 0 ? mail.subject || '(empty)' : text, files };
}

/** More files than a message may have: the mail itself, which has all of them, stands for what is left over. */
function fittingFiles(attached: KeptFile[], bodies: KeptFile[], mail: Mail, most: number): KeptFile[] {
  if (attached.length + bodies.length <= most) return [...attached, ...bodies];
  const source = { filename: 'message.eml', contentType: 'message/rfc822', category: 'media' as const };
  const room = Math.max(0, most - bodies.length - 1);
  return [...attached.slice(0, room), { ...source, bytes: mail.source }, ...bodies].slice(0, most);
}

function textFile(category: MediaCategory, type: string, filename: string, text: string): KeptFile {
  return { category, contentType: `${type}; charset=utf-8`, filename, bytes: Buffer.from(text) };
}

/** As much of it as a message may have, up to the end of a character. */
function fitting(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text;
  const more = '\n…';
  const room = mostBytes - Buffer.byteLength(more);
  const cut = new TextDecoder('utf-8').decode(Buffer.from(text).subarray(0, room)).replace(/\u{fffd}+$/u, '');
  return cut + more;
}

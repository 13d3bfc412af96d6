/** What an IMAP server answers about mails: as much of RFC 3501 as clients that read mail ask for. */
import type { MailFolder, StoredMail } from './mailbox.ts';

type Numbered = readonly [sequence: number, mail: StoredMail];

/** A set like `1:3,7,9:*` of UIDs or, without UID, of places in the folder. */
function chosen(folder: MailFolder, set: string, byUid: boolean): Numbered[] {
  const last = byUid ? (folder.mails.at(-1)?.uid ?? 0) : folder.mails.length;
  const number = (text: string) => (text === '*' ? last : Number(text));
  const ranges = set.split(',').map((range) => {
    const [from = '', to = from] = range.split(':');
    return [number(from), number(to)].sort((one, other) => one - other) as [number, number];
  });
  return folder.mails
    .map((mail, at): Numbered => [at + 1, mail])
    .filter(([at, mail]) =>
      ranges.some(([from, to]) => (byUid ? mail.uid : at) >= from && (byUid ? mail.uid : at) <= to),
    );
}

/** `SEARCH UID 3:*`, `SEARCH SINCE 1-Jan-2030`, `SEARCH ALL`. @returns undefined for what it does not know */
export function search(folder: MailFolder, criteria: string, byUid: boolean): string | undefined {
  const words = criteria.replace(/^CHARSET \S+ /i, '').trim();
  const [, set] = /^UID ([\d:*,]+)$/i.exec(words) ?? [];
  const [, day] = /^(?:SENT)?SINCE "?([^"]+)"?$/i.exec(words) ?? [];
  const all = folder.mails.map((mail, at): Numbered => [at + 1, mail]);
  const startOfDay = day === undefined ? Number.NaN : Date.parse(`${day} UTC`);
  let found: Numbered[];
  if (set !== undefined) found = chosen(folder, set, true);
  else if (!Number.isNaN(startOfDay)) found = all.filter(([, mail]) => mail.received >= startOfDay);
  else if (/^ALL$/i.test(words)) found = all;
  else if (/^UNSEEN$/i.test(words)) found = all.filter(([, mail]) => !mail.flags.has('\\Seen'));
  else return undefined;
  return `* SEARCH ${found.map(([at, mail]) => (byUid ? mail.uid : at)).join(' ')}`.trimEnd();
}

/** `FETCH 1:* (UID BODY.PEEK[])`: an answer for each mail, with literals. */
export function fetch(folder: MailFolder, set: string, items: string, byUid: boolean): Buffer[] {
  return chosen(folder, set, byUid).map(([at, mail]) => {
    const parts: Buffer[] = [];
    const add = (text: string, literal?: Buffer) => {
      const head = `${parts.length > 0 ? ' ' : ''}${text}${literal ? ` {${literal.length}}\r\n` : ''}`;
      parts.push(Buffer.from(head), ...(literal ? [literal] : []));
    };
    if (byUid || /\bUID\b/i.test(items)) add(`UID ${mail.uid}`);
    if (/\bFLAGS\b/i.test(items)) add(`FLAGS (${[...mail.flags].join(' ')})`);
    if (/RFC822\.SIZE/i.test(items)) add(`RFC822.SIZE ${mail.source.length}`);
    if (/INTERNALDATE/i.test(items)) add(`INTERNALDATE "${internalDate(mail.received)}"`);
    for (const [, peek, section = '', start, length] of items.matchAll(
      /BODY(\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?/gi,
    )) {
      if (peek === undefined) mail.flags.add('\\Seen');
      const bytes = sectionOf(mail.source, section);
      const from = start === undefined ? undefined : Number(start);
      const piece = from === undefined ? bytes : bytes.subarray(from, from + Number(length));
      add(`BODY[${section}]${from === undefined ? '' : `<${from}>`}`, piece);
    }
    return Buffer.concat([Buffer.from(`* ${at} FETCH (`), ...parts, Buffer.from(')\r\n')]);
  });
}

/** `STORE 1 +FLAGS (\Seen)`. */
export function store(folder: MailFolder, set: string, change: string, byUid: boolean): string[] {
  const [, sign, silent, list = ''] = /^([+-]?)FLAGS(\.SILENT)?\s+\(?([^)]*)\)?$/i.exec(change) ?? [];
  return chosen(folder, set, byUid).flatMap(([at, mail]) => {
    const flags = list.split(/\s+/).filter((flag) => flag !== '');
    if (sign === '') mail.flags.clear();
    for (const flag of flags) {
      if (sign === '-') mail.flags.delete(flag);
      else mail.flags.add(flag);
    }
    return silent ? [] : [`* ${at} FETCH (UID ${mail.uid} FLAGS (${[...mail.flags].join(' ')}))`];
  });
}

function sectionOf(source: Buffer, section: string): Buffer {
  if (section === '') return source;
  const end = source.indexOf('\r\n\r\n');
  const head = end === -1 ? source : source.subarray(0, end + 4);
  const [, names] = /^HEADER\.FIELDS \(([^)]*)\)$/i.exec(section) ?? [];
  if (names === undefined) return head;
  const wanted = new Set(names.toLowerCase().replaceAll('"', '').split(/\s+/));
  const fields = head.toString('latin1').split(/\r\n(?![ \t])/);
  const kept = fields.filter((field) => wanted.has(field.slice(0, Math.max(0, field.indexOf(':'))).toLowerCase()));
  return Buffer.from(`${kept.map((field) => `${field}\r\n`).join('')}\r\n`, 'latin1');
}

function internalDate(time: number): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(time).toUTCString()) ?? [];
  return `${day?.padStart(2, '0')}-${month}-${year} ${clock} +0000`;
}

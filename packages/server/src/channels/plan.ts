/** Turns a message into what a channel can show, where the channel has no plan of its own. */
import type { Capabilities, OutboundMedia, OutboundMessage, Part, Piece, Plan, ProviderError } from './message.ts';

/** Contract's messaging range: "Invalid Content-Type". */
const badType = 12300;

/**
 * A text that is too long becomes several; files go in as few messages as the channel takes them in, the text with the
 * first of them where it may; a file that the channel does not carry becomes a link.
 */
export function planFor(capabilities: Capabilities, message: OutboundMessage): Plan {
  const files: OutboundMedia[] = [];
  const links: string[] = [];
  const changes: string[] = [];
  for (const part of message.parts) {
    if (part.kind !== 'media') continue;
    if (carries(capabilities, part)) files.push(part);
    else if (part.url === null) return { ok: false, error: noWay(part) };
    else {
      links.push(part.url);
      changes.push(`The file ${nameOf(part)} went as a link, since the channel does not carry it.`);
    }
  }
  if (message.rich && !capabilities.rich.includes(message.rich.type)) {
    changes.push(`The content of type ${message.rich.type} went as its text.`);
  }
  if (message.reaction && capabilities.reactions !== 'both') changes.push('The reaction went as a message of its own.');
  if (message.replyTo && !capabilities.replies) changes.push('It went without saying what it answers.');

  const texts = splitText(wordsOf(message, links), capabilities.text);
  if (texts.length > 1) changes.push(`The text went as ${texts.length} messages.`);
  return { ok: true, pieces: piecesOf(texts, files, capabilities.media), changes };
}

function wordsOf({ parts }: OutboundMessage, links: readonly string[]): string {
  const words = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
  return [...words, ...links].join('\n');
}

function carries({ media }: Capabilities, { contentType, size }: OutboundMedia): boolean {
  if (!media || size > media.maxBytes) return false;
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const kind = `${type.split('/', 1)[0]}/*`;
  return media.types.some((known) => known === type || known === kind || known === '*/*');
}

function noWay(file: OutboundMedia): ProviderError {
  const message = `The channel does not carry ${nameOf(file)} (${file.contentType}), and without a public URL there is no link to it.`;
  return { kind: 'bad-content', code: 'media-type', message, receiptCode: badType };
}

function nameOf({ filename, sid }: OutboundMedia): string {
  return filename ?? sid;
}

function piecesOf(texts: readonly string[], files: readonly OutboundMedia[], media: Capabilities['media']): Piece[] {
  const text = (one: string): Part => ({ kind: 'text', text: one });
  if (files.length === 0 || !media) return texts.map((one) => ({ parts: [text(one)] }));
  const groups = Array.from({ length: Math.ceil(files.length / media.perPiece) }, (_, at) =>
    files.slice(at * media.perPiece, (at + 1) * media.perPiece),
  );
  const [first = '', ...more] = texts;
  const together = texts.length > 0 && more.length === 0 && first.length <= media.caption;
  const [head = [], ...rest] = groups;
  const others = rest.map((parts) => ({ parts }));
  if (together) return [{ parts: [text(first), ...head] }, ...others];
  return [...texts.map((one) => ({ parts: [text(one)] })), { parts: head }, ...others];
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Splits a text where it is too long: at a line or a word where there is one in the last third, and never within what
 * people see as one character. Segments are for channels that count them themselves: there it stays whole.
 */
export function splitText(text: string, { most, unit }: Capabilities['text']): string[] {
  if (text === '') return [];
  const sizeOf = unit === 'bytes' ? (one: string) => Buffer.byteLength(one) : (one: string) => one.length;
  if (unit === 'segments' || sizeOf(text) <= most) return [text];
  const pieces: string[] = [];
  let piece = '';
  let size = 0;
  for (const { segment } of graphemes.segment(text)) {
    const added = sizeOf(segment);
    if (size + added > most && piece !== '') {
      const cut = breakIn(piece);
      pieces.push(piece.slice(0, cut).trimEnd());
      piece = piece.slice(cut).trimStart();
      size = sizeOf(piece);
    }
    piece += segment;
    size += added;
  }
  return [...pieces, piece].filter((one) => one !== '');
}

function breakIn(piece: string): number {
  const least = Math.floor((piece.length * 2) / 3);
  const at = Math.max(piece.lastIndexOf('\n'), piece.lastIndexOf(' '));
  return at >= least ? at + 1 : piece.length;
}

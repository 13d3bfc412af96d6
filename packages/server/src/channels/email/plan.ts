import type { OutboundMedia, OutboundMessage, Part, Plan } from '../message.ts';

/** What base64 makes of three bytes, with its line ends. */
const growth = (4 / 3) * (78 / 76);
/** Headers, text and what is between the parts, at least. */
const reserve = 64 * 1024;

/** A mail takes all of a message, as long as its files fit; links stand for those that do not. */
export function planMail(message: OutboundMessage, maxBytes: number): Plan {
  const changes: string[] = [];
  const parts: Part[] = [];
  const lines: string[] = [];
  let room = maxBytes - reserve;
  for (const part of message.parts) {
    if (part.kind === 'text') {
      parts.push(part);
      room -= Buffer.byteLength(part.text);
      continue;
    }
    const size = part.size * growth;
    if (size <= room) {
      parts.push(part);
      room -= size;
    } else if (part.url !== null) {
      lines.push(`${nameOf(part)}: ${part.url}`);
      changes.push(`${nameOf(part)} is too large for a mail; a link that works for an hour stands for it.`);
    } else {
      return tooLarge(part, maxBytes);
    }
  }
  if (message.reaction) {
    lines.push(message.reaction.emoji ?? '(took the reaction back)');
    changes.push('E-mail has no reactions; a mail with the emoji stands for it.');
  }
  if (message.rich) changes.push(`Of the ${message.rich.type} only the text is sent.`);
  if (lines.length > 0) parts.push({ kind: 'text', text: lines.join('\n') });
  return { ok: true, pieces: [{ parts }], changes };
}

function tooLarge(file: OutboundMedia, maxBytes: number): Plan {
  const message = `${nameOf(file)} does not fit into a mail of ${maxBytes} bytes, and there is no public URL for a link.`;
  return { ok: false, error: { kind: 'bad-content', code: 'too-large', message, receiptCode: 11751 } };
}

function nameOf({ filename }: OutboundMedia): string {
  return filename ?? 'A file';
}

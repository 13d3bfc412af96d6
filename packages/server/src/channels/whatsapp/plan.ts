import type { OutboundMedia, OutboundMessage, Part, Piece, Plan, RichPart } from '../message.ts';
import { textOf } from '../message.ts';
import { splitText } from '../plan.ts';
import { asObjects, asText } from './graph.ts';
import { shownOf } from './interactive.ts';
import { captionLimit, kindOf, takesCaption } from './media-kinds.ts';
import { type MetaMessage, type PieceData, textLimit, textMessage } from './meta-message.ts';

/** As names of templates are at Meta. */
const metaName = /^[a-z0-9_]{1,512}$/;

/**
 * Into messages of WhatsApp: a text, one file, or one of the things of `interactive.ts` each.
 *
 * @param templates what content templates are called at Meta, by SID or name
 */
export function planMessage(message: OutboundMessage, templates: Readonly<Record<string, string>>): Plan {
  const { reaction, rich, parts } = message;
  if (reaction) return { ok: true, pieces: [withData([], { reaction: true })], changes: [] };
  const changes: string[] = [];
  const pieces = rich ? richPieces(rich, parts, templates, changes) : plainPieces(parts, changes);
  if (pieces.length > 0) return { ok: true, pieces, changes };
  const error = { kind: 'bad-content', code: 'empty', message: 'The message has neither text nor files.' } as const;
  return { ok: false, error };
}

function richPieces(
  rich: RichPart,
  parts: readonly Part[],
  templates: Readonly<Record<string, string>>,
  changes: string[],
): Piece[] {
  const text: Part[] = parts.filter(({ kind }) => kind === 'text');
  const mapped = templates[rich.template] ?? templates[rich.name];
  if (mapped !== undefined) {
    const [name = '', language = rich.language] = mapped.split('/');
    return [withData(text, { template: { name, language }, session: null })];
  }
  const shown = shownOf(rich);
  if (shown) changes.push(...shown.changes);
  const session = shown?.message ?? asOneText(rich, parts, changes);
  if (session && metaName.test(rich.name)) {
    return [withData(text, { template: { name: rich.name, language: rich.language }, session })];
  }
  if (session) return [withData(text, { message: session })];
  return plainPieces(
    [...splitTextParts(rich, parts, changes), ...parts.filter(({ kind }) => kind === 'media')],
    changes,
  );
}

/** Where it is a text and nothing else, of a length that fits. */
function asOneText(rich: RichPart, parts: readonly Part[], changes: string[]): MetaMessage | undefined {
  const text = wordsOf(rich, parts, changes);
  const alone = parts.every(({ kind }) => kind === 'text');
  return alone && text !== '' && text.length <= textLimit ? textMessage(text) : undefined;
}

function splitTextParts(rich: RichPart, parts: readonly Part[], changes: string[]): Part[] {
  const text = wordsOf(rich, parts, changes);
  return text === '' ? [] : [{ kind: 'text', text }];
}

/** What it says, and under it what people could have tapped. */
function wordsOf(rich: RichPart, parts: readonly Part[], changes: string[]): string {
  const text = textOf(parts);
  const { type, content } = rich;
  if (type === 'twilio/text') return text;
  const options = [...asObjects(content['actions']), ...asObjects(content['items'])].map((option) => {
    const title = asText(option['title']) ?? asText(option['item']) ?? '';
    const target = asText(option['url']) ?? asText(option['phone']);
    return [title, target].filter((one) => one !== undefined && one !== '').join(': ');
  });
  const media = Array.isArray(content['media']) ? content['media'].filter((url) => typeof url === 'string') : [];
  const lines = [...options.filter((line) => line !== ''), ...media.filter((url) => !text.includes(url))];
  const change = `WhatsApp does not show this as ${type}: people get the text${lines.length > 0 ? ' and what belongs to it, a line each' : ''}.`;
  if (!changes.includes(change)) changes.push(change);
  return [text, ...lines].filter((line) => line !== '').join('\n');
}

function plainPieces(parts: readonly Part[], changes: string[]): Piece[] {
  const text = textOf(parts);
  const files = parts.filter((part): part is OutboundMedia => part.kind === 'media');
  const [first] = files;
  const kind = first && kindOf(first);
  const isCaption = kind !== undefined && takesCaption(kind) && text !== '' && text.length <= captionLimit;
  const texts = text === '' || isCaption ? [] : splitText(text, { most: textLimit, unit: 'characters' });
  if (texts.length > 1) {
    changes.push(`The text is longer than ${textLimit} characters: it is ${texts.length} messages.`);
  }
  return [
    ...texts.map((one): Piece => ({ parts: [{ kind: 'text', text: one }] })),
    ...files.map((file): Piece => {
      if (!kindOf(file)) {
        changes.push(
          `WhatsApp does not take a file of ${file.size} bytes of the type ${file.contentType}: it is a link.`,
        );
        return withData([file], { link: true });
      }
      return { parts: file === first && isCaption ? [file, { kind: 'text', text }] : [file] };
    }),
  ];
}

function withData(parts: readonly Part[], data: PieceData): Piece {
  return { parts, data };
}

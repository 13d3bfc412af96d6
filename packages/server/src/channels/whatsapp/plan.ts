import { asObjects } from '../json.ts';
import type { OutboundMedia, OutboundMessage, Part, Piece, Plan, RichPart } from '../message.ts';
import { textOf } from '../message.ts';
import { splitText } from '../plan.ts';
import { asText } from './graph.ts';
import { shownOf } from './interactive.ts';
import { captionLimit, kindOf, takesCaption } from './media-kinds.ts';
import { type PieceData, textLimit, textMessage } from './meta-message.ts';

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
  const text = parts.filter(({ kind }) => kind === 'text');
  const files = parts.filter(({ kind }) => kind === 'media');
  const mapped = [rich.template, rich.name].find((name) => Object.hasOwn(templates, name));
  if (mapped !== undefined) {
    const [name = '', language = rich.language] = templates[mapped]?.split('/') ?? [];
    return [withData(text, { template: { name, language }, session: null }), ...plainPieces(files, changes)];
  }
  const shown = shownOf(rich);
  if (shown) changes.push(...shown.changes);
  const words = shown ? '' : wordsOf(rich, parts, changes);
  const session = shown?.message ?? (words !== '' && words.length <= textLimit ? textMessage(words) : undefined);
  if (session && metaName.test(rich.name)) {
    const template = { name: rich.name, language: rich.language };
    return [withData(text, { template, session }), ...plainPieces(files, changes)];
  }
  if (shown) return [withData(text, { message: shown.message }), ...plainPieces(files, changes)];
  return plainPieces([...(words === '' ? [] : [{ kind: 'text' as const, text: words }]), ...files], changes);
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
  changes.push(change);
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

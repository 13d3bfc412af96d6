import { type ShownType, shownTypeNames } from './types.ts';

/** What a message shows beyond its text, with the variables filled in. */
export interface RichContent {
  /** For example `twilio/quick-reply`. */
  type: ShownType;
  /** As the template has it for that type. */
  content: Record<string, unknown>;
}

export interface FilledContent {
  /** For people who only get text. */
  text: string;
  rich: RichContent;
}

/** There would be more of it than may be. */
export class TooMuchContent extends Error {}

const placeholder = /\{\{\s*([A-Za-z0-9_.-]{1,256})\s*\}\}/g;

/**
 * Fills the placeholders of a template. One that no variable is for stays as it is, so that somebody notices.
 *
 * @param most how many characters may be filled in. A placeholder may stand in a template many times, and the writer
 * that fills it in has others to serve
 * @param variables of the message, then of the template: the first that has a name is taken
 * @returns undefined when messages can be of none of its types
 * @throws TooMuchContent
 */
export function fillContent(
  types: Record<string, Record<string, unknown>>,
  most: number,
  ...variables: readonly ReadonlyMap<string, string>[]
): FilledContent | undefined {
  const type = shownTypeNames.find((name) => types[name]);
  if (!type) return undefined;
  // It is filled in twice: as it is shown, and as text.
  let room = 2 * most;
  const filled = (text: string) =>
    text.replace(placeholder, (hole, name: string) => {
      const value = variables.find((known) => known.has(name))?.get(name) ?? hole;
      room -= value.length;
      if (room < 0) throw new TooMuchContent();
      return value;
    });
  const content = fillAll(types[type], filled) as Record<string, unknown>;
  const plain = types['twilio/text'];
  const text = textOf(plain ? (fillAll(plain, filled) as Record<string, unknown>) : content);
  return { text, rich: { type, content } };
}

function fillAll(value: unknown, filled: (text: string) => string): unknown {
  if (typeof value === 'string') return filled(value);
  if (Array.isArray(value)) return value.map((one) => fillAll(one, filled));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fillAll(one, filled)]));
}

/** What of a type can be said in text: its words, else where its files or its place are. */
function textOf(content: Record<string, unknown>): string {
  const { title, subtitle, body, label, media, latitude, longitude } = content;
  const words = [title, subtitle, body, label].filter((one) => typeof one === 'string' && one !== '');
  if (words.length > 0) return words.join('\n');
  if (Array.isArray(media)) return media.join('\n');
  return latitude === undefined ? '' : `${latitude}, ${longitude}`;
}

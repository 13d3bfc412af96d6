/**
 * Rich content as WhatsApp shows it within the window: buttons, lists, links, places, files that are somewhere on the
 * web. Limits as in "Interactive messages" of the Cloud API.
 */
import { asObjects, type Json } from '../json.ts';
import type { RichPart } from '../message.ts';
import { asText } from './graph.ts';
import { kindOfUrl } from './linked-media.ts';
import { captionLimit } from './media-kinds.ts';
import type { MetaMessage } from './meta-message.ts';
import { shorten } from './shorten.ts';

const bodyLimit = 1024;
const buttonLimit = 20;
const mostButtons = 3;
const mostRows = 10;
const rowLimit = { id: 200, title: 24, description: 72 };
const nameLimit = 1000;

/** What it is, and what of it is not as it was written, a sentence each. */
export interface Shown {
  message: MetaMessage;
  changes: string[];
}

/** Undefined where WhatsApp has nothing like it: then people get the text. */
export function shownOf({ type, content }: RichPart): Shown | undefined {
  switch (type) {
    case 'twilio/quick-reply':
      return choice(asText(content['body']), asObjects(content['actions']));
    case 'twilio/list-picker':
      return listPicker(content);
    case 'twilio/call-to-action':
      return oneLink(asText(content['body']), asObjects(content['actions']));
    case 'twilio/card':
      return card(content);
    case 'twilio/location':
      return place(content);
    case 'twilio/media':
      return file(content);
    default:
      return undefined;
  }
}

function choice(body: string | undefined, actions: readonly Json[], header?: Json): Shown | undefined {
  if (body === undefined || body.length > bodyLimit || actions.length === 0 || actions.length > mostRows)
    return undefined;
  if (actions.length > mostButtons) {
    const items = actions.map(({ title, id }) => ({ item: title, id: id ?? title }));
    const shown = list(body, 'Options', items);
    const change = `WhatsApp has ${mostButtons} buttons at most: the ${actions.length} answers are a list.`;
    return { ...shown, changes: [change, ...shown.changes] };
  }
  const changes: string[] = [];
  const ids = new Set<string>();
  const buttons = actions.map((action) => {
    const title = asText(action['title']) ?? '';
    const id = unique(asText(action['id']) ?? title, 256, ids);
    return { type: 'reply', reply: { id, title: cut(title, buttonLimit, 'The button', changes) } };
  });
  const interactive = { type: 'button', ...(header && { header }), body: { text: body }, action: { buttons } };
  return { message: { type: 'interactive', interactive }, changes };
}

function listPicker(content: Json): Shown | undefined {
  const body = asText(content['body']);
  const items = asObjects(content['items']);
  if (body === undefined || body.length > bodyLimit || items.length === 0 || items.length > mostRows) return undefined;
  return list(body, asText(content['button']) ?? 'Options', items);
}

function list(body: string, title: string, items: readonly Json[]): Shown {
  const changes: string[] = [];
  const ids = new Set<string>();
  const rows = items.map((item) => {
    const name = asText(item['item']) ?? '';
    const description = asText(item['description']);
    return {
      id: unique(asText(item['id']) ?? name, rowLimit.id, ids),
      title: cut(name, rowLimit.title, 'The choice', changes),
      ...(description && { description: cut(description, rowLimit.description, 'The description', changes) }),
    };
  });
  const button = cut(title, buttonLimit, 'The button', changes);
  const interactive = { type: 'list', body: { text: body }, action: { button, sections: [{ rows }] } };
  return { message: { type: 'interactive', interactive }, changes };
}

/** WhatsApp shows one button that opens a page; other buttons, and more of them, only in templates. */
function oneLink(body: string | undefined, actions: readonly Json[], header?: Json): Shown | undefined {
  const [action, ...others] = actions;
  const url = asText(action?.['url']);
  if (body === undefined || body.length > bodyLimit || others.length > 0 || !isUrl(action) || !url) return undefined;
  const changes: string[] = [];
  const text = cut(asText(action?.['title']) ?? url, buttonLimit, 'The button', changes);
  const parameters = { display_text: text, url };
  const interactive = {
    type: 'cta_url',
    ...(header && { header }),
    body: { text: body },
    action: { name: 'cta_url', parameters },
  };
  return { message: { type: 'interactive', interactive }, changes };
}

function card(content: Json): Shown | undefined {
  const words = [asText(content['title']), asText(content['subtitle'])].filter((one) => one !== undefined);
  const body = words.length === 0 ? undefined : words.join('\n');
  const actions = asObjects(content['actions']);
  const [url, ...more] = mediaOf(content);
  const kind = url === undefined ? undefined : kindOfUrl(url);
  // A header can be a picture, a film or a document.
  const header = kind && kind !== 'audio' ? { type: kind, [kind]: { link: url } } : undefined;
  if (more.length > 0 || (url !== undefined && !header)) return undefined;
  if (actions.length === 0) return url === undefined ? undefined : file({ body, media: [url] });
  const replies = actions.every((action) => action['type'] === 'QUICK_REPLY') && actions.length <= mostButtons;
  return replies ? choice(body, actions, header) : oneLink(body, actions, header);
}

function place({ latitude, longitude, label }: Json): Shown | undefined {
  const at = { latitude: Number(latitude), longitude: Number(longitude) };
  const exists = Math.abs(at.latitude) <= 90 && Math.abs(at.longitude) <= 180;
  if (!exists || latitude === '' || longitude === '') return undefined;
  const changes: string[] = [];
  const name = asText(label);
  const location = { ...at, ...(name && { name: cut(name, nameLimit, 'The name of the place', changes) }) };
  return { message: { type: 'location', location }, changes };
}

function file(content: Json): Shown | undefined {
  const [url, ...more] = mediaOf(content);
  const body = asText(content['body']);
  const kind = url === undefined ? undefined : kindOfUrl(url);
  const fits = body === undefined || (kind !== 'audio' && body.length <= captionLimit);
  if (!kind || more.length > 0 || !fits) return undefined;
  return { message: { type: kind, [kind]: { link: url, ...(body && { caption: body }) } }, changes: [] };
}

function mediaOf({ media }: Json): string[] {
  return Array.isArray(media) ? media.filter((url): url is string => typeof url === 'string') : [];
}

function isUrl(action: Json | undefined): boolean {
  return action?.['type'] === 'URL';
}

function cut(text: string, most: number, what: string, changes: string[]): string {
  const short = shorten(text, most);
  if (short !== text) changes.push(`${what} "${text}" is cut to ${most} characters.`);
  return short;
}

/** Meta refuses two of the same id. */
function unique(id: string, most: number, taken: Set<string>): string {
  let candidate = id.slice(0, most);
  for (let count = 2; taken.has(candidate); count += 1) candidate = `${id.slice(0, most - 4)}-${count}`;
  taken.add(candidate);
  return candidate;
}

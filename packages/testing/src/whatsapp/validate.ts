/** What Meta refuses in a message before anything else. Source: "Messages" of the Cloud API, by type. */
import { GraphError } from './graph-error.ts';

export type Json = Record<string, unknown>;

/** Fields of a request, and of `type` those that have an object. */
const fields = new Set([
  'messaging_product',
  'recipient_type',
  'to',
  'recipient',
  'type',
  'context',
  'biz_opaque_callback_data',
]);
const media: Readonly<Record<string, { caption: boolean; filename: boolean }>> = {
  image: { caption: true, filename: false },
  video: { caption: true, filename: false },
  document: { caption: true, filename: true },
  audio: { caption: false, filename: false },
  sticker: { caption: false, filename: false },
};
const types = [...Object.keys(media), 'text', 'location', 'contacts', 'template', 'interactive', 'reaction'];

/** @throws GraphError 100, 131008, 131009 */
export function validateMessage(body: Json): { type: string; own: Json } {
  const type = body['type'] ?? 'text';
  if (typeof type !== 'string' || !types.includes(type)) throw invalid(`type must be one of ${types.join(', ')}`);
  for (const name of Object.keys(body)) {
    if (!fields.has(name) && name !== type) throw new GraphError(100, `Unexpected key "${name}" on param`);
  }
  if (body['recipient_type'] !== undefined && body['recipient_type'] !== 'individual') throw invalid('recipient_type');
  if (body['to'] === undefined && body['recipient'] === undefined) throw missing('to');
  const opaque = body['biz_opaque_callback_data'];
  if (opaque !== undefined && (typeof opaque !== 'string' || opaque.length > 512))
    throw invalid('biz_opaque_callback_data');
  const context = body['context'];
  if (context !== undefined && typeof object(context, 'context')['message_id'] !== 'string') throw invalid('context');
  const own = type === 'contacts' ? {} : object(body[type], type);
  check(type, own);
  return { type, own };
}

function check(type: string, own: Json): void {
  const rules = media[type];
  if (rules) return checkMedia(type, own, rules);
  switch (type) {
    case 'text':
      only(own, ['body', 'preview_url'], type);
      return length(own['body'], 4096, 'text.body');
    case 'location':
      only(own, ['latitude', 'longitude', 'name', 'address'], type);
      if (!(Math.abs(Number(own['latitude'])) <= 90)) throw invalid('location.latitude');
      if (!(Math.abs(Number(own['longitude'])) <= 180)) throw invalid('location.longitude');
      return;
    case 'reaction':
      only(own, ['message_id', 'emoji'], type);
      if (typeof own['message_id'] !== 'string') throw missing('reaction.message_id');
      if (typeof own['emoji'] !== 'string') throw missing('reaction.emoji');
      return;
    case 'interactive':
      return checkInteractive(own);
    default:
      return;
  }
}

function checkMedia(type: string, own: Json, rules: { caption: boolean; filename: boolean }): void {
  const allowed = ['id', 'link', ...(rules.caption ? ['caption'] : []), ...(rules.filename ? ['filename'] : [])];
  only(own, allowed, type);
  if ((own['id'] === undefined) === (own['link'] === undefined)) throw missing(`${type}.id or ${type}.link`);
  if (own['caption'] !== undefined) length(own['caption'], 1024, `${type}.caption`);
}

function checkInteractive(own: Json): void {
  only(own, ['type', 'header', 'body', 'footer', 'action'], 'interactive');
  const action = object(own['action'], 'interactive.action');
  length(object(own['body'], 'interactive.body')['text'], 1024, 'interactive.body.text');
  switch (own['type']) {
    case 'button': {
      const buttons = list(action['buttons'], 1, 3, 'interactive.action.buttons').map((button) =>
        object(button['reply'], 'reply'),
      );
      for (const { id, title } of buttons) {
        length(id, 256, 'button id');
        length(title, 20, 'button title');
      }
      return unique(
        buttons.map(({ id }) => id),
        'button ids',
      );
    }
    case 'list': {
      length(action['button'], 20, 'interactive.action.button');
      const sections = list(action['sections'], 1, 10, 'interactive.action.sections');
      const rows = sections.flatMap((section) => list(section['rows'], 1, 10, 'rows'));
      if (rows.length > 10) throw invalid('there are more than 10 rows');
      for (const row of rows) {
        length(row['id'], 200, 'row id');
        length(row['title'], 24, 'row title');
        if (row['description'] !== undefined) length(row['description'], 72, 'row description');
      }
      return unique(
        rows.map(({ id }) => id),
        'row ids',
      );
    }
    case 'cta_url': {
      if (action['name'] !== 'cta_url') throw invalid('interactive.action.name');
      const parameters = object(action['parameters'], 'interactive.action.parameters');
      length(parameters['display_text'], 20, 'display_text');
      if (!URL.canParse(String(parameters['url']))) throw invalid('url');
      return;
    }
    default:
      throw invalid(`interactive.type ${String(own['type'])}`);
  }
}

export function object(value: unknown, name: string): Json {
  if (value === undefined) throw missing(name);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name);
  return value as Json;
}

function list(value: unknown, least: number, most: number, name: string): Json[] {
  if (!Array.isArray(value) || value.length < least || value.length > most)
    throw invalid(`${name}: ${least} to ${most}`);
  return value.map((item) => object(item, name));
}

function length(value: unknown, most: number, name: string): void {
  if (value === undefined || value === '') throw missing(name);
  if (typeof value !== 'string') throw invalid(name);
  if (value.length > most) throw new GraphError(100, `Param ${name} must be at most ${most} characters long.`);
}

function only(own: Json, allowed: readonly string[], name: string): void {
  for (const key of Object.keys(own))
    if (!allowed.includes(key)) throw new GraphError(100, `Unexpected key "${key}" on param "${name}"`);
}

function unique(values: readonly unknown[], name: string): void {
  if (new Set(values).size < values.length) throw invalid(`${name} must be unique`);
}

export function missing(name: string): GraphError {
  return new GraphError(131008, `Required parameter is missing: ${name}`);
}

export function invalid(name: string): GraphError {
  return new GraphError(131009, `Parameter value is not valid: ${name}`);
}

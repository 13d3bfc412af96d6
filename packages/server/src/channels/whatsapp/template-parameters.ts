/** Fills the placeholders of a template of Meta's with the variables of a message. Source: "Template components". */
import { asObjects, type Json } from '../json.ts';
import type { RichPart } from '../message.ts';
import { asText } from './graph.ts';
import { kindOfUrl } from './linked-media.ts';
import type { MetaTemplate } from './templates.ts';

export type Filled = { ok: true; components: unknown[] } | { ok: false; missing: string };

type Variables = Readonly<Record<string, string>>;

/** A variable that the template needs and the message does not have. */
class Missing extends Error {}

/**
 * Placeholders of the body are filled with the variables of the same name. Meta counts those of headers and buttons
 * anew from 1: there `header_1` and `button_0_1` (the first button has the number 0) come before `1`.
 */
export function fillTemplate(template: MetaTemplate, rich: RichPart): Filled {
  try {
    const components = template.components.flatMap((component) => {
      switch (asText(component['type'])?.toUpperCase()) {
        case 'HEADER':
          return header(template, component, rich);
        case 'BODY':
          return texts(template, 'body', asText(component['text']), rich.variables, '');
        case 'BUTTONS':
          return asObjects(component['buttons']).flatMap((button, index) => buttonOf(button, index, rich));
        default:
          return [];
      }
    });
    return { ok: true, components };
  } catch (error) {
    if (error instanceof Missing) return { ok: false, missing: error.message };
    throw error;
  }
}

/** Where Meta does not tell what the template looks like: all variables, in the order of their numbers, are its body's. */
export function guessTemplate({ variables }: RichPart): unknown[] {
  const names = Object.keys(variables).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const named = names.some((name) => !/^\d+$/.test(name));
  const parameters = names.map((name) => parameter(name, variables[name] ?? '', named));
  return parameters.length === 0 ? [] : [{ type: 'body', parameters }];
}

function header(template: MetaTemplate, component: Json, rich: RichPart): unknown[] {
  const format = asText(component['format'])?.toLowerCase() ?? 'text';
  if (format === 'text') return texts(template, 'header', asText(component['text']), rich.variables, 'header_');
  if (format === 'location') {
    const { latitude, longitude, label } = rich.content;
    const location = { latitude: String(latitude), longitude: String(longitude), ...(label ? { name: label } : {}) };
    return [{ type: 'header', parameters: [{ type: 'location', location }] }];
  }
  const media = rich.content['media'];
  const given = Array.isArray(media) ? media.filter((url): url is string => typeof url === 'string') : [];
  const link = rich.variables['header'] ?? given.find((url) => kindOfUrl(url) === format) ?? given[0];
  if (link === undefined) throw new Missing(`a file for the header (${format})`);
  return [{ type: 'header', parameters: [{ type: format, [format]: { link } }] }];
}

function texts(
  { named }: MetaTemplate,
  type: string,
  text: string | undefined,
  variables: Variables,
  prefix: string,
): unknown[] {
  const names = placeholdersIn(text ?? '');
  if (!named) names.sort((a, b) => Number(a) - Number(b));
  const parameters = names.map((name) => parameter(name, textFor(variables, prefix, name), named));
  return parameters.length === 0 ? [] : [{ type, parameters }];
}

function buttonOf(button: Json, index: number, rich: RichPart): unknown[] {
  const one = (subType: string, parameters: Json) => [
    { type: 'button', sub_type: subType, index: String(index), parameters: [parameters] },
  ];
  const prefix = `button_${index}_`;
  switch (asText(button['type'])?.toUpperCase()) {
    case 'QUICK_REPLY': {
      const id = asText(asObjects(rich.content['actions'])[index]?.['id']);
      return id === undefined ? [] : one('quick_reply', { type: 'payload', payload: id });
    }
    case 'URL': {
      const [name] = placeholdersIn(asText(button['url']) ?? '');
      return name === undefined ? [] : one('url', { type: 'text', text: textFor(rich.variables, prefix, name) });
    }
    // One-time codes: the button copies what the body shows.
    case 'OTP':
      return one('url', { type: 'text', text: textFor(rich.variables, prefix, '1') });
    case 'COPY_CODE':
      return one('copy_code', { type: 'coupon_code', coupon_code: textFor(rich.variables, prefix, '1') });
    default:
      return [];
  }
}

function placeholdersIn(text: string): string[] {
  const found = [...text.matchAll(/\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g)].map(([, name = '']) => name);
  return [...new Set(found)];
}

function textFor(variables: Variables, prefix: string, name: string): string {
  const value = variables[`${prefix}${name}`] ?? variables[name];
  // An empty one is refused by Meta.
  if (value === undefined || value.trim() === '') throw new Missing(`{{${prefix}${name}}}`);
  // Nor may there be line breaks, tabs, or more than four blanks in a row.
  return value.replace(/[\r\n\t]+/g, ' ').replace(/ {5,}/g, '    ');
}

function parameter(name: string, text: string, named: boolean) {
  return { type: 'text', ...(named && { parameter_name: name }), text };
}

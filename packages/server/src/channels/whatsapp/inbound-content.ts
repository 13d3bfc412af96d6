/**
 * What a message of each type says, as text and files, and what of it programs may want as data. Source: "Messages
 * webhook reference" of the platform. Types that are not known, now or ever, are said to be what they are.
 */

import type { InboundPart } from '../events.ts';
import { asObject, asObjects, type Json } from '../json.ts';
import { type MediaSource, mediaLifetime } from './download.ts';
import { asText } from './graph.ts';

export interface Content {
  parts: InboundPart[];
  details: Record<string, unknown>;
  /** Of a change to another message. */
  replyTo?: string;
}

/** @param at when it was written, in milliseconds */
export function contentOf(type: string, message: Json, at: number): Content {
  const content = readContent(type, message, at);
  return content.parts.length > 0 ? content : { ...content, ...said('(an empty message)', content.details) };
}

function readContent(type: string, message: Json, at: number): Content {
  const own = asObject(message[type]) ?? {};
  switch (type) {
    case 'text':
      return said(asText(own['body']) ?? '');
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'document':
    case 'sticker':
      return file(type, own, at);
    case 'interactive':
      return interactive(own);
    case 'button': {
      const title = asText(own['text']) ?? '';
      return said(title, { reply: { id: asText(own['payload']) ?? title, title } });
    }
    case 'location':
      return location(own);
    case 'contacts':
      return contacts(asObjects(message['contacts']));
    case 'order':
      return order(own);
    case 'system':
      return said(asText(own['body']) ?? `(${asText(own['type']) ?? 'system'})`, {
        system: asText(own['type']) ?? true,
      });
    case 'request_welcome':
      return said('(opened the chat)');
    case 'edit':
      return edit(own, at);
    case 'revoke':
      return { ...said('(deleted a message)', { deleted: true }), ...target(own) };
    case 'unsupported':
      return unsupported(asText(own['type']), asObjects(message['errors']));
    default:
      return said(`(a message of the type ${type.slice(0, 64)}, which cannot be shown here)`, { unknown: true });
  }
}

function said(text: string, details: Record<string, unknown> = {}): Content {
  return { parts: text === '' ? [] : [{ kind: 'text', text }], details };
}

function file(type: string, own: Json, at: number): Content {
  const id = asText(own['id']);
  const caption = asText(own['caption']);
  const text = caption === undefined ? [] : [{ kind: 'text' as const, text: caption }];
  if (id === undefined)
    return said([caption, `(a file of the type ${type} that cannot be had)`].filter(Boolean).join('\n'));
  const contentType = asText(own['mime_type']) ?? null;
  const filename = asText(own['filename']) ?? null;
  const sha256 = asText(own['sha256']);
  const url = asText(own['url']);
  const source: MediaSource = {
    id,
    ...(url !== undefined && URL.canParse(url) && { url }),
    ...(sha256 !== undefined && { sha256 }),
    ...(contentType !== null && { contentType }),
    ...(filename !== null && { filename }),
    deadline: at + mediaLifetime,
  };
  const voice = own['voice'] === true || type === 'voice';
  const details = { ...(voice && { voice }), ...(own['animated'] === true && { animated: true }) };
  return { parts: [...text, { kind: 'media', contentType, filename, source }], details };
}

function interactive(own: Json): Content {
  const reply = asObject(own['button_reply']) ?? asObject(own['list_reply']);
  if (reply) {
    const title = asText(reply['title']) ?? asText(reply['id']) ?? '';
    const description = asText(reply['description']);
    return said(title, { reply: { id: asText(reply['id']) ?? title, title, ...(description && { description }) } });
  }
  const flow = asObject(own['nfm_reply']);
  const name = asText(flow?.['name']);
  const response = asText(flow?.['response_json']);
  const details = { ...(flow && { form: { ...(name && { name }), ...(response && { response }) } }) };
  return said(asText(flow?.['body']) ?? `(an answer of the type ${asText(own['type']) ?? 'interactive'})`, details);
}

function location(own: Json): Content {
  const { latitude, longitude } = own;
  const name = asText(own['name']);
  const address = asText(own['address']);
  const url = asText(own['url']);
  const at = { latitude, longitude, ...(name && { name }), ...(address && { address }), ...(url && { url }) };
  const lines = [name, address, `${asText(latitude) ?? '?'}, ${asText(longitude) ?? '?'}`];
  return said(lines.filter((line) => line !== undefined).join('\n'), { location: at });
}

function contacts(cards: readonly Json[]): Content {
  const people = cards.map((card) => {
    const names = asObject(card['name']);
    const name = asText(names?.['formatted_name']) ?? asText(names?.['first_name']);
    const phones = asObjects(card['phones']).map((phone) => asText(phone['phone']) ?? asText(phone['wa_id']));
    const emails = asObjects(card['emails']).map((email) => asText(email['email']));
    return { ...(name && { name }), phones: phones.filter(isText), emails: emails.filter(isText) };
  });
  const lines = people.map(({ name, phones, emails }) => [name, ...phones, ...emails].filter(isText).join(', '));
  return said(lines.filter(isText).join('\n') || '(a contact)', { contacts: people });
}

function order(own: Json): Content {
  const items = asObjects(own['product_items']).map((item) => ({
    product: asText(item['product_retailer_id']) ?? '?',
    quantity: asText(item['quantity']) ?? '?',
    price: [asText(item['item_price']), asText(item['currency'])].filter(isText).join(' '),
  }));
  const text = asText(own['text']);
  const lines = items.map(
    ({ product, quantity, price }) => `${quantity} × ${product}${price ? ` (${price} each)` : ''}`,
  );
  return said([text, ...lines].filter(isText).join('\n') || '(an order)', {
    order: { catalog: asText(own['catalog_id']) ?? null, items },
  });
}

/** The new text or caption; a message that is changed cannot get another file. */
function edit(own: Json, at: number): Content {
  const now = asObject(own['message']) ?? own;
  const type = asText(now['type']) ?? 'text';
  const { parts } = contentOf(type === 'edit' || type === 'revoke' ? 'text' : type, now, at);
  const texts = parts.filter(({ kind }) => kind === 'text');
  const fallback = said('(changed a message)').parts;
  return { parts: texts.length > 0 ? texts : fallback, details: { edited: true }, ...target(own) };
}

function target(own: Json): { replyTo?: string } {
  const id = asText(own['original_message_id']) ?? asText(own['message_id']);
  return id === undefined ? {} : { replyTo: id };
}

function unsupported(kind: string | undefined, errors: readonly Json[]): Content {
  const [error] = errors;
  const reason = asText(asObject(error?.['error_data'])?.['details']) ?? asText(error?.['title']);
  const what =
    kind === undefined
      ? 'a message that WhatsApp does not pass on'
      : `a message of the type ${kind}, which WhatsApp does not pass on`;
  const code = asText(error?.['code']);
  return said(`(${what}${reason ? `: ${reason}` : ''})`, {
    unsupported: { ...(kind && { type: kind }), ...(code && { code }), ...(reason && { reason }) },
  });
}

function isText(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

import { type PhoneNetwork, phoneNumberOf } from '../phones/phone-network.ts';
import type { Person } from './person.ts';
import type { BusinessNumber, PersonState, ReceivedMessage, World } from './world.ts';

export function whatsAppPhones(world: World, personOf: (number: string) => Person): PhoneNetwork {
  return {
    title: 'WhatsApp',
    own: world.numbers.map(ownAddress),
    phones: ['whatsapp:+12025550123', 'whatsapp:+12025550124'],
    note: 'On WhatsApp the phone has to write first; then you may write to it for 24 hours.',
    log: world.log,
    addressOf: (raw) => phoneNumberOf(raw.startsWith('+') ? `whatsapp:${raw}` : raw, 'whatsapp:'),
    write: async (phone, to, body) => {
      const number = world.numbers.find((one) => ownAddress(one) === to);
      const { shown } = await personOf(phone).write(body, number ? { to: number.id } : {});
      if (!shown) throw new Error('A new message was taken for one that was there before.');
      return shown;
    },
  };
}

export function ownAddress({ number }: BusinessNumber): string {
  return `whatsapp:${number}`;
}

export function addressOf({ number }: PersonState): string {
  return `whatsapp:+${number}`;
}

/** What of a message of the business a phone shows as its text, and its file. */
export function shownOf({ type, body, text, file }: ReceivedMessage) {
  const media = file ? [{ contentType: file.contentType, filename: file.filename, size: file.bytes.length }] : [];
  return { body: text ?? partsOf(type, body[type]), media };
}

export function writtenText(type: string, object: Readonly<Record<string, unknown>>): string {
  const { body, caption } = (object[type] ?? {}) as { body?: unknown; caption?: unknown };
  if (typeof body === 'string') return body;
  return typeof caption === 'string' ? caption : partsOf(type, object[type]);
}

/** Of whatever is not plain text: a template, buttons, a place, a reaction. */
function partsOf(type: string, part: unknown): string {
  const { name, emoji, body } = (part ?? {}) as { name?: unknown; emoji?: unknown; body?: { text?: unknown } };
  const words = [body?.text, name, emoji].find((word) => typeof word === 'string' && word !== '');
  return words === undefined ? `[${type}]` : `[${type}] ${words}`;
}

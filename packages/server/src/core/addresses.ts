/**
 * Addresses of people outside chat, and own addresses that stand for the account ("proxy addresses").
 * The prefix names the channel; no prefix means SMS, and e-mail where there is an @. Contract: Participant Resource,
 * "Messaging Binding".
 */
import { domainToASCII } from 'node:url';
import { limits, type ParticipantType } from '@colloquy/protocol';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

export type AddressType = Exclude<ParticipantType, 'chat'>;

export type ParsedAddress = { ok: true; type: AddressType; address: string } | { ok: false; reason: string };

const tooLong: ParsedAddress = { ok: false, reason: `At most ${limits.address} characters.` };

/**
 * A person's address in its canonical form.
 *
 * Lenient: numbers that are well-formed but not assigned pass, since test ranges are of that kind.
 *
 * @returns the reason in words for people when it is not an address
 */
export function parseAddress(raw: string): ParsedAddress {
  if (raw.length > limits.address) return tooLong;
  // The prefix goes first: a number parser reads "whatsapp:+1…" as the bare number.
  const colon = raw.indexOf(':');
  if (colon === -1) return raw.includes('@') ? parseMail(raw) : parsePhone('sms', '', raw);
  const prefix = raw.slice(0, colon).toLowerCase();
  const rest = raw.slice(colon + 1);
  switch (prefix) {
    case 'whatsapp':
      // Business-scoped user ids, of a business or of its parent, stand in for numbers that the person does not show.
      return /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]+$/.test(rest)
        ? { ok: true, type: 'whatsapp', address: `whatsapp:${rest}` }
        : parsePhone('whatsapp', 'whatsapp:', rest);
    case 'mailto':
    case 'email':
      return parseMail(rest);
    case 'messenger':
    case 'rcs':
    case 'gbm':
    case 'apple':
      return /^[^\s\p{Cc}]+$/u.test(rest)
        ? { ok: true, type: prefix, address: `${prefix}:${rest}` }
        : { ok: false, reason: `After ${prefix}: comes an id without blanks.` };
    case 'telegram':
      // The id of a chat: a bot cannot write to a name. Those of groups are below zero.
      return /^-?[1-9][0-9]{0,18}$/.test(rest)
        ? { ok: true, type: 'telegram', address: `telegram:${rest}` }
        : { ok: false, reason: 'After telegram: comes the number of a chat.' };
    default:
      return {
        ok: false,
        reason: `No channel has the prefix ${prefix}:. Known are whatsapp:, messenger:, rcs:, gbm:, apple:, telegram: and mailto:; SMS has none.`,
      };
  }
}

/** As the contract shows it: only here do addresses of e-mail have a prefix. */
export function shownAddress(address: string): string {
  return address.replace(/^mailto:/, '');
}

/** The type of an address in any spelling; undefined when it is none. */
export function addressTypeOf(raw: string): AddressType | undefined {
  const parsed = parseAddress(raw);
  return parsed.ok ? parsed.type : undefined;
}

/**
 * An own address: what a person can have, a short code of 3 to 8 digits, which only sends and receives SMS, or the name
 * of a bot at Telegram.
 */
export function parseProxyAddress(raw: string): ParsedAddress {
  if (/^[0-9]{3,8}$/.test(raw)) return { ok: true, type: 'sms', address: raw };
  if (!/^telegram:/i.test(raw)) return parseAddress(raw);
  const name = raw.slice('telegram:'.length).toLowerCase();
  return /^@[a-z][a-z0-9_]{3,31}$/.test(name)
    ? { ok: true, type: 'telegram', address: `telegram:${name}` }
    : { ok: false, reason: 'After telegram: comes the name of the bot, for example telegram:@shop_bot.' };
}

function parsePhone(type: AddressType, prefix: string, raw: string): ParsedAddress {
  const number = raw.replace(/[\s().-]/g, '');
  if (!/^\+[1-9][0-9]{4,14}$/.test(number)) {
    // In a form body a bare "+" arrives as a blank: the commonest of all mistakes here.
    const lostPlus = /^\s[1-9][0-9 ]+$/.test(raw);
    return {
      ok: false,
      reason: lostPlus
        ? 'The + of the number is missing: write it as %2B in a form body.'
        : 'Send the number as + and the country code, for example +12025550123.',
    };
  }
  // WhatsApp writes Mexican mobiles as +52 1 and ten digits, which the number plan no longer has.
  const mexican = /^\+521[0-9]{10}$/.test(number);
  if (!mexican && !parsePhoneNumberFromString(number)?.isPossible()) {
    return {
      ok: false,
      reason: `${number} is too long or too short for its country code, or that code does not exist.`,
    };
  }
  return { ok: true, type, address: prefix + number };
}

function parseMail(raw: string): ParsedAddress {
  const at = raw.lastIndexOf('@');
  const local = raw.slice(0, at);
  const given = raw.slice(at + 1);
  // What follows one of these would be dropped on the way.
  const domain = /[/?#\\]/.test(given) ? '' : domainToASCII(given);
  if (at < 1 || !/^[^\s\p{Cc}@]+$/u.test(local) || !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(domain)) {
    return { ok: false, reason: 'Send an e-mail address, for example mailto:ann@example.com.' };
  }
  const address = `mailto:${local}@${domain}`;
  return address.length > limits.address ? tooLong : { ok: true, type: 'email', address };
}

const rewrites: readonly [RegExp, string][] = [
  // Mexico: mobiles with and without the 1 after the country code.
  [/^\+52([2-9][0-9]{9})$/, '+521$1'],
  [/^\+521([0-9]{10})$/, '+52$1'],
  // Brazil: mobiles with and without the ninth digit; numbers of fixed lines begin with 2 to 5.
  [/^\+55([0-9]{2})([6-9][0-9]{7})$/, '+55$19$2'],
  [/^\+55([0-9]{2})9([6-9][0-9]{7})$/, '+55$1$2'],
  // Argentina: mobiles with and without the 9 after the country code.
  [/^\+54([1-8][0-9]{9})$/, '+549$1'],
  [/^\+549([0-9]{10})$/, '+54$1'],
];

/**
 * Other spellings under which a network may deliver what the same phone writes. A look-up tries the
 * address itself first, then these.
 */
export function variantsOf(address: string): string[] {
  const start = address.indexOf('+');
  if (start === -1) return [];
  const prefix = address.slice(0, start);
  const number = address.slice(start);
  return rewrites.filter(([form]) => form.test(number)).map(([form, to]) => prefix + number.replace(form, to));
}

/** Which addresses can be configured, by type. Contract: "Address Configuration Resource". */
import { parseAddress, parseProxyAddress, shownAddress } from '../addresses.ts';

export const configurableTypes = [
  'sms',
  'whatsapp',
  'messenger',
  'gbm',
  'email',
  'rcs',
  'apple',
  'telegram',
  'chat',
] as const;

export type ConfigurableType = (typeof configurableTypes)[number];

export type ConfiguredAddress = { ok: true; address: string } | { ok: false; reason: string };

/**
 * An own address in the canonical form in which channels name the recipients of messages.
 *
 * @param limit how many characters it may have
 * @returns the reason in words for people when it is none of that type
 */
export function parseConfiguredAddress(type: ConfigurableType, raw: string, limit: number): ConfiguredAddress {
  if (raw.length > limit) return { ok: false, reason: `at most ${limit} characters` };
  if (type === 'chat') return parseChat(raw);
  if (isName(raw) && namedTypes.has(type)) return parseName(type, raw);
  const parsed = parseProxyAddress(withPrefix(type, raw));
  if (!parsed.ok) return { ok: false, reason: parsed.reason };
  if (parsed.type !== type) return { ok: false, reason: `an address of type ${parsed.type}, not ${type}` };
  return { ok: true, address: parsed.address };
}

/** E-mail addresses are configured as they are, everywhere else they have a prefix. */
function withPrefix(type: ConfigurableType, raw: string): string {
  return type === 'email' && !/^mailto:/i.test(raw) ? `mailto:${raw}` : raw;
}

/** Types whose own addresses may be names like `urn:mbid:…`: published examples have them for each of these. */
const namedTypes: ReadonlySet<ConfigurableType> = new Set(['whatsapp', 'messenger', 'gbm', 'rcs', 'apple']);

/** A Uniform Resource Name (RFC 8141), as businesses have on Apple's Messages. */
function isName(raw: string): boolean {
  return raw.startsWith('urn:');
}

function parseName(type: ConfigurableType, raw: string): ConfiguredAddress {
  const ok = /^urn:[^\s\p{Cc}]+$/u.test(raw);
  return ok ? { ok, address: `${type}:${raw}` } : { ok, reason: 'After urn: comes a name without blanks.' };
}

function parseChat(raw: string): ConfiguredAddress {
  const ok = /^[^\s\p{Cc}]+$/u.test(raw);
  return ok ? { ok, address: raw } : { ok, reason: 'send an address without blanks' };
}

/** What a path may mean by a text: the address as it stands, or one of the forms that stand for it. */
export function addressesMeantBy(ref: string): string[] {
  if (isName(ref)) return [ref, ...[...namedTypes].map((type) => `${type}:${ref}`)];
  const parsed = parseProxyAddress(ref);
  const mail = parseAddress(`mailto:${ref}`);
  return [ref, ...(parsed.ok ? [parsed.address] : []), ...(mail.ok ? [mail.address] : [])];
}

/** As the contract shows it. */
export function shownConfiguredAddress(type: string, address: string): string {
  return type === 'email' ? shownAddress(address) : address.replace(/^[a-z]+:(?=urn:)/, '');
}

/** Which addresses can be configured, by type. Contract: "Address Configuration Resource". */
import { parseAddress, parseProxyAddress } from '../addresses.ts';

export const configurableTypes = ['sms', 'whatsapp', 'messenger', 'gbm', 'email', 'rcs', 'apple', 'chat'] as const;

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
  const parsed = type === 'sms' ? parseProxyAddress(raw) : parseAddress(withPrefix(type, raw));
  if (!parsed.ok) return { ok: false, reason: parsed.reason };
  if (parsed.type !== type) return { ok: false, reason: `an address of type ${parsed.type}, not ${type}` };
  return { ok: true, address: parsed.address };
}

/** E-mail addresses and ids of Apple are configured as they are, everywhere else they have a prefix. */
function withPrefix(type: ConfigurableType, raw: string): string {
  if (type === 'email' && !/^mailto:/i.test(raw)) return `mailto:${raw}`;
  if (type === 'apple' && raw.startsWith('urn:')) return `apple:${raw}`;
  return raw;
}

function parseChat(raw: string): ConfiguredAddress {
  const ok = /^[^\s\p{Cc}]+$/u.test(raw);
  return ok ? { ok, address: raw } : { ok, reason: 'send an address without blanks' };
}

/** What a path may mean by a text: the address as it stands, or one of the forms that stand for it. */
export function addressesMeantBy(ref: string): string[] {
  const parsed = parseProxyAddress(ref);
  const mail = parseAddress(`mailto:${ref}`);
  return [ref, `apple:${ref}`, ...(parsed.ok ? [parsed.address] : []), ...(mail.ok ? [mail.address] : [])];
}

/** As the contract shows it. */
export function shownAddress(type: string, address: string): string {
  if (type === 'email') return address.replace(/^mailto:/, '');
  return type === 'apple' ? address.replace(/^apple:(?=urn:)/, '') : address;
}

/**
 * Does a mail come from whom it says it is from? Only the own mail server can tell: it checks what the sender's domain
 * publishes and writes the result on top (RFC 8601), under a name that it takes out of what comes from outside.
 */
import { type Mail, valuesOf } from './mail.ts';

/**
 * @param server the name under which the own server writes
 * @returns the method that proves the domain of `From`; null when none does
 */
export function provenBy(mail: Pick<Mail, 'headers' | 'from'>, server: string | undefined): string | null {
  const domain = mail.from?.address.slice(mail.from.address.lastIndexOf('@') + 1).toLowerCase();
  if (server === undefined || !domain) return null;
  const header = valuesOf(mail, 'authentication-results').find((value) => serverOf(value) === server.toLowerCase());
  if (header === undefined) return null;
  for (const result of withoutComments(header).split(';').slice(1)) {
    const method = /^\s*(dmarc|dkim|spf)\s*=\s*pass\b/i.exec(result)?.[1]?.toLowerCase();
    if (method !== undefined && aligned(propertyOf(method, result), domain)) return method;
  }
  return null;
}

function serverOf(value: string): string | undefined {
  return /^\s*([^\s;]+)/.exec(withoutComments(value))?.[1]?.toLowerCase();
}

/** What was checked, which may be another domain than that of `From`. */
function propertyOf(method: string, result: string): string | undefined {
  const name = { dmarc: 'header\\.from', dkim: 'header\\.(?:d|i)', spf: 'smtp\\.mailfrom' }[method];
  const value = new RegExp(`\\b${name}\\s*=\\s*"?([^\\s";]+)`, 'i').exec(result)?.[1]?.toLowerCase();
  return value?.slice(value.lastIndexOf('@') + 1);
}

/** The same domain, or one above it that is more than the name of a country. */
function aligned(checked: string | undefined, domain: string): boolean {
  if (checked === undefined) return false;
  return checked === domain || (checked.includes('.') && domain.endsWith(`.${checked}`));
}

function withoutComments(value: string): string {
  let text = '';
  let depth = 0;
  for (const letter of value) {
    if (letter === '(') depth += 1;
    else if (letter === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0) text += letter;
  }
  return text;
}

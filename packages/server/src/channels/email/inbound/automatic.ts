import { type Mail, valuesOf } from './mail.ts';

/**
 * Why a mail was not written by a person to us, or null when it seems to have been. RFC 3834; the other headers are
 * what mailing lists and out-of-office programs have used since before it.
 *
 * @param returnPath the envelope's sender where it is known; empty for none
 */
export function whyAutomatic(mail: Mail, returnPath: string | undefined): string | null {
  const value = (key: string) => valuesOf(mail, key)[0]?.trim().toLowerCase();
  const submitted = value('auto-submitted')?.split(';', 1)[0]?.trim();
  if (submitted !== undefined && submitted !== '' && submitted !== 'no') return submitted;
  const precedence = value('precedence');
  if (precedence !== undefined && /^(?:bulk|list|junk|auto_reply)$/.test(precedence)) return precedence;
  if (value('list-id') !== undefined) return 'list';
  if (value('x-auto-response-suppress') !== undefined) return 'auto-response-suppress';
  if (value('x-autoreply') !== undefined || value('x-autorespond') !== undefined) return 'auto-replied';
  return hasNoReturnPath(mail, returnPath) ? 'no return path' : null;
}

/** Nobody is to be told that such a mail could not be delivered: it is a report or an answer itself. */
export function hasNoReturnPath(mail: Mail, returnPath: string | undefined): boolean {
  if (returnPath !== undefined) return returnPath === '';
  return /^<\s*>$/.test(valuesOf(mail, 'return-path')[0]?.trim() ?? '');
}

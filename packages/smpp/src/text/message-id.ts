/**
 * An SMSC may call a message `1E240` when it takes it and `123456`, or `00001e240`, in its receipt.
 */

/** How one side writes ids. `text`: they are no numbers, or nobody knows. */
export type IdForm = 'decimal' | 'hex' | 'text';

/**
 * The one form that both sides' ids are brought to where it is known how each writes them.
 *
 * @returns numbers as decimals, texts in small letters; without zeros in front
 */
export function canonicalId(id: string, form: IdForm): string {
  const bare = id.trim().toLowerCase();
  if (form === 'decimal' && /^\d+$/.test(bare)) return BigInt(bare).toString();
  if (form === 'hex' && /^(0x)?[0-9a-f]+$/.test(bare)) return BigInt(`0x${bare.replace(/^0x/, '')}`).toString();
  return bare.replace(/^0+(?=.)/, '');
}

/**
 * What else an id may be called where that is not known: itself first, then read as hexadecimal, then written so.
 *
 * @param id in the canonical form of `text`
 */
export function otherForms(id: string): string[] {
  const forms = [id];
  if (/^[0-9a-f]+$/.test(id)) forms.push(BigInt(`0x${id}`).toString());
  if (/^\d+$/.test(id)) forms.push(BigInt(id).toString(16));
  return [...new Set(forms)];
}

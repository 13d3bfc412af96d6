/** What an SMSC may call messages. */
import { randomUUID } from 'node:crypto';

/**
 * `padded`: ten decimals with zeros in front; `constant`: the same for every message, which a real one does
 * (osmo-msc 1.9.0).
 */
export type IdForm = 'decimal' | 'hex' | 'upper-hex' | 'padded' | 'uuid' | 'constant';

/** A number in one of the forms. Of `uuid` it makes a new one each time, so it is to be made once. */
export function idIn(form: IdForm, number: number): string {
  switch (form) {
    case 'decimal':
      return String(number);
    case 'hex':
      return number.toString(16);
    case 'upper-hex':
      return number.toString(16).toUpperCase().padStart(8, '0');
    case 'padded':
      return String(number).padStart(10, '0');
    case 'uuid':
      return randomUUID();
    case 'constant':
      return 'msg_id_not_implemented';
  }
}

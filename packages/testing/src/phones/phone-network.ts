import type { PhoneLog, PhoneMessage } from './phone-log.ts';

/** The phones of people, whatever the network that they are in: one face of all simulators. */
export interface PhoneNetwork {
  /** For people. */
  title: string;
  /** The own addresses of the business: whom phones write to. There is one at least. */
  own: readonly string[];
  /** Phones to begin with; any other address of their kind will do as well. */
  phones: readonly [string, string];
  /** What somebody who begins has to know of the network. */
  note: string | null;
  log: PhoneLog;
  /** An address as the log has it, out of one as people write it; undefined where the network has none like that. */
  addressOf(raw: string): string | undefined;
  /**
   * A person writes. Resolves when the other side was told, or could not be told: the log says so.
   *
   * @param to one of the own addresses
   */
  write(phone: string, to: string, body: string): Promise<PhoneMessage>;
}

/** For networks with phone numbers. @param prefix that addresses have before the number, for example `whatsapp:` */
export function phoneNumberOf(raw: string, prefix = ''): string | undefined {
  const bare = raw.startsWith(prefix) ? raw.slice(prefix.length) : raw;
  const number = bare.replace(/[\s().-]/g, '');
  return /^\+[1-9][0-9]{4,14}$/.test(number) ? prefix + number : undefined;
}

import { connectionErrors } from './errors/connections.ts';
import { conversationErrors } from './errors/conversations.ts';
import { generalErrors } from './errors/general.ts';
import { participantAndMessageErrors } from './errors/participants-and-messages.ts';
import { serviceAndUserErrors } from './errors/services-and-users.ts';

/**
 * Every error of the contract: code, HTTP status, message, and what to do about it. Codes and statuses: behaviour
 * reference, sections 2.2 to 2.6. Some say what cannot happen on this server: they are listed so that a program that
 * knows them can look them up. To add one, put it into the file of its range, in ascending order.
 */
export const errors = {
  ...generalErrors,
  ...serviceAndUserErrors,
  ...conversationErrors,
  ...participantAndMessageErrors,
  ...connectionErrors,
} as const;

export type ErrorCode = keyof typeof errors;

/** Fills the `{holes}` of a text. A hole without a value stays as it is: JSON in a help text has braces, too. */
export function fill(text: string, holes: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => (name in holes ? String(holes[name]) : hole));
}

/** The body of every REST error, exactly these four keys. */
export interface RestErrorBody {
  code: number;
  message: string;
  more_info: string;
  status: number;
}

import type { PhoneMessage } from './phone-line.ts';

/** The texts from a moment on; all of them when it is not known. Times of the server may be whole seconds. */
export function since(moment: Date | null, messages: readonly PhoneMessage[]): PhoneMessage[] {
  if (moment === null) return [...messages];
  const first = Math.floor(moment.getTime() / 1000) * 1000;
  return messages.filter((message) => new Date(message.dateCreated).getTime() >= first);
}

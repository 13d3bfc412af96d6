/**
 * Words by which people say that they want no more messages, or messages again, or to know what this is. Nobody between
 * us and the phone does that on a line of one's own. A text means it when it is nothing else.
 */
import type { SmppConfig } from './config.ts';

const stop = ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT'];
const start = ['START', 'YES', 'UNSTOP'];
const help = ['HELP', 'INFO'];

export type Wish = 'stop' | 'start' | 'help';

export function wishIn(text: string, { stopWords, startWords, helpText }: SmppConfig): Wish | null {
  const word = text.trim().toUpperCase();
  const among = (own: readonly string[], more: readonly string[]) =>
    own.includes(word) || more.some((one) => one.toUpperCase() === word);
  if (among(stop, stopWords)) return 'stop';
  if (among(start, startWords)) return 'start';
  return helpText !== '' && among(help, []) ? 'help' : null;
}

/** What the SMSC's answer to a message means for its delivery. */
import { type StatusClass, type SubmitOutcome, statusName } from '@colloquy/smpp';
import type { ProviderError, SendResult } from '../message.ts';

const kinds: Record<Exclude<StatusClass, 'ok'>, ProviderError['kind']> = {
  throttle: 'throttle',
  temporary: 'temporary',
  recipient: 'bad-recipient',
  sender: 'permanent',
  content: 'bad-content',
  permanent: 'permanent',
  // The message is not at fault: it goes by another bind, or by this one when it is mended.
  session: 'throttle',
  credentials: 'credentials',
};

/** "Invalid sender": what the contract has for an own number that the network does not take messages from. */
const badSender = 21212;

export function refusal(
  { status, class: kind }: Extract<SubmitOutcome, { outcome: 'answered' }>,
  pauseMs: number,
): SendResult {
  if (kind === 'ok') throw new Error('It was taken.');
  const name = statusName(status);
  const error: ProviderError = { kind: kinds[kind], code: name, message: `The SMSC answered ${name}.` };
  // The bind that it came by makes a pause; other binds of the sender need none.
  if (error.kind === 'throttle') return rejected({ ...error, retryAfterMs: Math.max(1000, pauseMs) });
  return rejected(kind === 'sender' ? { ...error, receiptCode: badSender } : error);
}

export function noCredentials(reason: string): SendResult {
  return rejected({ kind: 'credentials', code: 'bind-refused', message: reason });
}

/** Where there is a bind, it was only not its turn yet. */
export function notSent({ bound, reason, retryAfterMs }: Extract<SubmitOutcome, { outcome: 'not-sent' }>): SendResult {
  const error = { kind: 'throttle', message: reason, retryAfterMs } as const;
  return rejected(bound ? { ...error, code: 'no-turn' } : { ...error, code: 'no-bind', scope: 'sender' });
}

export function rejected(error: ProviderError): SendResult {
  return { outcome: 'rejected', error };
}

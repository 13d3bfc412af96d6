/**
 * A bot cannot begin: the person does, by a link like `t.me/<bot>?start=<payload>`. Such a payload names a conversation,
 * and is signed, so that nobody gets into another one by guessing. It fits into the 64 signs that Telegram allows.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isSid } from '@colloquy/protocol';

/** 162 bits. */
const signatureLength = 27;

export function startPayload(token: string, conversation: string): string {
  return `${conversation}-${sign(token, conversation)}`;
}

/** @returns the conversation that it names; undefined where it was not made here */
export function conversationIn(token: string, payload: string): string | undefined {
  const conversation = payload.slice(0, 34);
  if (!isSid(conversation, 'CH')) return undefined;
  const [given, expected] = [Buffer.from(payload), Buffer.from(startPayload(token, conversation))];
  return given.length === expected.length && timingSafeEqual(given, expected) ? conversation : undefined;
}

function sign(token: string, conversation: string): string {
  return createHmac('sha256', token).update(`start ${conversation}`).digest('base64url').slice(0, signatureLength);
}

/** What Telegram sends along with its calls. It follows from the token, so that nothing has to be kept. */
export function webhookSecret(token: string): string {
  return createHmac('sha256', token).update('webhook').digest('base64url');
}

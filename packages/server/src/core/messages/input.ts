/** What is asked for when a message is sent, and what its text has to be like. */
import type { Limits } from '@colloquy/protocol';
import { refuse } from '../refusal.ts';
import type { Assignable } from '../webhooks/assigned.ts';

export interface SendMessage extends Assignable {
  service: string;
  /** SID or unique name. */
  conversation: string;
  /** For back ends; a user is his own author. */
  author?: string | undefined;
  body?: string | undefined;
  subject?: string | null | undefined;
  attributes?: string | undefined;
  /** SIDs of media, in their order. */
  media?: readonly string[] | undefined;
  contentSid?: string | undefined;
  contentVariables?: string | undefined;
  dateCreated?: number | undefined;
  dateUpdated?: number | undefined;
}

export function checkBody(body: string, limits: Limits): string {
  if (body.length * 3 > limits.messageBodyBytes && Buffer.byteLength(body) > limits.messageBodyBytes) {
    throw refuse(50504, { limit: limits.messageBodyBytes, unit: 'bytes' });
  }
  return body;
}

export function checkSubject(subject: string | null | undefined, limits: Limits): string | null {
  if (subject === undefined || subject === null) return null;
  if (subject.length > limits.subject) {
    throw refuse(20422, { parameter: 'Subject', reason: `longer than ${limits.subject} characters` });
  }
  return subject;
}

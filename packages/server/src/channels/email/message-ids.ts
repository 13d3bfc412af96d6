/**
 * Ids of mails, with their angle brackets. Ours name the delivery and the conversation, so whatever names ours leads to
 * the conversation, without a look-up and though nobody can guess one.
 */
import { conversationIn, makeToken, readToken } from './tokens.ts';

/** A header may name many; servers limit a line to 998 characters, and nobody needs the ancestors of a long thread. */
const mostIds = 20;
/** RFC 5322, 2.1.1: of a line, and an id cannot be folded; in bytes. A longer one no database has an index for. */
const longestId = 998;

/** The ids that a header names, in their order; of many the last ones, and none that is longer than an id may be. */
export function idsIn(header: string | undefined): string[] {
  if (header === undefined) return [];
  const found = header.match(/<[^<>\s]+>/g) ?? header.match(/[^<>\s,]+@[^<>\s,]+/g)?.map((id) => `<${id}>`) ?? [];
  return found.filter((id) => Buffer.byteLength(id) <= longestId).slice(-mostIds);
}

export function messageIdFor(key: Buffer, delivery: string, conversation: string, domain: string): string {
  return `<${makeToken(key, delivery)}.${makeToken(key, conversation)}@${domain}>`;
}

/** The mail that all mails of a conversation say they descend from. It was never sent; clients build threads on it. */
export function rootIdFor(key: Buffer, conversation: string, domain: string): string {
  return `<${makeToken(key, conversation)}@${domain}>`;
}

/** RFC 3461, 4.4: what a server puts into its reports on a mail, if it keeps to that. */
const longestEnvelopeId = 100;

export function envelopeIdFor(key: Buffer, delivery: string, conversation: string): string | undefined {
  const id = `${makeToken(key, delivery)}.${makeToken(key, conversation)}`;
  return id.length > longestEnvelopeId ? undefined : id;
}

/** What one of our ids says, of either kind; nothing of somebody else's. */
export function readMessageId(key: Buffer, id: string): { delivery?: string; conversation?: string } {
  const [local = ''] = id.replace(/^<|>$/g, '').split('@');
  const [first = '', second] = local.split('.');
  if (second === undefined) return named(undefined, conversationIn(key, first));
  const conversation = conversationIn(key, second);
  // Both or none: otherwise somebody put two of our ids together.
  return conversation === undefined ? {} : named(readToken(key, first), conversation);
}

function named(delivery: string | undefined, conversation: string | undefined) {
  return { ...(delivery !== undefined && { delivery }), ...(conversation !== undefined && { conversation }) };
}

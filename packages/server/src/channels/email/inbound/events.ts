/** What a mail is to the server: a message, a report on one of ours, or nothing that concerns it. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { limits } from '@colloquy/protocol';
import { parseAddress } from '../../../core/addresses.ts';
import { beginningOf } from '../../../core/storable.ts';
import type { InboundEvent, InboundMedia, InboundMessage, InboundStatus } from '../../events.ts';
import type { Address } from '../../message.ts';
import type { OwnAddresses, OwnRecipient } from '../addresses.ts';
import { readMessageId } from '../message-ids.ts';
import { provenBy } from './authentication.ts';
import { hasNoReturnPath, whyAutomatic } from './automatic.ts';
import { contentOf } from './content.ts';
import { type Mail, valuesOf } from './mail.ts';
import { type Report, receiptCodeOf, reportedIds, reportsIn, statusOf } from './reports.ts';

export interface Envelope {
  /** Empty where nobody is to get reports. */
  sender: string;
  recipients: readonly string[];
}

export interface MailContext {
  key: Buffer;
  own: OwnAddresses;
  now: number;
  /** Whose `Authentication-Results` are believed. */
  authenticationServer: string | undefined;
  trustFrom: boolean;
  /** From SMTP; undefined for mail from a mailbox, whose headers say it. */
  envelope?: Envelope | undefined;
}

export interface ReportNote {
  delivery: string;
  action: Report['action'];
  status: string;
  diagnostic: string;
}

export type MailEvents =
  | {
      events: readonly InboundEvent[];
      /** What no receipt says: why a mail came back, that one is late. */
      notes?: readonly ReportNote[];
    }
  /** It is not for us to take in; why, for people. */
  | { ignored: string };

/** Headers in which servers note whom they deliver to, before those that people write. */
const deliveryHeaders = ['delivered-to', 'x-original-to', 'x-delivered-to', 'envelope-to', 'x-envelope-to'] as const;

export function eventsOf(mail: Mail, context: MailContext): MailEvents {
  const recipients = recipientsOf(mail, context);
  const bounce = bounceIn(mail, context, recipients);
  if (bounce) return bounce;
  const own = mail.messageId === null ? {} : readMessageId(context.key, mail.messageId);
  // A list or a forwarder brought back what went out from here; to refuse it would look as if it had not arrived.
  if (own.delivery !== undefined) return { events: [] };
  const sender = senderOf(mail, context);
  if (!sender) return { ignored: 'It says that it is from the own address, and names nobody to answer to.' };
  return { events: [messageOf(mail, context, recipients, sender)] };
}

/** The own addresses that a mail went to, the surest first. */
export function recipientsOf(mail: Mail, { own, envelope }: MailContext): OwnRecipient[] {
  const named = [
    ...(envelope?.recipients ?? []),
    ...deliveryHeaders.flatMap((key) => valuesOf(mail, key).map((value) => value.replace(/^<|>$/g, '').trim())),
    ...[...mail.to, ...mail.cc].map(({ address }) => address),
  ];
  return named.flatMap((address) => own.find(address) ?? []);
}

function messageOf(mail: Mail, context: MailContext, recipients: readonly OwnRecipient[], sender: Address) {
  const conversation = conversationOf(mail, context, recipients);
  const { authenticationServer, trustFrom, own, now, envelope } = context;
  const automatic = whyAutomatic(mail, envelope?.sender);
  const proven = provenBy(mail, authenticationServer);
  const { text, files } = contentOf(mail, limits);
  const answered = mail.inReplyTo.at(-1) ?? mail.references.at(-1);
  const thread = [...new Set([...mail.inReplyTo.toReversed(), ...mail.references.toReversed()])];
  const event: InboundMessage = {
    type: 'message',
    eventId: eventIdOf(mail),
    providerId: mail.messageId ?? eventIdOf(mail),
    sender,
    recipient: recipients[0]?.address ?? own.all[0] ?? '',
    at: mail.date ?? now,
    parts: [...(text === '' ? [] : [{ kind: 'text' as const, text }]), ...files.map(mediaOf)],
    ...(mail.subject !== '' && { subject: beginningOf(mail.subject, limits.subject) }),
    ...(answered !== undefined && { replyTo: answered }),
    ...(conversation !== undefined && { conversation }),
    ...(thread.length > 0 && { thread }),
    ...(conversation === undefined && proven === null && !trustFrom && { unproven: true }),
    details: detailsOf(mail, { automatic, proven }),
  };
  return event;
}

/** 4.2 of the threading order: the plus-address, then what it answers, then what came before that. */
function conversationOf(mail: Mail, { own, key }: MailContext, recipients: readonly OwnRecipient[]) {
  for (const recipient of recipients) {
    const named = own.conversationOf(recipient);
    if (named !== undefined) return named;
  }
  for (const id of [...mail.inReplyTo, ...mail.references.toReversed()]) {
    const { conversation } = readMessageId(key, id);
    if (conversation !== undefined) return conversation;
  }
  return undefined;
}

/**
 * Whom it is from. Forms on web sites write as the own address and name the person to answer to; without one it is a
 * loop, or somebody who uses the mailbox himself.
 */
function senderOf({ from, replyTo }: Mail, { own }: MailContext): Address | undefined {
  for (const person of [from, replyTo]) {
    const parsed = person && parseAddress(`mailto:${person.address}`);
    if (parsed?.ok && !own.find(parsed.address)) return parsed.address;
  }
  const isOwn = [from, replyTo].some((person) => person && own.find(person.address));
  return isOwn ? undefined : nobody;
}

/** Who it is from when the mail does not say it, so that it can be seen all the same. */
const nobody = 'mailto:unknown@unknown.invalid';

function bounceIn(mail: Mail, context: MailContext, recipients: readonly OwnRecipient[]): MailEvents | undefined {
  const reports = reportsIn(mail);
  const addressed = recipients.map((recipient) => context.own.deliveryOf(recipient)).find((id) => id !== undefined);
  const named = addressed ?? deliveryNamed(mail, context, reports);
  if (reports.length > 0) {
    if (named === undefined) return { ignored: 'It reports on a mail that did not go out from here.' };
    const events = reports.flatMap((report, at) => statusEvent(mail, context, named, report, at));
    return { events, notes: reports.flatMap((report) => noteOn(named, report)) };
  }
  // Servers that do not write reports for machines send a letter to where reports go.
  if (named === undefined || addressed === undefined || !looksLikeBounce(mail, context)) return undefined;
  const diagnostic = mail.text.trim().slice(0, 500) || 'It came back, and the server does not say why.';
  const report: Report = { envelopeId: null, recipient: '', action: 'failed', status: '', diagnostic };
  return { events: statusEvent(mail, context, named, report, 0), notes: noteOn(named, report) };
}

function noteOn(delivery: string, { action, status, diagnostic }: Report): ReportNote[] {
  if (action !== 'failed' && action !== 'delayed') return [];
  return [{ delivery, action, status, diagnostic: diagnostic.slice(0, 500) }];
}

/** The delivery as the server names it that reports: by what we gave it for that, or by the mail's own id. */
function deliveryNamed(mail: Mail, { key }: MailContext, reports: readonly Report[]): string | undefined {
  const ids = [...reports.flatMap(({ envelopeId }) => envelopeId ?? []), ...reportedIds(mail)];
  return ids.map((id) => readMessageId(key, id).delivery).find((delivery) => delivery !== undefined);
}

/** Out-of-office programs answer to where reports go, too. */
function looksLikeBounce(mail: Mail, { envelope }: MailContext): boolean {
  const submitted = valuesOf(mail, 'auto-submitted')[0]?.trim().toLowerCase() ?? '';
  if (submitted.startsWith('auto-replied')) return false;
  return hasNoReturnPath(mail, envelope?.sender) || /^(?:mailer-daemon|postmaster)@/i.test(mail.from?.address ?? '');
}

function statusEvent(mail: Mail, { now }: MailContext, delivery: string, report: Report, at: number): InboundStatus[] {
  const status = statusOf(report.action);
  if (status === null) return [];
  const { status: code, diagnostic } = report;
  const error = { code: code || 'bounced', message: diagnostic.slice(0, 500), receiptCode: receiptCodeOf(code) };
  return [
    {
      type: 'status',
      eventId: `${eventIdOf(mail)} ${at}`,
      deliveryId: delivery,
      status,
      at: mail.date ?? now,
      ...(status === 'undelivered' && { error }),
    },
  ];
}

/**
 * The same for every copy of a mail, which comes again when a mailbox is read anew and when a server did not hear that
 * it had been taken. Programs that give all their mails one id have another digest each time.
 */
export function eventIdOf(mail: Mail): string {
  const header = (key: string) => valuesOf(mail, key)[0] ?? '';
  const head = mail.source.indexOf('\r\n\r\n');
  const digest = createHash('sha256')
    .update(JSON.stringify([mail.messageId, header('from'), header('date'), header('subject')]))
    .update(mail.source.subarray(head === -1 ? 0 : head))
    .digest('hex')
    .slice(0, 32);
  return mail.messageId === null || mail.messageId.length > 200 ? digest : `${mail.messageId} ${digest}`;
}

/** What else is known, small enough for attributes. */
function detailsOf(mail: Mail, { automatic, proven }: { automatic: string | null; proven: string | null }) {
  const list = (people: Mail['to']) => people.slice(0, 10).map(({ address }) => address.slice(0, 100));
  return {
    ...(mail.subject !== '' && { subject: beginningOf(mail.subject, limits.subject) }),
    ...(mail.from?.name && { name: mail.from.name.slice(0, 100) }),
    ...(mail.to.length > 0 && { to: list(mail.to) }),
    ...(mail.cc.length > 0 && { cc: list(mail.cc) }),
    ...(automatic !== null && { automatic: automatic.slice(0, 50) }),
    ...(proven !== null && { proven }),
    ...(!mail.readable && { unreadable: true }),
  };
}

function mediaOf({ bytes, ...file }: ReturnType<typeof contentOf>['files'][number]): InboundMedia {
  return { kind: 'media', ...file, open: async () => Readable.from([bytes]) };
}

/** What Twilio tells of messages to people. Source: Twilio, "Track outbound message status". */
import type { DeliveryStatus } from '@colloquy/protocol';
import type { InboundConsent, InboundEvent, InboundStatus } from '../events.ts';
import { meaningOf, receiptCode } from './errors.ts';
import { canonical, canonicalOwn } from './inbound.ts';

/** Statuses before `sent` change nothing: the answer to the send said as much. */
const statuses: Readonly<Record<string, DeliveryStatus>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  undelivered: 'undelivered',
  failed: 'failed',
  canceled: 'failed',
};

const optedOut = 21610;

export interface ReportedStatus {
  sid: string;
  status: string;
  /** 0 when there is none. */
  code: number;
  /** In the channel's words, if it has some. */
  reason?: string | null;
  deliveryId?: string | null;
  /** Tells repetitions from news. */
  key: string;
  /** The person, and the own address, as Twilio writes them. */
  to: string;
  from: string;
}

/** @param now in milliseconds: reports have no time of their own */
export function readStatus(report: ReportedStatus, now: number): InboundEvent[] {
  const { sid, code, key } = report;
  const status = statuses[report.status];
  if (!status || sid === '') return [];
  const reason = report.reason || `Twilio reports the error ${code}.`;
  const event: InboundStatus = {
    type: 'status',
    eventId: `${sid} ${key}`,
    providerId: sid,
    status,
    at: now,
    ...(report.deliveryId && { deliveryId: report.deliveryId }),
    ...(code > 0 && {
      error: { ...meaningOf(code), code: String(code), message: reason.slice(0, 1000), ...receiptCode(code) },
    }),
  };
  if (code !== optedOut) return [event];
  return [event, stopped(`${sid} ${optedOut}`, canonical(report.to), canonicalOwn(report.from), now)];
}

/** Twilio refuses to write to somebody who sent STOP: that is how it says so. */
export function stopped(eventId: string, sender: string, recipient: string, at: number): InboundConsent {
  return { type: 'consent', eventId, sender, recipient, state: 'stop', at };
}

/** The order does not matter, and reports come twice: status, error and the carrier's time tell them apart. */
export function readStatusForm(form: URLSearchParams, deliveryId: string | null, now: number): InboundEvent[] {
  const status = form.get('MessageStatus') ?? '';
  const error = form.get('ErrorCode') ?? '';
  return readStatus(
    {
      sid: form.get('MessageSid') ?? form.get('SmsSid') ?? '',
      status,
      code: Number(error) || 0,
      reason: form.get('ErrorMessage') ?? form.get('ChannelStatusMessage'),
      deliveryId,
      key: [status, error, form.get('RawDlrDoneDate') ?? ''].join(' ').trimEnd(),
      to: form.get('To') ?? '',
      from: form.get('From') ?? '',
    },
    now,
  );
}

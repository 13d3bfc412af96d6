/** Reports of mail servers on what became of a mail (RFC 3464). */
import type { DeliveryStatus } from '@colloquy/protocol';
import { idsIn } from '../message-ids.ts';
import type { Mail } from './mail.ts';

export interface Report {
  /** What we gave the mail for such reports, if the server kept it. */
  envelopeId: string | null;
  recipient: string;
  action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
  /** Like `5.1.1` (RFC 3463). */
  status: string;
  /** What the server that refused it said, or what is known instead. */
  diagnostic: string;
}

const actions = new Set(['failed', 'delayed', 'delivered', 'relayed', 'expanded']);

/** One for each recipient that the report is about; none where the mail is no report. */
export function reportsIn(mail: Mail): Report[] {
  return mail.reports
    .filter(({ contentType }) => contentType.endsWith('delivery-status'))
    .flatMap(({ bytes }) => {
      const [whole = new Map(), ...recipients] = blocksOf(bytes.toString('utf8'));
      return recipients.flatMap((block) => reportOf(whole, block));
    });
}

function reportOf(whole: ReadonlyMap<string, string>, block: ReadonlyMap<string, string>): Report[] {
  const action = block.get('action')?.toLowerCase() ?? '';
  if (!actions.has(action)) return [];
  const status = /\d\.\d{1,3}\.\d{1,3}/.exec(block.get('status') ?? '')?.[0] ?? '';
  const recipient = afterType(block.get('final-recipient') ?? block.get('original-recipient') ?? '');
  return [
    {
      envelopeId: whole.get('original-envelope-id') ?? null,
      recipient,
      action: action as Report['action'],
      status,
      diagnostic: afterType(block.get('diagnostic-code') ?? '') || `The mail server says that it ${action}.`,
    },
  ];
}

/** The ids of the mail that the report is about, from the copy of it or of its headers. */
export function reportedIds(mail: Mail): string[] {
  return mail.reports
    .filter(({ contentType }) => /rfc822|global(?:-headers)?$/.test(contentType))
    .flatMap(({ bytes }) => {
      const [headers] = blocksOf(bytes.subarray(0, 64 * 1024).toString('latin1'));
      return idsIn(headers?.get('message-id'));
    });
}

/** A status that receipts have. What is delayed is on its way as before. */
export function statusOf(action: Report['action']): DeliveryStatus | null {
  switch (action) {
    case 'failed':
      return 'undelivered';
    case 'delivered':
      return 'delivered';
    // From there on nobody reports.
    case 'relayed':
    case 'expanded':
      return 'sent';
    case 'delayed':
      return null;
  }
}

/** The code of the contract's messaging range that is nearest to a status (RFC 3463). */
export function receiptCodeOf(status: string): number {
  // The address is wrong, or the mailbox is gone or moved.
  if (/^\d\.1\.|^\d\.2\.1$/.test(status)) return 30005;
  // The mailbox is full, or the server could not be reached.
  if (/^\d\.2\.2$|^\d\.4\./.test(status)) return 30003;
  // Policy: taken for spam, or the sender is not wanted.
  if (/^\d\.7\./.test(status)) return 30007;
  return 30008;
}

/** Fields by their names in lower case, block by block. */
function blocksOf(text: string): Map<string, string>[] {
  return text
    .split(/\r?\n\r?\n/)
    .map((block) => {
      const fields = new Map<string, string>();
      for (const line of block.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
        const colon = line.indexOf(':');
        if (colon < 1) continue;
        const name = line.slice(0, colon).trim().toLowerCase();
        if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
      }
      return fields;
    })
    .filter((fields) => fields.size > 0);
}

/** `rfc822; ann@example.com` has the type first. */
function afterType(value: string): string {
  return value.replace(/^\s*[a-z0-9-]+\s*;\s*/i, '').trim();
}

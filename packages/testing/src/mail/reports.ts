/** What mail servers and programs send back by themselves. */

export interface SentMail {
  /** Of the envelope. */
  sender: string;
  recipient: string;
  envelopeId: string | null;
  /** `SUCCESS`, `FAILURE`, `DELAY`: what the sender wants to hear of. */
  notify: readonly string[];
  source: Buffer;
}

export interface ReportOptions {
  action: 'failed' | 'delayed' | 'delivered' | 'relayed';
  /** Like `5.1.1`. */
  status: string;
  diagnostic?: string;
  /** Servers differ in what they keep of the mail: all headers as a rule. */
  headers?: 'all' | 'none';
}

/** RFC 3464, as Postfix writes it. */
export function reportOn(mail: SentMail, { action, status, diagnostic, headers = 'all' }: ReportOptions): string {
  const head = mail.source.subarray(0, Math.max(0, mail.source.indexOf('\r\n\r\n'))).toString('utf8');
  return lines(
    'Return-Path: <>',
    `Delivered-To: ${mail.sender}`,
    'From: Mail Delivery System <MAILER-DAEMON@mx.example.test>',
    `To: ${mail.sender}`,
    'Subject: Delivery report',
    `Message-ID: <${action}.${Math.random().toString(36).slice(2)}@mx.example.test>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"',
    '',
    '--=_report',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'This is the mail system.',
    '',
    '--=_report',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.test',
    ...(mail.envelopeId === null ? [] : [`Original-Envelope-Id: ${mail.envelopeId}`]),
    '',
    `Final-Recipient: rfc822; ${mail.recipient}`,
    `Action: ${action}`,
    `Status: ${status}`,
    ...(diagnostic === undefined ? [] : [`Diagnostic-Code: smtp; ${diagnostic}`]),
    '',
    ...(headers === 'none' ? [] : ['--=_report', 'Content-Type: text/rfc822-headers', '', head, '']),
    '--=_report--',
    '',
  );
}

/** What an out-of-office program answers (RFC 3834): to the envelope's sender, not to who wrote. */
export function autoReplyTo(mail: SentMail, text = 'I am on holiday.'): string {
  const id = /^message-id:\s*(<[^>]*>)/im.exec(mail.source.toString('latin1'))?.[1] ?? '';
  return lines(
    'Return-Path: <>',
    `Delivered-To: ${mail.sender}`,
    `From: ${mail.recipient}`,
    `To: ${mail.sender}`,
    'Subject: Out of office',
    `Message-ID: <${Math.random().toString(36).slice(2)}@away.example.test>`,
    `In-Reply-To: ${id}`,
    'Auto-Submitted: auto-replied',
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
    '',
  );
}

function lines(...all: string[]): string {
  return all.join('\r\n');
}

/** What the errors of sending mean. Nodemailer says how far it came, the server why not. */
import type { ProviderError, SendResult } from '../message.ts';

/** What Nodemailer throws, as far as it matters here. */
export interface SmtpError extends Error {
  /** Nodemailer's own: `EAUTH`, `EENVELOPE` … */
  code?: string;
  /** The command that it happened at: `CONN`, `MAIL FROM`, `RCPT TO`, `DATA` … */
  command?: string;
  /** Of the server's answer, and all of it. */
  responseCode?: number;
  response?: string;
}

/** How much of a mail had been written when it went wrong. After all of it, the server may have taken it. */
export type Progress = 'nothing' | 'some' | 'all';

export function outcomeOf(error: SmtpError, progress: Progress): SendResult {
  const { responseCode } = error;
  if (responseCode === undefined && progress === 'all') {
    const message = `The connection ended before the server answered to the mail: ${error.message}`;
    return { outcome: 'unknown', error: { code: error.code ?? 'lost', message } };
  }
  return { outcome: 'rejected', error: { code: codeOf(error), message: messageOf(error), ...judge(error, progress) } };
}

/** A login that the server does not accept at all, rather than just now. */
export function isRefusedLogin({ code, responseCode }: SmtpError): boolean {
  if (code === 'ENOAUTH') return true;
  return code === 'EAUTH' && (responseCode === undefined || responseCode >= 500);
}

/** The server takes the login, and does not let mail out under this address. */
export function isRefusedSender({ command, responseCode = 0, response = '' }: SmtpError): boolean {
  if (responseCode < 550 || responseCode > 554) return false;
  return command === 'MAIL FROM' ? !isTooLarge(response, responseCode) : /\b5\.7\.60\b|\bsend ?as\b/i.test(response);
}

type Judgement = Pick<ProviderError, 'kind' | 'scope'>;

function judge(error: SmtpError, progress: Progress): Judgement {
  const { command, responseCode, response = '' } = error;
  if (isRefusedLogin(error) || responseCode === 530 || responseCode === 535) return { kind: 'credentials' };
  if (responseCode === undefined) return withoutAnswer(error, progress);
  if (responseCode < 500) return later(error);
  if (!/^(?:MAIL FROM|RCPT TO|DATA)$/.test(command ?? '')) return { kind: 'credentials' };
  if (isTooLarge(response, responseCode)) {
    return { kind: /\b5\.2\.2\b/.test(response) ? 'bad-recipient' : 'bad-content' };
  }
  // Whoever may not send as the own address, or not from this machine, may not send anything.
  if (command === 'MAIL FROM' || /\brelay/i.test(response)) return { kind: 'credentials' };
  return { kind: command === 'RCPT TO' ? 'bad-recipient' : 'bad-content' };
}

function isTooLarge(response: string, responseCode: number): boolean {
  return responseCode === 552 || /\b5\.(?:3\.4|2\.3)\b/.test(response);
}

function later({ command, response = '' }: SmtpError): Judgement {
  const tooFast = /\b4\.7\.(?:28|0)\b.*rate|rate.?limit|too (?:many|fast|much)|throttl/i.test(response);
  if (tooFast) return { kind: 'throttle', scope: 'sender' };
  return command === 'CONN' || command === 'EHLO' ? unreachable : { kind: 'temporary' };
}

/** No message is to blame, and none has used up an attempt. */
const unreachable: Judgement = { kind: 'throttle', scope: 'sender' };

function withoutAnswer({ code }: SmtpError, progress: Progress): Judgement {
  switch (code) {
    case 'EENVELOPE':
      return { kind: 'bad-recipient' };
    case 'EMESSAGE':
      // Larger than the server says that it takes.
      return { kind: 'bad-content' };
    case 'ECONNECTION':
    case 'ETIMEDOUT':
    case 'ESOCKET':
    case 'EDNS':
    case 'ETLS':
      // A server that hangs up on one mail may take the next.
      return progress === 'nothing' ? unreachable : { kind: 'temporary' };
    default:
      return { kind: 'temporary' };
  }
}

/** The server's own code, with the one that says more (RFC 3463) where it has one. */
function codeOf({ code, responseCode, response = '' }: SmtpError): string {
  if (responseCode === undefined) return code ?? 'error';
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  return enhanced === undefined ? String(responseCode) : `${responseCode} ${enhanced}`;
}

function messageOf({ response, message }: SmtpError): string {
  return (response ?? message).replace(/\s+/g, ' ').slice(0, 500);
}

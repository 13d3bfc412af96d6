/** The parameters of what Twilio posts. Source: Twilio, "Twilio's request to your webhook" and "Track outbound messages". */
import type { TwilioAccount, TwilioMessage } from './account.ts';
import { apiVersion } from './resources.ts';

/** @param extra what channels add: `ProfileName`, `Latitude`, `ButtonPayload` … */
export function inboundForm(
  account: TwilioAccount,
  apiUrl: string,
  message: TwilioMessage,
  extra: Readonly<Record<string, string>>,
): URLSearchParams {
  const form = new URLSearchParams({
    SmsMessageSid: message.sid,
    SmsSid: message.sid,
    MessageSid: message.sid,
    SmsStatus: 'received',
    AccountSid: account.sid,
    ApiVersion: apiVersion,
    From: message.from,
    To: message.to,
    Body: message.body,
    NumMedia: String(message.files.length),
    NumSegments: '1',
  });
  if (message.from.startsWith('+')) {
    for (const side of ['From', 'To']) {
      for (const [name, value] of Object.entries({ City: '', State: 'DC', Zip: '', Country: 'US' })) {
        form.set(side + name, value);
      }
    }
  }
  for (const [at, file] of message.files.entries()) {
    form.set(`MediaUrl${at}`, mediaUrl(account, apiUrl, message.sid, file.sid));
    form.set(`MediaContentType${at}`, file.contentType);
  }
  for (const [name, value] of Object.entries(extra)) form.set(name, value);
  return form;
}

export function mediaUrl(account: TwilioAccount, apiUrl: string, message: string, media: string): string {
  return `${apiUrl}/${apiVersion}/Accounts/${account.sid}/Messages/${message}/Media/${media}`;
}

export function statusForm(account: TwilioAccount, message: TwilioMessage, status: string, code?: number) {
  const form = new URLSearchParams({
    MessageSid: message.sid,
    SmsSid: message.sid,
    MessageStatus: status,
    SmsStatus: status,
    AccountSid: account.sid,
    ApiVersion: apiVersion,
    From: message.from,
    To: message.to,
  });
  if (message.messagingServiceSid !== null) form.set('MessagingServiceSid', message.messagingServiceSid);
  if (code !== undefined) form.set('ErrorCode', String(code));
  const prefix = /^([a-z]+):/.exec(message.to)?.[1];
  if (prefix === undefined) {
    if (status === 'delivered') form.set('RawDlrDoneDate', doneDate(message.updated));
  } else {
    form.set('ChannelPrefix', prefix);
    form.set('ChannelToAddress', message.to);
    if (status === 'read') form.set('EventType', 'READ');
    if (code !== undefined) form.set('ChannelStatusMessage', `The channel says ${code}.`);
  }
  return form;
}

/** YYMMDDhhmm. */
function doneDate(time: number): string {
  return new Date(time).toISOString().replace(/\D/g, '').slice(2, 12);
}

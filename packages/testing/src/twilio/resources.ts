/** Resources as version 2010-04-01 of the API shows them. */
import type { TwilioAccount, TwilioFile, TwilioMessage, TwilioNumber } from './account.ts';

export const apiVersion = '2010-04-01';

/** RFC 2822, as the API writes dates. */
export function twilioDate(time: number): string {
  return new Date(time).toUTCString().replace('GMT', '+0000');
}

const base = (account: TwilioAccount) => `/${apiVersion}/Accounts/${account.sid}`;

export function accountResource(account: TwilioAccount, now: number) {
  return {
    sid: account.sid,
    friendly_name: 'Simulated',
    status: 'active',
    type: 'Full',
    owner_account_sid: account.sid,
    date_created: twilioDate(now),
    date_updated: twilioDate(now),
    auth_token: account.token,
    uri: `${base(account)}.json`,
    subresource_uris: { messages: `${base(account)}/Messages.json` },
  };
}

export function messageResource(account: TwilioAccount, message: TwilioMessage) {
  const uri = `${base(account)}/Messages/${message.sid}`;
  return {
    sid: message.sid,
    account_sid: account.sid,
    api_version: apiVersion,
    body: message.body,
    date_created: twilioDate(message.created),
    date_sent: message.sent === null ? null : twilioDate(message.sent),
    date_updated: twilioDate(message.updated),
    direction: message.direction,
    error_code: message.errorCode,
    error_message: null,
    from: message.from,
    messaging_service_sid: message.messagingServiceSid,
    num_media: String(message.files.length),
    num_segments: String(Math.max(1, Math.ceil(message.body.length / 153))),
    price: null,
    price_unit: 'USD',
    status: message.status,
    to: message.to,
    uri: `${uri}.json`,
    subresource_uris: { media: `${uri}/Media.json` },
  };
}

export function mediaResource(account: TwilioAccount, message: TwilioMessage, file: TwilioFile) {
  return {
    sid: file.sid,
    account_sid: account.sid,
    parent_sid: message.sid,
    content_type: file.contentType,
    date_created: twilioDate(message.created),
    date_updated: twilioDate(message.created),
    uri: `${base(account)}/Messages/${message.sid}/Media/${file.sid}.json`,
  };
}

export function numberResource(account: TwilioAccount, number: TwilioNumber) {
  return {
    ...number,
    account_sid: account.sid,
    api_version: apiVersion,
    friendly_name: number.phone_number,
    capabilities: { voice: true, sms: true, mms: true, fax: false },
    uri: `${base(account)}/IncomingPhoneNumbers/${number.sid}.json`,
  };
}

/** One page of a list, with the links that clients follow. */
export function pageOf<T, K extends string>(path: string, query: URLSearchParams, key: K, all: readonly T[]) {
  const size = Math.min(1000, Math.max(1, Number(query.get('PageSize') ?? 50) || 50));
  const page = Math.max(0, Number(query.get('Page') ?? 0) || 0);
  const link = (to: number) => {
    const parameters = new URLSearchParams(query);
    parameters.set('PageSize', String(size));
    parameters.set('Page', String(to));
    return `${path}?${parameters}`;
  };
  const rows = all.slice(page * size, (page + 1) * size);
  return {
    [key]: rows,
    page,
    page_size: size,
    start: page * size,
    end: page * size + Math.max(0, rows.length - 1),
    first_page_uri: link(0),
    next_page_uri: all.length > (page + 1) * size ? link(page + 1) : null,
    previous_page_uri: page > 0 ? link(page - 1) : null,
    uri: link(page),
  } as Record<K, T[]> & { next_page_uri: string | null };
}

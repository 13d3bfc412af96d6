/** Takes a message for sending, and refuses what Twilio refuses. */
import { newSid, type TwilioAccount, type TwilioMessage } from './account.ts';
import { TwilioRefusal } from './errors.ts';

/** Numbers that always answer in one way. Source: Twilio, "Test credentials". */
const magicTo: Readonly<Record<string, number>> = {
  '+15005550001': 21211,
  '+15005550002': 21612,
  '+15005550003': 21408,
  '+15005550004': 21610,
  '+15005550009': 21614,
};
const magicFrom: Readonly<Record<string, number>> = {
  '+15005550000': 21606,
  '+15005550001': 21212,
  '+15005550007': 21606,
  '+15005550008': 21611,
};

const channelOf = (address: string) => /^([a-z]+):/.exec(address)?.[1] ?? 'sms';

export function createMessage(account: TwilioAccount, form: URLSearchParams, now: number): TwilioMessage {
  const to = requireTo(form.get('To'));
  const service = form.get('MessagingServiceSid');
  const from = requireFrom(account, form.get('From'), service);
  if (to === from) throw new TwilioRefusal(21266);
  if (channelOf(to) !== channelOf(from)) throw new TwilioRefusal(21910);
  const urls = form.getAll('MediaUrl');
  if (urls.length > 10) throw new TwilioRefusal(21623);
  if (!urls.every((url) => /^https?:\/\/[^\s]+$/.test(url))) throw new TwilioRefusal(21620);
  const body = textOf(account, form);
  if (body === '' && urls.length === 0) throw new TwilioRefusal(21619);
  if (body.length > 1600) throw new TwilioRefusal(21617);
  const callback = form.get('StatusCallback');
  if (callback !== null && !/^https?:\/\/[^\s]+$/.test(callback)) throw new TwilioRefusal(21609);
  const validity = form.get('ValidityPeriod');
  if (validity !== null && !(Number(validity) >= 1 && Number(validity) <= 36_000)) throw new TwilioRefusal(20001);
  if (account.stopped(to, from)) throw new TwilioRefusal(21610);
  return {
    sid: newSid(urls.length > 0 ? 'MM' : 'SM'),
    direction: 'outbound-api',
    from,
    to,
    body,
    status: service === null ? 'queued' : 'accepted',
    errorCode: null,
    messagingServiceSid: service,
    contentSid: form.get('ContentSid'),
    files: [],
    statusCallback: callback,
    parameters: form,
    created: now,
    updated: now,
    sent: null,
  };
}

function requireTo(to: string | null): string {
  if (to === null || to === '') throw new TwilioRefusal(21604);
  const magic = magicTo[to];
  if (magic !== undefined) throw new TwilioRefusal(magic);
  if (/^[0-9]{3,6}$/.test(to)) throw new TwilioRefusal(21265);
  if (!/^(\+|whatsapp:\+|rcs:\+)[1-9][0-9]{4,14}$/.test(to) && !/^(messenger|whatsapp|rcs):[\w.-]+$/.test(to)) {
    throw new TwilioRefusal(21211);
  }
  return to;
}

function requireFrom(account: TwilioAccount, from: string | null, service: string | null): string {
  if (service !== null) {
    const senders = account.services.get(service);
    if (!senders) throw new TwilioRefusal(21705);
    const chosen = from ?? senders[0];
    if (chosen === undefined) throw new TwilioRefusal(21703);
    return chosen;
  }
  if (from === null || from === '') throw new TwilioRefusal(21603);
  const magic = magicFrom[from];
  if (magic !== undefined) throw new TwilioRefusal(magic);
  if (!account.owns(from)) throw new TwilioRefusal(channelOf(from) === 'sms' ? 21660 : 63007);
  return from;
}

/** The text, or that of the template with its placeholders filled. */
function textOf(account: TwilioAccount, form: URLSearchParams): string {
  const template = form.get('ContentSid');
  if (template === null) return form.get('Body') ?? '';
  const text = account.templates.get(template);
  if (text === undefined) throw new TwilioRefusal(21655);
  let variables: Record<string, unknown>;
  try {
    variables = JSON.parse(form.get('ContentVariables') ?? '{}');
  } catch {
    throw new TwilioRefusal(21656);
  }
  return text.replace(/\{\{([\w-]+)\}\}/g, (placeholder, name: string) => String(variables[name] ?? placeholder));
}

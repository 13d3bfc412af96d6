/** Version 2010-04-01 of the API, as far as messaging needs it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scheduler } from '../clock.ts';
import { answerJson, basicOf, bodyOf } from '../web-server.ts';
import type { TwilioAccount, TwilioMessage } from './account.ts';
import { createMessage } from './create.ts';
import { TwilioRefusal } from './errors.ts';
import type { TwilioFaultKind, TwilioFaults } from './faults.ts';
import { redirectTo } from './media.ts';
import { accountResource, mediaResource, messageResource, numberResource, pageOf } from './resources.ts';

/** A request to the API, as it came. Secrets are not in it. */
export interface TwilioRequest {
  /** Milliseconds since 1970, by the simulator's clock. */
  at: number;
  method: string;
  path: string;
  query: Record<string, string>;
  /** `MediaUrl` and other repeated parameters are joined by blanks. */
  form: Record<string, string>;
  /** With what it was authorised: the account's token, a key by its SID, or nothing that is right. */
  authorized: string | null;
  /** What it was answered; null when it was not. */
  status: number | null;
}

export interface ApiOptions {
  account: TwilioAccount;
  clock: Scheduler;
  faults: TwilioFaults;
  journal: TwilioRequest[];
  storageUrl: () => string;
  /** A message was taken. */
  onCreated(message: TwilioMessage): void;
  /** A request was answered with an error, or not at all. */
  onRefused(what: string, answer: string): void;
}

interface Call {
  options: ApiOptions;
  path: string;
  query: URLSearchParams;
  form: URLSearchParams;
  response: ServerResponse;
}

export function serveApi(options: ApiOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { account, journal, clock } = options;
    const url = new URL(request.url ?? '/', 'http://simulator');
    const form = new URLSearchParams((await bodyOf(request)).toString());
    const entry: TwilioRequest = {
      at: clock.now(),
      method: request.method ?? '',
      path: url.pathname,
      query: joined(url.searchParams),
      form: joined(form),
      authorized: authorizedBy(account, request),
      status: null,
    };
    journal.push(entry);
    let reason = '';
    response.once('finish', () => {
      entry.status = response.statusCode;
    });
    response.once('close', () => {
      const { method, status } = entry;
      const path = entry.path.replace(/^.*\/Accounts\/[^/]+(?=\/)/, '');
      const what = form.has('To') ? `${method} ${path} to ${form.get('To')}` : `${method} ${path}`;
      if (status === null) options.onRefused(what, 'no answer');
      else if (status >= 400) options.onRefused(what, `${status} ${reason}`.trim());
    });
    try {
      if (entry.authorized === null) throw new TwilioRefusal(20003);
      route(request.method ?? '', { options, path: url.pathname, query: url.searchParams, form, response });
    } catch (error) {
      if (!(error instanceof TwilioRefusal)) throw error;
      reason = `${error.message} (${error.code})`;
      answerJson(response, error.status, error.body());
    }
  };
}

function authorizedBy(account: TwilioAccount, request: IncomingMessage): string | null {
  const given = basicOf(request);
  if (!given) return null;
  if (given.user === account.sid) return given.password === account.token ? 'token' : null;
  return account.keys.get(given.user) === given.password ? given.user : null;
}

function joined(parameters: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name).join(' ')]));
}

const routes: readonly [RegExp, Partial<Record<string, (call: Call, ...ids: string[]) => void>>][] = [
  [/^\.json$/, { GET: showAccount }],
  [/^\/Messages\.json$/, { POST: sendMessage, GET: listMessages }],
  [/^\/Messages\/((?:SM|MM)[0-9a-f]{32})\.json$/, { GET: showMessage }],
  [/^\/Messages\/((?:SM|MM)[0-9a-f]{32})\/Media\.json$/, { GET: listMedia }],
  [/^\/Messages\/((?:SM|MM)[0-9a-f]{32})\/Media\/(ME[0-9a-f]{32})(\.json)?$/, { GET: showMedia }],
  [/^\/IncomingPhoneNumbers\.json$/, { GET: listNumbers }],
  [/^\/IncomingPhoneNumbers\/(PN[0-9a-f]{32})\.json$/, { GET: showNumber, POST: changeNumber }],
];

function route(method: string, call: Call): void {
  const base = `/2010-04-01/Accounts/${call.options.account.sid}`;
  if (!call.path.startsWith(base)) throw new TwilioRefusal(20404);
  for (const [pattern, methods] of routes) {
    const match = pattern.exec(call.path.slice(base.length));
    const handle = match && methods[method];
    if (handle) return handle(call, ...match.slice(1));
  }
  throw new TwilioRefusal(20404);
}

/**
 * @returns whether the request is answered with that, or is not to be answered
 * @throws TwilioRefusal which is the answer
 */
function breaks(fault: TwilioFaultKind | undefined, response: ServerResponse): boolean {
  if (fault === undefined || fault === 'lost') return false;
  if (fault === 'cut') response.destroy();
  else if (fault === 'silent') return true;
  else if ('http' in fault) response.writeHead(fault.http).end();
  else {
    if (fault.retryAfter !== undefined) response.setHeader('Retry-After', String(fault.retryAfter));
    throw new TwilioRefusal(fault.code);
  }
  return true;
}

function showAccount({ options, response }: Call): void {
  if (breaks(options.faults.take('account'), response)) return;
  answerJson(response, 200, accountResource(options.account, options.clock.now()));
}

function sendMessage({ options, form, response }: Call): void {
  const { account, clock, faults } = options;
  const fault = faults.take('messages', form.get('To') ?? '');
  if (breaks(fault, response)) return;
  const message = createMessage(account, form, clock.now());
  account.messages.push(message);
  options.onCreated(message);
  if (fault === 'lost') response.destroy();
  else answerJson(response, 201, messageResource(account, message));
}

/** The newest first. */
function listMessages(call: Call): void {
  const { options, path, query, response } = call;
  if (breaks(options.faults.take('list'), response)) return;
  const { account } = options;
  const day = (name: string) => (query.has(name) ? Date.parse(query.get(name) ?? '') : undefined);
  const [on, before, after] = [day('DateSent'), day('DateSent<'), day('DateSent>')];
  const wholeDay = 24 * 60 * 60 * 1000;
  const found = account.messages.filter((message) => {
    const sent = message.sent ?? message.created;
    return (
      (!query.has('To') || message.to === query.get('To')) &&
      (!query.has('From') || message.from === query.get('From')) &&
      (on === undefined || (sent >= on && sent < on + wholeDay)) &&
      (before === undefined || sent <= before) &&
      (after === undefined || sent >= after)
    );
  });
  const rows = found.toReversed().map((message) => messageResource(account, message));
  answerJson(response, 200, pageOf(path, query, 'messages', rows));
}

function requireMessage({ options }: Call, sid: string): TwilioMessage {
  const message = options.account.message(sid);
  if (!message) throw new TwilioRefusal(20404);
  return message;
}

function showMessage(call: Call, sid = ''): void {
  answerJson(call.response, 200, messageResource(call.options.account, requireMessage(call, sid)));
}

function listMedia(call: Call, sid = ''): void {
  const { options, path, query, response } = call;
  const message = requireMessage(call, sid);
  const rows = message.files.map((file) => mediaResource(options.account, message, file));
  answerJson(response, 200, pageOf(path, query, 'media_list', rows));
}

function showMedia(call: Call, sid = '', media = '', json = ''): void {
  const { options, response } = call;
  const message = requireMessage(call, sid);
  const file = message.files.find((one) => one.sid === media);
  if (!file) throw new TwilioRefusal(20404);
  if (json) answerJson(response, 200, mediaResource(options.account, message, file));
  else if (!breaks(options.faults.take('media'), response)) redirectTo(options.storageUrl(), file, response);
}

function listNumbers({ options, path, query, response }: Call): void {
  if (breaks(options.faults.take('numbers'), response)) return;
  const { account } = options;
  const wanted = query.get('PhoneNumber');
  const found = account.numbers.filter(({ phone_number }) => wanted === null || phone_number.includes(wanted));
  const rows = found.map((number) => numberResource(account, number));
  answerJson(response, 200, pageOf(path, query, 'incoming_phone_numbers', rows));
}

function requireNumber({ options }: Call, sid: string) {
  const number = options.account.numbers.find((one) => one.sid === sid);
  if (!number) throw new TwilioRefusal(20404);
  return number;
}

function showNumber(call: Call, sid = ''): void {
  answerJson(call.response, 200, numberResource(call.options.account, requireNumber(call, sid)));
}

/** Form parameter → field. */
const changeable = {
  SmsUrl: 'sms_url',
  SmsMethod: 'sms_method',
  SmsFallbackUrl: 'sms_fallback_url',
  SmsFallbackMethod: 'sms_fallback_method',
  SmsApplicationSid: 'sms_application_sid',
  StatusCallback: 'status_callback',
} as const;

function changeNumber(call: Call, sid = ''): void {
  const number = requireNumber(call, sid);
  for (const [parameter, field] of Object.entries(changeable)) {
    const value = call.form.get(parameter);
    if (value !== null) number[field] = value;
  }
  answerJson(call.response, 200, numberResource(call.options.account, number));
}

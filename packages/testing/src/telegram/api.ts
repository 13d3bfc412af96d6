/** `/bot<token>/<method>` and `/file/bot<token>/<path>`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scheduler } from '../clock.ts';
import type { PhoneLog } from '../phones/phone-log.ts';
import { answerJson } from '../web-server.ts';
import { getFile, type MethodContext, sendFile, sendMessage, sendPlace, setMessageReaction } from './methods.ts';
import { type Parameters, readParameters } from './parameters.ts';
import { TelegramRefusal, type TelegramState } from './state.ts';
import type { Updates } from './updates.ts';

/** A request to the API, as it came, without the token and without the bytes of files. */
export interface TelegramRequest {
  /** Milliseconds since 1970, by the simulator's clock. */
  at: number;
  method: string;
  parameters: Readonly<Record<string, unknown>>;
  files: string[];
  /** What it was answered; null when it was not. */
  status: number | null;
}

/**
 * An error of the Bot API, with a wait in seconds where it has one; a bare status of a gateway; the request is done but
 * the line is cut before the answer; the line is cut at once; there is no answer.
 */
export type TelegramFaultKind =
  | { error: number; description?: string; retryAfter?: number }
  | { http: number }
  | 'lost'
  | 'cut'
  | 'silent';

export interface TelegramFault {
  /** A method, or `send` for all that send; `file` for downloads. */
  method: string;
  kind: TelegramFaultKind;
  /** For so many requests, 1 when left out. */
  count?: number;
  /** Only for this chat. */
  chat?: number;
}

export interface ApiOptions {
  token: string;
  state: TelegramState;
  updates: Updates;
  clock: Scheduler;
  journal: TelegramRequest[];
  faults: TelegramFault[];
  /** Hears what happens. */
  log: PhoneLog;
}

const sends: Readonly<Record<string, (context: MethodContext) => unknown>> = {
  sendMessage,
  sendPhoto: sendFile('photo'),
  sendDocument: sendFile('document'),
  sendVoice: sendFile('voice'),
  sendAudio: sendFile('audio'),
  sendVideo: sendFile('video'),
  sendAnimation: sendFile('animation'),
  sendLocation: sendPlace(false),
  sendVenue: sendPlace(true),
  setMessageReaction,
};

export function serveApi(options: ApiOptions) {
  const { token, state, journal, clock } = options;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://simulator');
    const file = /^\/file\/bot([^/]+)\/(.+)$/.exec(url.pathname);
    if (file) return serveFile(options, decodeURIComponent(file[1] ?? ''), file[2] ?? '', response);
    const call = /^\/bot([^/]+)\/(\w+)$/.exec(url.pathname);
    const [, given = '', method = ''] = call ?? [];
    const entry: TelegramRequest = { at: clock.now(), method, parameters: {}, files: [], status: null };
    journal.push(entry);
    let reason = '';
    response.once('finish', () => {
      entry.status = response.statusCode;
    });
    response.once('close', () => {
      const chat = entry.parameters['chat_id'];
      const what = chat === undefined ? method : `${method} to ${chat}`;
      // The bot may hang up while it waits for news.
      if (entry.status === null && method !== 'getUpdates') options.log.refuse(what, 'no answer');
      else if (entry.status !== null && entry.status >= 400)
        options.log.refuse(what, `${entry.status} ${reason}`.trim());
    });
    try {
      if (!call) throw new TelegramRefusal(404, 'Not Found');
      if (decodeURIComponent(given) !== token) throw new TelegramRefusal(401, 'Unauthorized');
      const parameters = await readParameters(request, url.searchParams);
      entry.parameters = parameters.values;
      entry.files = [...parameters.files.keys()];
      const fault = takeFault(options.faults, method, parameters.number('chat_id'));
      if (fault === 'silent') return;
      if (fault === 'cut') return void response.destroy();
      if (typeof fault === 'object') return fail(fault, response);
      const result = await run(method, { state, parameters, now: clock.now(), log: options.log }, options, response);
      if (fault === 'lost') response.destroy();
      else answerJson(response, 200, { ok: true, result });
    } catch (error) {
      if (!(error instanceof TelegramRefusal)) throw error;
      reason = error.message;
      refuse(error, response);
    }
  };
}

function refuse({ code, message, parameters }: TelegramRefusal, response: ServerResponse): void {
  answerJson(response, code, { ok: false, error_code: code, description: message, ...(parameters && { parameters }) });
}

function fail(fault: Exclude<TelegramFaultKind, string>, response: ServerResponse): void {
  if ('http' in fault) response.writeHead(fault.http).end();
  else {
    const { error, description = `Error ${error}`, retryAfter } = fault;
    refuse(
      new TelegramRefusal(error, description, retryAfter === undefined ? undefined : { retry_after: retryAfter }),
      response,
    );
  }
}

function takeFault(faults: TelegramFault[], method: string, chat: number): TelegramFaultKind | undefined {
  const at = faults.findIndex(
    (fault) =>
      (fault.method === method || (fault.method === 'send' && method in sends)) &&
      (fault.chat === undefined || fault.chat === chat),
  );
  const fault = faults[at];
  if (!fault) return undefined;
  fault.count = (fault.count ?? 1) - 1;
  if (fault.count <= 0) faults.splice(at, 1);
  return fault.kind;
}

async function run(method: string, context: MethodContext, { state, updates }: ApiOptions, response: ServerResponse) {
  const { parameters } = context;
  const send = Object.hasOwn(sends, method) ? sends[method] : undefined;
  if (send) return send(context);
  switch (method) {
    case 'getMe':
      return {
        ...state.bot,
        can_join_groups: true,
        can_read_all_group_messages: false,
        supports_inline_queries: false,
      };
    case 'getUpdates': {
      const cut = new AbortController();
      response.once('close', () => cut.abort());
      return updates.fetch({
        offset: parameters.number('offset'),
        limit: parameters.number('limit') || 100,
        timeout: parameters.number('timeout'),
        allowed: allowedIn(parameters),
        cut: cut.signal,
      });
    }
    case 'setWebhook':
    case 'deleteWebhook':
      setWebhook(method === 'setWebhook' ? parameters.text('url') : '', parameters, updates);
      return true;
    case 'getWebhookInfo':
      return { url: updates.webhook?.url ?? '', has_custom_certificate: false, pending_update_count: updates.pending };
    case 'getFile':
      return getFile(context);
    case 'answerCallbackQuery':
      if (!parameters.text('callback_query_id').startsWith('query-')) {
        throw new TelegramRefusal(
          400,
          'Bad Request: query is too old and response timeout expired or query ID is invalid',
        );
      }
      return true;
    default:
      throw new TelegramRefusal(404, 'Not Found');
  }
}

function setWebhook(url: string, parameters: Parameters, updates: Updates): void {
  const secret = parameters.text('secret_token');
  if (!/^[\w-]{0,256}$/.test(secret)) {
    throw new TelegramRefusal(400, 'Bad Request: secret token contains unallowed characters');
  }
  // The real one takes https only; loopback is for tests.
  if (url !== '' && !/^https:\/\//.test(url) && !/^http:\/\/127\.0\.0\.1:/.test(url)) {
    throw new TelegramRefusal(400, 'Bad Request: bad webhook: An HTTPS URL must be provided for webhook');
  }
  const drop = parameters.text('drop_pending_updates') === 'true';
  updates.setWebhook(url === '' ? null : { url, secret: secret || null }, allowedIn(parameters), drop);
}

function allowedIn(parameters: Parameters): string[] | null {
  const allowed = parameters.json('allowed_updates');
  return Array.isArray(allowed) && allowed.length > 0 ? allowed.map(String) : null;
}

function serveFile({ token, state, faults }: ApiOptions, given: string, path: string, response: ServerResponse): void {
  const fault = takeFault(faults, 'file', 0);
  if (typeof fault === 'object') return fail(fault, response);
  const file = [...state.files.values()].find(({ file_path }) => file_path === path);
  if (given !== token || !file) {
    answerJson(response, given === token ? 404 : 401, {
      ok: false,
      error_code: given === token ? 404 : 401,
      description: 'Not Found',
    });
    return;
  }
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(file.bytes);
}

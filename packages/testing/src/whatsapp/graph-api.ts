import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, bodyOf } from '../web-server.ts';
import type { WhatsAppApi, WhatsAppFaultKind } from './faults.ts';
import { GraphError } from './graph-error.ts';
import { describe, download, upload } from './media-api.ts';
import { type Sender, sendMessage } from './send-message.ts';
import type { Json } from './validate.ts';
import type { Webhooks } from './webhooks.ts';
import type { BusinessNumber } from './world.ts';

/** A request to the API, as it came, and how it was answered. */
export interface WhatsAppRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingMessage['headers'];
  /** JSON, read; of files only how many bytes there were. */
  body: unknown;
  /** 0 where the line was cut or nothing was answered. */
  status: number;
}

export interface GraphOptions extends Sender {
  webhooks: Webhooks;
  journal: WhatsAppRequest[];
  url: () => string;
}

type Answer = { status: number; body: unknown };

export function serveGraph(options: GraphOptions) {
  const { world, journal } = options;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://simulator');
    const bytes = await bodyOf(request, 110 * 1024 * 1024);
    const isJson = /^application\/json/i.test(request.headers['content-type'] ?? '');
    const entry: WhatsAppRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: isJson ? readJson(bytes) : { bytes: bytes.length },
      status: 0,
    };
    journal.push(entry);
    response.once('finish', () => {
      entry.status = response.statusCode;
    });
    let reason = '';
    response.once('close', () => {
      const { method, status } = entry;
      const recipient = recipientIn(entry.body);
      const what = recipient === '' ? `${method} ${pathname}` : `${method} ${pathname} to ${recipient}`;
      if (status === 0) world.log.refuse(what, 'no answer');
      else if (status >= 400) world.log.refuse(what, `${status} ${reason}`.trim());
    });
    const api = apiOf(entry.method, pathname);
    const to = api === 'messages' ? recipientIn(entry.body) : pathname;
    const fault = world.faults.take(api, to);
    if (fault === 'cut') return void request.socket.destroy();
    if (fault === 'silent') return;
    if (isBetween(fault)) return answerFault(response, fault);
    if (pathname === '/whatsapp_business/attachments/') return download(world, request, query, response, fault);
    const answer = await answerTo(options, request, pathname, query, bytes, entry.body, fault).catch(
      (error: unknown) => {
        if (!(error instanceof GraphError)) throw error;
        reason = `${error.message} (${error.code})`;
        return { status: error.status, body: error.body() };
      },
    );
    if (fault === 'lost') return void request.socket.destroy();
    answerJson(response, answer.status, answer.body);
  };
}

async function answerTo(
  options: GraphOptions,
  request: IncomingMessage,
  pathname: string,
  query: URLSearchParams,
  bytes: Buffer,
  body: unknown,
  fault: WhatsAppFaultKind | undefined,
): Promise<Answer> {
  const { world, webhooks, url } = options;
  const [, version = '', id = '', edge = '', more] = pathname.split('/');
  if (!/^v\d+\.\d+$/.test(version) || more !== undefined)
    throw new GraphError(100, `Unknown path components: ${pathname}`);
  checkToken(options, request, query);
  if (typeof fault === 'object' && 'code' in fault) throw new GraphError(fault.code, 'A fault of the simulator.');
  const number = world.numberOf(id);
  const what = `${request.method} ${edge}`;
  if (number && what === 'POST messages') return ok(await sendMessage(options, number, asJson(body)));
  if (number && what === 'POST media') return ok(upload(world, request.headers['content-type'] ?? '', bytes));
  if (number && what === 'GET ') return ok(shown(number, query.get('fields')));
  if (number && what === 'POST ') {
    const { webhook_configuration: hook } = asJson(body) as { webhook_configuration?: Record<string, string> };
    if (!hook) throw new GraphError(100, 'Nothing that can be changed.');
    await webhooks
      .subscribe(hook['override_callback_uri'] ?? '', hook['verify_token'] ?? '', id)
      .catch((error: Error) => {
        throw new GraphError(100, error.message);
      });
    return ok({ success: true });
  }
  const file = what === 'GET ' ? world.fileOf(id) : undefined;
  if (file) return ok(describe(world, file, url()));
  if (world.numbers.some(({ account }) => account === id)) return account(options, id, what, query, body);
  throw new GraphError(100, `Unsupported ${request.method} request. Object with ID '${id}' does not exist.`, 33);
}

function account({ world }: GraphOptions, id: string, what: string, query: URLSearchParams, body: unknown): Answer {
  switch (what) {
    case 'GET subscribed_apps': {
      const app = {
        whatsapp_business_api_data: { id: '1234567890', name: 'Simulated app', link: 'https://example.com' },
      };
      return ok({ data: world.subscribed.has(id) ? [app] : [] });
    }
    case 'POST subscribed_apps':
      world.subscribed.add(id);
      return ok({ success: true });
    case 'GET message_templates': {
      const name = query.get('name');
      const data = world.templates.filter((template) => name === null || template.name.includes(name));
      return ok({ data: data.map((template, at) => ({ ...template, id: String(900_000 + at) })), paging: {} });
    }
    case 'POST message_templates': {
      const template = asJson(body);
      world.templates.push({ ...(template as never as (typeof world.templates)[number]), status: 'APPROVED' });
      return ok({ id: world.nextDigits(), status: 'APPROVED', category: template['category'] });
    }
    default:
      throw new GraphError(100, `Unsupported request: ${what}`);
  }
}

/** @throws GraphError 190, 100 */
function checkToken({ world }: GraphOptions, request: IncomingMessage, query: URLSearchParams): void {
  if (request.headers.authorization !== `Bearer ${world.token}`)
    throw new GraphError(190, 'Invalid OAuth access token.');
  const proof = query.get('appsecret_proof');
  const right = createHmac('sha256', world.appSecret).update(world.token).digest('hex');
  if (proof !== null && proof !== right)
    throw new GraphError(100, 'Invalid appsecret_proof provided in the API argument');
}

function shown({ id, number, name }: BusinessNumber, fields: string | null): unknown {
  const all: Record<string, unknown> = {
    // As people write it.
    display_phone_number: number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 $1-$2-$3'),
    verified_name: name,
    quality_rating: 'GREEN',
    throughput: { level: 'STANDARD' },
    status: 'CONNECTED',
    platform_type: 'CLOUD_API',
    messaging_limit_tier: 'TIER_1K',
  };
  const wanted = (fields ?? 'display_phone_number,verified_name,quality_rating').split(',');
  return { ...Object.fromEntries(wanted.filter((field) => field in all).map((field) => [field, all[field]])), id };
}

function apiOf(method: string, pathname: string): WhatsAppApi {
  if (pathname.endsWith('/messages')) return 'messages';
  if (pathname.endsWith('/media')) return 'media';
  if (pathname.endsWith('/message_templates')) return 'templates';
  if (pathname.endsWith('/subscribed_apps')) return 'account';
  if (pathname.startsWith('/whatsapp_business/')) return 'download';
  return method === 'GET' && /\/10375432\d+$/.test(pathname) ? 'url' : 'number';
}

function isBetween(fault: WhatsAppFaultKind | undefined): fault is { http: number } | { redirect: string } {
  return typeof fault === 'object' && !('code' in fault);
}

function answerFault(response: ServerResponse, fault: { http: number } | { redirect: string }): void {
  if ('redirect' in fault) response.writeHead(302, { Location: fault.redirect }).end();
  else response.writeHead(fault.http, { 'Content-Type': 'text/html' }).end('<html>A fault of the simulator.</html>');
}

function recipientIn(body: unknown): string {
  const { to, recipient } = (body ?? {}) as { to?: unknown; recipient?: unknown };
  return String(to ?? recipient ?? '');
}

function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return null;
  }
}

function asJson(body: unknown): Json {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new GraphError(100, 'The body is no JSON object.');
  return body as Json;
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

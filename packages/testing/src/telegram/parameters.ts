/** Parameters of a method: the Bot API takes them as a query, a form, JSON, or a form with files. */
import type { IncomingMessage } from 'node:http';
import { bodyOf } from '../web-server.ts';
import { TelegramRefusal } from './state.ts';

export interface UploadedFile {
  bytes: Uint8Array;
  contentType: string;
  filename: string | null;
}

export class Parameters {
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: ReadonlyMap<string, UploadedFile>;

  constructor(values: Record<string, unknown>, files: Map<string, UploadedFile>) {
    this.values = values;
    this.files = files;
  }

  text(name: string): string {
    const value = this.values[name];
    return value === undefined || value === null ? '' : String(value);
  }

  number(name: string): number {
    const value = Number(this.values[name]);
    return Number.isSafeInteger(value) ? value : 0;
  }

  /** In forms objects are JSON in a text. */
  json(name: string): unknown {
    const value = this.values[name];
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value);
    } catch {
      throw new TelegramRefusal(400, `Bad Request: can't parse ${name} JSON object`);
    }
  }
}

/** What a bot may send, in bytes. Source: Bot API, "Sending files". */
const largest = 50 * 1024 * 1024;

export async function readParameters(request: IncomingMessage, query: URLSearchParams): Promise<Parameters> {
  const values: Record<string, unknown> = Object.fromEntries(query);
  const files = new Map<string, UploadedFile>();
  const type = request.headers['content-type'] ?? '';
  let body: Buffer;
  try {
    body = await bodyOf(request, largest + 1024 * 1024);
  } catch {
    throw new TelegramRefusal(413, 'Request Entity Too Large');
  }
  if (type.startsWith('application/json')) Object.assign(values, body.length > 0 ? JSON.parse(body.toString()) : {});
  else if (type.startsWith('application/x-www-form-urlencoded')) {
    Object.assign(values, Object.fromEntries(new URLSearchParams(body.toString())));
  } else if (type.startsWith('multipart/form-data')) {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
    for (const [name, value] of form) {
      if (typeof value === 'string') values[name] = value;
      else {
        const bytes = new Uint8Array(await value.arrayBuffer());
        if (bytes.length > largest) throw new TelegramRefusal(413, 'Request Entity Too Large');
        files.set(name, { bytes, contentType: value.type, filename: value.name });
      }
    }
  }
  return new Parameters(values, files);
}

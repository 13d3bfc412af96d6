/**
 * The packets of the official client SDK ("twilsock"): each is one binary WebSocket message,
 *
 *     TWILSOCK V3.0 <length of the header>\r\n<header: JSON>\r\n<payload>
 *
 * with lengths in bytes. The payload's length and type are in the header.
 */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { measure } from '../../core/bounded-json.ts';

const title = 'TWILSOCK V3.0 ';
const crlf = '\r\n';
/** Tokens are the largest thing in headers that clients send, and those are 8 KB at most. */
const headerLimit = 64 * 1024;

const header = z.looseObject({
  method: z.string(),
  id: z.string().min(1).max(100),
  payload_size: z.int().min(0).optional(),
  payload_type: z.string().max(200).optional(),
});

export type Header = z.infer<typeof header>;

export interface Packet {
  header: Header;
  payload: Buffer;
  /** About what it takes as long as it is kept; bytes. */
  takes: number;
}

/** @returns undefined for what is no packet */
export function readPacket(message: Buffer): Packet | undefined {
  const endOfTitle = message.subarray(0, title.length + 10).indexOf(crlf);
  if (endOfTitle < 0) return undefined;
  const length = /^TWILSOCK V3\.0 (\d{1,8})$/.exec(message.toString('latin1', 0, endOfTitle))?.[1];
  const begin = endOfTitle + crlf.length;
  const end = begin + Number(length);
  if (length === undefined || Number(length) > headerLimit) return undefined;
  if (message.toString('latin1', end, end + crlf.length) !== crlf) return undefined;
  const bytes = message.subarray(begin, end);
  // Otherwise other bytes would become the same U+FFFD.
  const read = isUtf8(bytes) ? readHeader(bytes.toString()) : undefined;
  if (!read) return undefined;
  const payload = message.subarray(end + crlf.length);
  const isWhole = payload.length === (read.header.payload_size ?? 0);
  return isWhole ? { header: read.header, payload, takes: read.takes + message.length } : undefined;
}

/** @returns undefined for what is none */
function readHeader(text: string): { header: Header; takes: number } | undefined {
  try {
    const takes = measure(text);
    const { data } = header.safeParse(JSON.parse(text));
    return data && { header: data, takes };
  } catch {
    return undefined;
  }
}

/** @param payload JSON text */
export function writePacket(fields: { method: string; id: string } & Record<string, unknown>, payload = ''): Buffer {
  const size = Buffer.byteLength(payload);
  const sized = { ...fields, ...(payload !== '' && { payload_type: 'application/json' }), payload_size: size };
  const head = JSON.stringify(sized);
  return Buffer.from(`${title}${Buffer.byteLength(head)}${crlf}${head}${crlf}${payload}`);
}

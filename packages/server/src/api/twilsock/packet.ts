/**
 * The packets of the official client SDK ("twilsock"): each is one binary WebSocket message,
 *
 *     TWILSOCK V3.0 <length of the header>\r\n<header: JSON>\r\n<payload>
 *
 * with lengths in bytes. The payload's length and type are in the header.
 */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';

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
  const parsed = header.safeParse(parseJson(message.subarray(begin, end)));
  if (!parsed.success) return undefined;
  const payload = message.subarray(end + crlf.length);
  return payload.length === (parsed.data.payload_size ?? 0) ? { header: parsed.data, payload } : undefined;
}

/** @returns undefined for what is no JSON */
function parseJson(bytes: Buffer): unknown {
  // Otherwise other bytes would become the same U+FFFD.
  if (!isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString());
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

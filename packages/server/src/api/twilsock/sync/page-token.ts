import { limits } from '@colloquy/protocol';
import { z } from 'zod';
import { invalid } from '../../http/parameters.ts';
import type { SyncType } from './objects.ts';

/** A page of items that a client asks for. */
export interface ItemQuery {
  order: 'asc' | 'desc';
  size: number;
  /** Only the item that is called so. */
  key?: string;
  /** Where the page begins: at the first item from here on, in the order. */
  from?: string | number;
  /** Leaves out the item that is called `from`. */
  after: boolean;
  /** The page ends there, instead. */
  back: boolean;
}

/** As the contract's Sync; the client copes with smaller pages than it asked for. */
const largestPage = 100;

const key = z.union([
  z
    .string()
    .max(64)
    .refine((text) => !text.includes('\0')),
  z.int().min(0),
]);
const token = z.tuple([z.enum(['asc', 'desc']), z.int().min(1).max(largestPage), key, z.boolean()]);

/** @throws Refusal 20422 */
export function readItemQuery(query: URLSearchParams, type: SyncType): ItemQuery {
  const given = query.get('PageToken');
  // Clients before 3.0 send nothing else with it.
  if (given !== null) return readPageToken(given, type);
  const order = query.get('Order') ?? 'asc';
  if (order !== 'asc' && order !== 'desc') throw invalid('Order', 'neither asc nor desc');
  const size = Number(query.get('PageSize') ?? limits.defaultPageSize);
  if (!Number.isSafeInteger(size) || size < 1) throw invalid('PageSize', 'not a whole number above 0');
  const only = query.get(type === 'list' ? 'Index' : 'Key');
  const from = query.get('From');
  return {
    order,
    size: Math.min(size, largestPage),
    ...(only !== null && { key: type === 'list' ? String(readIndex(only, 'Index')) : readKey(only, 'Key') }),
    ...(from !== null && { from: type === 'list' ? readIndex(from, 'From') : readKey(from, 'From') }),
    after: false,
    back: false,
  };
}

/** @param edge the item at the end of the page that the next one is beyond. @param back the page before, in the order */
export function writePageToken({ order, size }: ItemQuery, edge: string | number, back: boolean): string {
  return Buffer.from(JSON.stringify([order, size, edge, back])).toString('base64url');
}

function readPageToken(text: string, type: SyncType): ItemQuery {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {}
  const parsed = token.safeParse(json);
  if (!parsed.success || (typeof parsed.data[2] === 'number') !== (type === 'list')) {
    throw invalid('PageToken', 'not a page that this server gave');
  }
  const [order, size, from, back] = parsed.data;
  return { order, size, from, after: true, back };
}

function readIndex(text: string, parameter: string): number {
  if (!/^\d{1,15}$/.test(text)) throw invalid(parameter, 'not an index');
  return Number(text);
}

function readKey(text: string, parameter: string): string {
  if (text.length > 64 || text.includes('\0')) throw invalid(parameter, 'not a key');
  return text;
}

import { isUtf8 } from 'node:buffer';
import { type RpcError, rpcErrors } from '@colloquy/protocol';

export type ParsedRequest =
  | { id: number | string; method: string; params: unknown }
  | { id: number | string | null; error: RpcError };

/** A frame as a JSON-RPC 2.0 request. Notifications from clients do not exist: a request needs an id. */
export function parseRequest(data: Buffer, isBinary: boolean): ParsedRequest {
  if (isBinary || !isUtf8(data)) return { id: null, error: rpcErrors.parse };
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch {
    return { id: null, error: rpcErrors.parse };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { id: null, error: rpcErrors.invalidRequest };
  }
  const { jsonrpc, id, method, params } = value as Record<string, unknown>;
  const goodId = typeof id === 'number' ? Number.isFinite(id) : typeof id === 'string' && id.length <= 64;
  if (!goodId) return { id: null, error: rpcErrors.invalidRequest };
  if (jsonrpc !== '2.0' || typeof method !== 'string') {
    return { id: id as number | string, error: rpcErrors.invalidRequest };
  }
  return { id: id as number | string, method, params };
}

import { isUtf8 } from 'node:buffer';
import { type RpcError, rpcErrors } from '@colloquy/protocol';
import { measure, TooMuchJson } from '../../core/bounded-json.ts';

export type ParsedRequest =
  | {
      id: number | string;
      method: string;
      params: unknown;
      /** About what it takes as long as it is kept; bytes. */
      takes: number;
    }
  | { id: number | string | null; error: RpcError };

/** Of a stranger: `resume.positions` names some 27,000 streams in the largest frame. */
const strangersForm = { commas: 32_768, parts: 32_768 };
/** Of a user: `knows` has some 150,000 indexes in the largest frame. */
const usersForm = { commas: 262_144, parts: 4096 };

/**
 * A frame as a JSON-RPC 2.0 request. Notifications from clients do not exist: a request needs an id.
 *
 * @param connected is it known whose it is?
 */
export function parseRequest(data: Buffer, isBinary: boolean, connected: boolean): ParsedRequest {
  if (isBinary || !isUtf8(data)) return { id: null, error: rpcErrors.parse };
  let value: unknown;
  let takes: number;
  try {
    const text = data.toString();
    takes = measure(text, connected ? usersForm : strangersForm);
    value = JSON.parse(text);
  } catch (error) {
    return { id: null, error: error instanceof TooMuchJson ? rpcErrors.invalidRequest : rpcErrors.parse };
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
  return { id: id as number | string, method, params, takes };
}

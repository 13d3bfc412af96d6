import type { RpcError } from '@colloquy/protocol';

/** What the library itself has to say, by code. The page docs/reference/client-errors.md has the same table. */
export const libraryErrors = {
  100: 'Give the option url.',
  101: 'Give the option webSocket or fetch.',
  102: 'There is no such page.',
  103: 'The participant is no user.',
  104: 'The call was aborted.',
  105: 'The message was removed.',
  106: 'The first try was too long ago.',
  107: 'There is no token.',
  110: 'The upload broke off.',
} as const;

/** What is known of an error besides its code and its words. */
export interface ErrorDetails {
  /** The HTTP status that goes with the code; 0 where there is none. */
  status?: number | undefined;
  /** What to do about it. */
  help?: string | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  /** The error that led to this one. */
  cause?: unknown;
}

/**
 * Whatever goes wrong in the library or at the server. `code` is, by its range:
 *
 * - positive and of five digits: a code of the server's error table, as the REST API has it;
 * - 1000 to 4999: why the connection was closed for good (1000: by `shutdown()`);
 * - of three digits: the library's own;
 * - negative: JSON-RPC's own (section 5.1 of its specification).
 */
export class ColloquyError extends Error {
  declare readonly code: number;
  /** The HTTP status that goes with the code; 0 where there is none. */
  declare readonly status: number;
  /** What to do about it; may be empty. */
  declare readonly help: string;
  /** Where there was too much of something (status 429): after how many seconds it may work. */
  declare readonly retryAfter: number | undefined;

  /** As the library makes it. */
  constructor(code: number, message: string, details: ErrorDetails = {}) {
    super(message, details);
    Object.assign(this, { name: 'ColloquyError', code, status: 0, help: '', retryAfter: undefined }, details);
  }
}

/** @internal */
export function libraryError(code: keyof typeof libraryErrors, cause?: unknown): ColloquyError {
  return new ColloquyError(code, libraryErrors[code], cause ? { cause } : {});
}

/** @internal */
export function aborted(signal: AbortSignal): ColloquyError {
  return libraryError(104, signal.reason);
}

/** @internal */
export function fromRpc({ code, message, data }: RpcError): ColloquyError {
  return new ColloquyError(code, message, data);
}

/** @internal May the same succeed a little later? */
export function isTemporary({ status }: ColloquyError): boolean {
  return status === 429 || status >= 500;
}

/** @internal Did the server say no, so that it would say so again? */
export function isRefusal(error: ColloquyError): boolean {
  return error.status > 0 && !isTemporary(error);
}

/** @internal The connection was closed for good: nothing succeeds any more. */
export function isClosed({ status, code }: ColloquyError): boolean {
  return status === 0 && code >= 1000 && code < 5000;
}

/** @internal The user is not in the conversation (any more). */
export function notIn(): ColloquyError {
  return new ColloquyError(50430, 'Caller is not a participant', { status: 403 });
}

/** @internal What was removed, before the answer that shows it was here. */
export function notFound(code: number, what: string): ColloquyError {
  return new ColloquyError(code, `${what} not found`, { status: 404 });
}

/** @internal What the server would refuse; found out before anything was sent. */
export function invalid(parameter: string, reason: string): ColloquyError {
  return new ColloquyError(20422, `Invalid parameter ${parameter}: ${reason}`, { status: 400 });
}

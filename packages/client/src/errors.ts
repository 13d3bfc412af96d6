import type { RpcError } from '@colloquy/protocol';

/**
 * Whatever goes wrong in the library or at the server. `code` is, by its range:
 *
 * - positive and of five digits: a code of the server's error table, as the REST API has it;
 * - 1000 to 4999: why the WebSocket was closed for good (1000: by `shutdown()`);
 * - negative: JSON-RPC's own (section 5.1 of its specification).
 */
export class ColloquyError extends Error {
  readonly code: number;
  /** The HTTP status that goes with the code; 0 where there is none. */
  readonly status: number;
  /** What to do about it; may be empty. */
  readonly help: string;
  /** Where there was too much of something (status 429): after how many seconds it may work. */
  readonly retryAfter: number | undefined;

  constructor(code: number, message: string, status = 0, help = '', retryAfter?: number) {
    super(message);
    this.name = 'ColloquyError';
    this.code = code;
    this.status = status;
    this.help = help;
    this.retryAfter = retryAfter;
  }
}

/** @internal */
export function fromRpc({ code, message, data }: RpcError): ColloquyError {
  return new ColloquyError(code, message, data?.status, data?.help, data?.retryAfter);
}

/** @internal The user is not in the conversation (any more). */
export function notIn(): ColloquyError {
  return new ColloquyError(50430, 'Caller is not a participant', 403);
}

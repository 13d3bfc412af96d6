import { STATUS_CODES } from 'node:http';
import type { RestErrorBody } from '@colloquy/protocol';
import type { Logger } from 'pino';
import { failureCode } from '../../core/failure.ts';
import { Refusal } from '../../core/refusal.ts';
import { errorBody } from '../http/errors.ts';

/** As replies and closes have it. */
export interface Status {
  code: number;
  status: string;
  /** Of the error table. */
  errorCode?: number;
  /** The text of the client's error. */
  description?: string;
}

export const ok: Status = { code: 200, status: 'OK' };

/** @param status of HTTP */
export function reasonOf(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown';
}

/** What is known is safe to show; anything else is logged and answered plainly. */
export function errorOf(error: unknown, logger: Logger): RestErrorBody {
  if (error instanceof Refusal) return errorBody(error.code, error.message);
  const code = failureCode(error);
  if (code === 20500) logger.error({ error }, "a request of the official client's API failed");
  return errorBody(code);
}

/**
 * What an `init` or `update` that failed is answered with. The client gives its token up for 401 only, and comes again
 * by itself after what is temporary; everything that is wrong with a token is a 401 to it.
 */
export function tokenStatus(error: unknown, logger: Logger): Status {
  const { code, message, status } = errorOf(error, logger);
  const denied = status < 500 && status !== 429;
  const shown = denied ? 401 : status;
  return { code: shown, status: reasonOf(shown), errorCode: code, description: message };
}

import { errors, type RpcError } from '@colloquy/protocol';
import type { Logger } from 'pino';
import { failureCode } from '../../core/failure.ts';
import { retryAfterOf } from '../../core/rates/too-many.ts';
import { Refusal } from '../../core/refusal.ts';

/**
 * What is known is safe to show; anything else is logged and answered plainly.
 *
 * @param isRepeated may the client have asked for it before, of another server? Then that nothing has happened here says
 *   nothing of what has happened there
 */
export function presentError(error: unknown, logger: Logger, isRepeated = false): RpcError {
  if (error instanceof Refusal) {
    const retryAfter = retryAfterOf(error);
    const data = { status: error.status, help: error.help, ...(retryAfter !== undefined && { retryAfter }) };
    return { code: error.code, message: error.message, data };
  }
  const failure = failureCode(error);
  const code = failure === 20503 && isRepeated ? 20504 : failure;
  if (code === 20500) logger.error({ error }, 'a realtime request failed');
  return { code, message: errors[code].message, data: { status: errors[code].status, help: errors[code].help } };
}

import { type ErrorCode, errors, fill, type RestErrorBody } from '@colloquy/protocol';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { failureCode } from '../../core/failure.ts';
import { retryAfterOf } from '../../core/rates/too-many.ts';
import { Refusal, refuse } from '../../core/refusal.ts';
import { requestIdHeader } from './request-id.ts';

/** The body of an answer that says no: exactly these four keys (behaviour reference, section 2.1). */
export function errorBody(code: ErrorCode, message: string = errors[code].message): RestErrorBody {
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status: errors[code].status };
}

/** The refusal of a path that leads nowhere. The contract names it without `/v1` and query, escapes as they were sent. */
export function notFound(request: FastifyRequest): Refusal {
  return refuse(20404, { path: pathOf(request).replace(/^\/v1(?=\/|$)/, '') });
}

/** The request's path as it was sent. */
export function pathOf(request: FastifyRequest): string {
  const target = request.url.split(/[?#]/, 1)[0] ?? '';
  // A proxy may send the absolute form (RFC 9112, section 3.2.2).
  return target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/]*/i, '');
}

/** Answers every error of every route. What is known is safe to show; anything else is logged and answered plainly. */
export function errorHandler(logger: Logger, more: (error: unknown) => object = () => ({})) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { code, message, headers } = describe(error);
    if (code === 20500) {
      const { id, method } = request;
      logger.error({ error, request: id, method, path: pathOf(request) }, 'a request failed');
    }
    reply.errorCode = code;
    return reply
      .code(errors[code].status)
      .headers({ [requestIdHeader]: request.id, ...headers })
      .send({ ...errorBody(code, message), ...more(error) });
  };
}

interface Description {
  code: ErrorCode;
  message: string;
  headers?: Record<string, string>;
}

function describe(error: unknown): Description {
  if (error instanceof Refusal) {
    const { code, message } = error;
    if (code === 20003) return { code, message, headers: challenge };
    const seconds = retryAfterOf(error);
    return seconds === undefined ? { code, message } : { code, message, headers: { 'Retry-After': String(seconds) } };
  }
  const code = failureCode(error);
  if (code === 20503) return { code, message: errors[code].message, headers: { 'Retry-After': '1' } };
  // Without: what obeys it would send a second time what nobody knows again.
  if (code === 20504) return { code, message: errors[code].message };
  const status = (error as Partial<FastifyError> | null)?.statusCode;
  if (status === 413) return { code: 20413, message: errors[20413].message };
  if (status === 415) return { code: 20415, message: errors[20415].message };
  // The rest of what Fastify refuses before a handler runs: a body that breaks off, JSON that is none.
  if (status !== undefined && status >= 400 && status < 500) {
    return { code: 20422, message: fill(errors[20422].message, { parameter: 'body', reason: 'it cannot be read' }) };
  }
  return { code, message: errors[code].message };
}

const challenge = { 'WWW-Authenticate': 'Basic realm="Colloquy", charset="UTF-8"' };

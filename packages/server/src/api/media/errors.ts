import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Refusal } from '../../core/refusal.ts';
import { errorHandler } from '../rest/errors.ts';

/** Errors look as in the rest of the API, and have a `detail` besides: what the caller can do about it. */
export function mediaErrorHandler(logger: Logger) {
  const answer = errorHandler(logger, (error) => ({ detail: error instanceof Refusal ? error.help : '' }));
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    // Nobody reads what still comes of a body that was refused, so nothing else can come on that connection.
    if (!request.raw.complete) reply.header('Connection', 'close');
    return answer(error, request, reply);
  };
}

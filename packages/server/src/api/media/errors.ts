import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Scheduler } from '../../core/clock.ts';
import { Refusal, refuse } from '../../core/refusal.ts';
import { errorHandler } from '../http/errors.ts';
import { invalid } from '../http/parameters.ts';
import { isBroken } from './form.ts';

/** How long what comes of a refused body is read and thrown away, in milliseconds. */
const patience = 30_000;

/** Errors look as in the rest of the API, and have a `detail` besides: what the caller can do about it. */
export function mediaErrorHandler(logger: Logger, clock: Scheduler) {
  const answer = errorHandler(logger, (error) => ({ detail: error instanceof Refusal ? error.help : '' }));
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { raw } = request;
    if (raw.socket instanceof Socket && !raw.complete) discard(raw, clock);
    return answer(told(error, raw), request, reply);
  };
}

function told(error: unknown, raw: IncomingMessage): unknown {
  if (isBadType(error)) return refuse(50511);
  // Nobody hears this any more. That somebody hung up is no failure of the server's, and none to be logged.
  if (raw.destroyed && isBroken(raw)) return invalid('body', 'it broke off');
  return error;
}

/** Fastify looks at the Content-Type before we do. */
function isBadType(error: unknown): boolean {
  return (error as Partial<FastifyError> | null)?.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE';
}

/** Most clients read an answer only when they have sent all; who is cut off before that does not learn why. */
function discard(request: IncomingMessage, clock: Scheduler): void {
  const { socket } = request;
  const callOff = clock.at(clock.now() + patience, () => socket.destroy());
  request.once('close', callOff).resume();
}

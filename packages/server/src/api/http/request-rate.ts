import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../core/clock.ts';
import { Pace } from '../../core/rates/pace.ts';
import { tooMany } from '../../core/rates/too-many.ts';
import { isBelowV1 } from './below-v1.ts';

/**
 * Lets the requests below `/v1` through as often as one user name may ask. Only those of the account are counted: what
 * strangers send is refused anyway, and must not keep the account out.
 *
 * @param perSecond none when 0 or left out
 * @param isAuthentic whether an Authorization header is good
 */
export function limitRequests(
  app: FastifyInstance,
  clock: Clock,
  perSecond: number | undefined,
  isAuthentic: (header: string | undefined) => boolean,
): void {
  if (!perSecond) return;
  const pace = new Pace(clock, perSecond);
  app.addHook('onRequest', (request, _reply, done) => {
    const { authorization } = request.headers;
    if (!isBelowV1(request) || !isAuthentic(authorization)) return done();
    // Good headers may differ in case, blanks, padding and unused bits; what they say does not.
    const credentials = Buffer.from(authorization?.trim().split(/ +/)[1] ?? '', 'base64');
    const wait = pace.take(credentials.toString('latin1'));
    done(wait > 0 ? tooMany(20429, wait) : undefined);
  });
}

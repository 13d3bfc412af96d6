import type { ConnectionReason } from './machine.ts';
import * as reasons from './reasons.ts';

/**
 * The few constants of the protocol that the client needs at run time. They are repeated here so that the package
 * stands alone; a test compares them with the protocol package.
 */
export const path = '/v1/x/realtime';
export const pollPath = `${path}/poll`;
export const subprotocol = 'colloquy.v1';

/** The largest page that the server gives of messages, participants or conversations. */
export const largestPage = 100;

/** What a close code means. Codes that are not here are network trouble: come back. */
export const closeReasons: Readonly<Record<number, ConnectionReason>> = {
  1001: reasons.sentAway,
  1009: reasons.fatal,
  4400: reasons.fatal,
  4401: reasons.tokenRefused,
  4402: reasons.tokenExpired,
  4403: reasons.fatal,
  4408: reasons.sentAway,
  4413: reasons.sentAway,
  4429: reasons.sentAway,
};

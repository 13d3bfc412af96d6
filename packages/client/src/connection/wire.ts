/**
 * The few constants of the protocol that the client needs at run time. They are repeated here so that the package
 * stands alone; a test compares them with the protocol package.
 */
export const path = '/v1/x/realtime';
export const pollPath = `${path}/poll`;
export const subprotocol = 'colloquy.v1';

/** The largest page that the server gives of messages, participants or conversations. */
export const largestPage = 100;

/** What a close code asks for. Codes that are not here are network trouble: come back. */
export const closeCodes: Readonly<Record<number, 'resume' | 'token' | 'fatal'>> = {
  1001: 'resume',
  1009: 'fatal',
  4400: 'fatal',
  4401: 'token',
  4402: 'token',
  4403: 'fatal',
  4408: 'resume',
  4413: 'resume',
  4429: 'resume',
};

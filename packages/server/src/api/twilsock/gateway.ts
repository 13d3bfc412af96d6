import { limits } from '@colloquy/protocol';
import { publicUrlOf } from '../http/public-url.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { SocketDoor } from '../sessions/web-sockets.ts';
import type { TwilsockDependencies } from './dependencies.ts';
import { TwilsockSession } from './session.ts';
import { Documents } from './sync/documents.ts';

/** Where the official client connects by default, on its own host. */
export const twilsockPath = '/v3/wsconnect';

/**
 * The door of the official client SDK, `@twilio/conversations`: what it asks for over its socket, from the same core and
 * log as everything else (docs/reference/official-sdk.md).
 *
 * @param publicUrl null: derived from each connection's request
 */
export function openTwilsock(
  sessions: Sessions,
  dependencies: TwilsockDependencies,
  publicUrl: string | null = null,
): SocketDoor {
  const documents = new Documents(dependencies.core, dependencies.logger);
  return {
    path: twilsockPath,
    maxFrame: limits.realtimeFrameBytes,
    begin: (wire, request) => {
      const address = publicUrlOf(request, publicUrl);
      const session = new TwilsockSession({ address, wire, sessions, documents, dependencies });
      sessions.begin(session);
      return session;
    },
  };
}

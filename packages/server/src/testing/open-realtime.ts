import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { pino } from 'pino';
import { trackConnections } from '../api/http/connections.ts';
import { fastifyOptions } from '../api/http/options.ts';
import { serveRealtime } from '../api/realtime/gateway.ts';
import { Sessions } from '../api/sessions/sessions.ts';
import { acceptWebSockets } from '../api/sessions/web-sockets.ts';
import { makeToken, type TokenKeys } from '../api/tokens.ts';
import { openTwilsock } from '../api/twilsock/gateway.ts';
import { createConversation } from '../core/conversations/actions.ts';
import { addParticipant } from '../core/participants/actions.ts';
import type { RateLimits } from '../core/rates/rate-limits.ts';
import { Hub } from '../delivery/realtime/hub.ts';
import { MediaLinks } from '../media/links.ts';
import { type OpenCore, openCore, testAccount } from './open-core.ts';
import { RawClient, type Transport } from './raw-client.ts';
import { RawTwilsock } from './raw-twilsock.ts';

export const testKeys: TokenKeys = {
  accountSid: testAccount,
  apiKeySid: `SK${'1'.repeat(32)}`,
  apiKeySecret: 'a secret that only tests know ..',
};

export interface OpenRealtime extends OpenCore {
  hub: Hub;
  /** Address of the WebSocket server, `ws://…`. */
  address: string;
  token(identity: string, lifetime?: number): Promise<string>;
  /** A socket, or what stands for one, that has sent nothing yet. */
  socket(transport?: Transport): Promise<RawClient>;
  /** A conversation of these identities, made as a back end does. */
  roomOf(...identities: string[]): Promise<string>;
  /** A client of the official SDK's protocol; one that has sent nothing yet without an identity. */
  twilsock(identity?: string): Promise<RawTwilsock>;
  /** Stops the realtime API as a server that stops does. */
  stop(): Promise<void>;
  /** A connected client. */
  connect(identity: string, resume?: { cursor: string; positions: Record<string, number> }): Promise<RawClient>;
}

/** The realtime API on a real port, core and database, without REST. */
export async function openRealtime(rateLimits: RateLimits = {}, usual: Transport = 'websocket'): Promise<OpenRealtime> {
  const at = await openCore({ rateLimits });
  const logger = pino({ level: 'silent' });
  const app = fastify(fastifyOptions(logger));
  const connections = trackConnections(app.server);
  const hub = new Hub(at.bus);
  const sessions = new Sessions({
    core: at.core,
    hub,
    bus: at.bus,
    logger,
    account: testAccount,
    rateLimits,
  });
  const parts = {
    core: at.core,
    bus: at.bus,
    keys: testKeys,
    logger,
    links: new MediaLinks('a secret of tests'),
    ownsAddress: async (address: string) => address.startsWith('+1202'),
  };
  const stopAccepting = acceptWebSockets(
    app.server,
    sessions,
    [serveRealtime(app, sessions, parts), openTwilsock(sessions, parts)],
    logger,
  );
  const stop = () => sessions.close().then(stopAccepting);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = `ws://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const clients: { cut(): void }[] = [];

  const token = (identity: string, lifetime?: number) =>
    makeToken(testKeys, { identity, service: at.service, ...(lifetime !== undefined && { lifetime }) }, at.clock.now());
  const socket = async (transport = usual) => {
    const client = await RawClient.open(address, {}, transport);
    clients.push(client);
    return client;
  };
  return {
    ...at,
    hub,
    address,
    token,
    socket,
    roomOf: async (...identities) => {
      const { sid } = await at.core.run(createConversation, at.account, { service: at.service });
      for (const identity of identities) {
        await at.core.run(addParticipant, at.account, { service: at.service, conversation: sid, identity });
      }
      return sid;
    },
    connect: async (identity, resume) => {
      const client = await socket();
      client.connected = await client.call('connect', {
        token: await token(identity),
        ...(resume && { resume }),
      });
      return client;
    },
    twilsock: async (identity) => {
      const client = await RawTwilsock.open(address);
      clients.push(client);
      if (identity !== undefined) await client.init(await token(identity));
      return client;
    },
    stop,
    discard: async () => {
      for (const client of clients) client.cut();
      await stop();
      const closed = app.close();
      // Clients open connections that they never use.
      connections.cutSlow();
      await closed;
      await at.discard();
    },
  };
}

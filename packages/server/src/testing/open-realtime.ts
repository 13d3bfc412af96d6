import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { serveRealtime } from '../api/realtime/gateway.ts';
import { makeToken, type TokenKeys } from '../api/tokens.ts';
import { createConversation } from '../core/conversations/actions.ts';
import { addParticipant } from '../core/participants/actions.ts';
import type { RateLimits } from '../core/rates/rate-limits.ts';
import { Hub } from '../delivery/realtime/hub.ts';
import { MediaLinks } from '../media/links.ts';
import { type OpenCore, openCore, testAccount } from './open-core.ts';
import { RawClient } from './raw-client.ts';

export const testKeys: TokenKeys = {
  accountSid: testAccount,
  apiKeySid: `SK${'1'.repeat(32)}`,
  apiKeySecret: 'a secret that only tests know ..',
};

export interface OpenRealtime extends OpenCore {
  /** Address of the WebSocket server, `ws://…`. */
  address: string;
  token(identity: string, lifetime?: number): Promise<string>;
  /** A socket that has sent nothing yet. */
  socket(): Promise<RawClient>;
  /** A conversation of these identities, made as a back end does. */
  roomOf(...identities: string[]): Promise<string>;
  /** A connected client. */
  connect(identity: string, resume?: { cursor: string; positions: Record<string, number> }): Promise<RawClient>;
}

/** The realtime API on a real port, core and database, without REST. */
export async function openRealtime(rateLimits: RateLimits = {}): Promise<OpenRealtime> {
  const at = await openCore({ rateLimits });
  const server = createServer();
  const gateway = serveRealtime(server, {
    core: at.core,
    hub: new Hub(at.bus),
    bus: at.bus,
    keys: testKeys,
    logger: pino({ level: 'silent' }),
    rateLimits,
    links: new MediaLinks('a secret of tests'),
    ownsAddress: (address) => address.startsWith('+1202'),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: RawClient[] = [];

  const token = (identity: string, lifetime?: number) =>
    makeToken(testKeys, { identity, service: at.service, ...(lifetime !== undefined && { lifetime }) }, at.clock.now());
  const socket = async () => {
    const client = await RawClient.open(address);
    clients.push(client);
    return client;
  };
  return {
    ...at,
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
    discard: async () => {
      for (const client of clients) client.cut();
      await gateway.close();
      await new Promise((resolve) => server.close(resolve));
      await at.discard();
    },
  };
}

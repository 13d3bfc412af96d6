import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { makeToken } from '../api/tokens.ts';
import type { Config } from '../config/config.ts';
import { createServer, type Server } from '../server.ts';
import { testCredentials } from './open-rest.ts';
import { RawClient } from './raw-client.ts';
import { RawTwilsock } from './raw-twilsock.ts';
import { natsServer, type RunningNats, runNats } from './run-nats.ts';
import { findPostgres, type RunningPostgres, runPostgres } from './run-postgres.ts';

const programs = findPostgres();

/** Is there on this machine what several nodes need? */
export const canOpenNodes = programs !== undefined && natsServer !== undefined;

/** One of several servers of one database. */
export interface Node {
  server: Server;
  /** `http://…` */
  url: string;
  token(identity: string): Promise<string>;
  /** A client of the realtime API. */
  connect(identity: string, resume?: RawClient['resume']): Promise<RawClient>;
  /** One of the official SDK's protocol. */
  twilsock(identity: string): Promise<RawTwilsock>;
  /** Stops it as a server does that is told to. */
  stop(): Promise<void>;
}

export interface OpenNodes {
  nodes: Node[];
  postgres: RunningPostgres;
  nats: RunningNats | undefined;
  /** One more. */
  open(): Promise<Node>;
  discard(): Promise<void>;
}

/** Servers that share a PostgreSQL and, unless they are to do without, a NATS server: all of them begun for this. */
export async function openNodes(count: number, { withNats = true } = {}): Promise<OpenNodes> {
  const [postgres, nats] = await Promise.all([runPostgres(programs ?? ''), withNats ? runNats() : undefined]);
  const databaseUrl = await postgres.create();
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-nodes-'));
  const nodes: Node[] = [];
  const clients: { cut(): void }[] = [];

  const open = async (): Promise<Node> => {
    const config: Config = {
      port: 0,
      host: '127.0.0.1',
      dataDir: directory,
      databaseUrl,
      natsUrls: nats && [nats.url],
      publicUrl: null,
      mode: 'production',
      sandbox: 'any',
      outgoingNetworks: ['127.0.0.0/8'],
      preWebhook: { timeoutMs: 5000, onFailure: 'proceed' },
      logLevel: 'silent',
      secretsKey: Buffer.alloc(32, 7).toString('base64'),
      credentials: testCredentials,
      credentialsFile: join(directory, 'credentials.json'),
    };
    const server = await createServer(config, { logger: pino({ level: 'silent' }) });
    const { url } = await server.listen();
    const address = url.replace('http', 'ws');
    const answer = await server.inject({
      url: '/v1/Configuration',
      headers: { authorization: `Basic ${btoa(`${testCredentials.accountSid}:${testCredentials.authToken}`)}` },
    });
    const service = answer.json().default_chat_service_sid;
    const token = (identity: string) => makeToken(testCredentials, { identity, service }, Date.now());
    const node: Node = {
      server,
      url,
      token,
      connect: async (identity, resume) => {
        const client = await RawClient.open(address);
        clients.push(client);
        client.connected = await client.call('connect', { token: await token(identity), ...(resume && { resume }) });
        return client;
      },
      twilsock: async (identity) => {
        const client = await RawTwilsock.open(address);
        clients.push(client);
        await client.init(await token(identity));
        return client;
      },
      stop: async () => {
        nodes.splice(nodes.indexOf(node), 1);
        await server.close();
      },
    };
    nodes.push(node);
    return node;
  };

  for (let n = 0; n < count; n += 1) await open();
  return {
    nodes,
    postgres,
    nats,
    open,
    discard: async () => {
      for (const client of clients) client.cut();
      for (const node of [...nodes]) await node.stop();
      await Promise.all([postgres.discard(), nats?.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

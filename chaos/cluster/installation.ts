import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '@colloquy/server';
import type { Snapshots } from '../../packages/server/src/storage/snapshots.ts';
import { openSqliteSnapshots } from '../../packages/server/src/storage/sqlite/snapshots.ts';
import type { Way } from './links.ts';
import { ServerNode } from './server-node.ts';

/** All processes that make one server for the people who use it. */
export interface Installation {
  nodes: readonly ServerNode[];
  credentials: Config['credentials'];
  /** From each node to the database and to the bus, by the node's name; empty where they share a process. */
  databaseLinks: ReadonlyMap<string, Way>;
  busLinks: ReadonlyMap<string, Way>;
  database: Service | undefined;
  bus: Service | undefined;
  /** To read the database, beside the nodes. */
  openSnapshots(): Promise<Snapshots>;
  close(): Promise<void>;
}

/** A program beside the servers that can be ended and started. */
export interface Service {
  start(): Promise<void>;
  /** `fast`: it lets go of its clients in order. `immediate`: as when the power fails. */
  stop(how: 'fast' | 'immediate'): Promise<void>;
}

export interface InstallationOptions {
  folder: string;
  /** A node ended by itself. @param since when its start began, if it had not come up */
  onEnd(node: string, how: string, since: number | undefined): void;
}

/** What several nodes have to share, and what anybody needs who wants in. */
export function makeCredentials(): { credentials: Config['credentials']; environment: Record<string, string> } {
  const hex = () => randomBytes(16).toString('hex');
  const credentials = { accountSid: `AC${hex()}`, authToken: hex(), apiKeySid: `SK${hex()}`, apiKeySecret: hex() };
  const environment = {
    COLLOQUY_ACCOUNT_SID: credentials.accountSid,
    COLLOQUY_AUTH_TOKEN: credentials.authToken,
    COLLOQUY_API_KEY_SID: credentials.apiKeySid,
    COLLOQUY_API_KEY_SECRET: credentials.apiKeySecret,
    COLLOQUY_SECRETS_KEY: hex() + hex(),
    COLLOQUY_MODE: 'production',
    COLLOQUY_SANDBOX: 'any',
    COLLOQUY_OUTGOING_NETWORKS: '127.0.0.0/8',
    COLLOQUY_LOG_LEVEL: 'warn',
  };
  return { credentials, environment };
}

/** One node on SQLite. */
export async function openSingle({ folder, onEnd }: InstallationOptions): Promise<Installation> {
  const { credentials, environment } = makeCredentials();
  const name = 'node-1';
  const node = await ServerNode.create({
    name,
    folder,
    environment: { ...environment, COLLOQUY_DATA_DIR: join(folder, 'data') },
    onEnd: (how, since) => onEnd(name, how, since),
  });
  await node.start();
  return {
    nodes: [node],
    credentials,
    databaseLinks: new Map(),
    busLinks: new Map(),
    database: undefined,
    bus: undefined,
    openSnapshots: async () => openSqliteSnapshots(join(folder, 'data', 'colloquy.db')),
    close: () => node.close(),
  };
}

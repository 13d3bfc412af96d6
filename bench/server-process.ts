/** Our server in a process of its own, with a data directory that goes with it. Tells its parent how to reach it. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '../packages/protocol/src/index.ts';
import { type Config, createServer } from '../packages/server/src/index.ts';

export interface ServerFacts {
  url: string;
  credentials: Config['credentials'];
}

/** Of a database that was filled before, and stays; a new one when there is none. */
const given = process.env['COLLOQUY_BENCH_DATA'];
const dataDir = given ?? mkdtempSync(join(tmpdir(), 'colloquy-bench-'));
const hex = () => randomBytes(16).toString('hex');
const shared = process.env['COLLOQUY_BENCH_CREDENTIALS'];
const credentials: Config['credentials'] = shared
  ? JSON.parse(shared)
  : { accountSid: `AC${hex()}`, authToken: hex(), apiKeySid: `SK${hex()}`, apiKeySecret: hex() };
/** Of PostgreSQL; SQLite when there is none. */
const databaseUrl = process.env['COLLOQUY_BENCH_DATABASE'];
const natsUrl = process.env['COLLOQUY_BENCH_NATS'];
const server = await createServer({
  port: 0,
  host: '127.0.0.1',
  dataDir,
  ...(databaseUrl !== undefined && { databaseUrl, secretsKey: '0'.repeat(64) }),
  ...(natsUrl !== undefined && { natsUrls: [natsUrl] }),
  publicUrl: null,
  mode: 'production',
  sandbox: 'off',
  outgoingNetworks: [],
  preWebhook: { timeoutMs: 5000, onFailure: 'proceed' },
  logLevel: 'error',
  limits: { ...limits, conversationsPerIdentity: 1_000_000, participantsPerConversation: 100_000 },
  credentials,
  credentialsFile: join(dataDir, 'credentials.json'),
});
const { url } = await server.listen();
process.send?.({ url, credentials } satisfies ServerFacts);

process.on('message', async (message) => {
  if (message === 'cpu') {
    process.send?.(process.cpuUsage());
    return;
  }
  await server.close();
  if (given === undefined) rmSync(dataDir, { recursive: true, force: true });
  process.exit(0);
});

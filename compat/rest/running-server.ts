import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from '@colloquy/server';
import { ApiClient } from './api-client.ts';

export const accountSid = `AC${'a'.repeat(32)}`;
export const authToken = 'the auth token of these tests ...';
export const apiKeySid = `SK${'b'.repeat(32)}`;
export const apiKeySecret = 'the API key secret of these tests';

/** Proxy addresses below this belong to the server's sandbox. */
export const ownNumbers = ['+12025550100', '+12025550101'];

export interface RunningServer {
  /** Without a slash at its end. */
  url: string;
  api: ApiClient;
  stop(): Promise<void>;
}

/** The server on a free port and a new database, and the official client for it. */
export async function runServer(options: { groupTexting?: boolean } = {}): Promise<RunningServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'colloquy-compat-'));
  const server = await createServer({
    port: 0,
    host: '127.0.0.1',
    dataDir,
    publicUrl: null,
    mode: 'production',
    sandbox: ownNumbers,
    ...options,
    outgoingNetworks: ['127.0.0.0/8'],
    preWebhook: { timeoutMs: 5000, onFailure: 'proceed' },
    logLevel: 'silent',
    credentials: { accountSid, authToken, apiKeySid, apiKeySecret },
    credentialsFile: join(dataDir, 'credentials.json'),
  });
  const { url } = await server.listen();
  return {
    url,
    api: new ApiClient(url, { user: accountSid, password: authToken, accountSid }),
    stop: async () => {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

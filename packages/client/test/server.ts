import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, loadConfig, makeToken, type Server } from '@colloquy/server';

/** A real server on a port of its own, and tokens for users whom nobody else has. */
export async function startServer() {
  const folder = await mkdtemp(join(tmpdir(), 'colloquy-published-'));
  const config = loadConfig([], { COLLOQUY_PORT: '0', COLLOQUY_LOG_LEVEL: 'silent' }, folder);
  const server: Server = await createServer(config);
  const { url } = await server.listen();
  const { accountSid, authToken } = config.credentials;
  const authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
  const answer = await fetch(`${url}/v1/Configuration`, { headers: { authorization } });
  const { default_chat_service_sid: service } = (await answer.json()) as { default_chat_service_sid: string };
  let pairs = 0;
  return {
    url,
    /** Tokens of two new users: Ann and Ben, with a number. */
    pair(): Promise<string[]> {
      pairs += 1;
      const names = [`ann ${pairs}`, `ben ${pairs}`];
      return Promise.all(names.map((identity) => makeToken(config.credentials, { identity, service }, Date.now())));
    },
    async discard(): Promise<void> {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

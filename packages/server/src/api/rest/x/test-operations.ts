/** The operations of `/v1/x` on a core of their own, for tests. */
import fastify, { type FastifyInstance } from 'fastify';
import type { ChannelModule } from '../../../channels/channel.ts';
import type { Channels } from '../../../channels/open.ts';
import type { SandboxSetting } from '../../../channels/sandbox/sandbox.ts';
import { account, logger, openRig, openRigChannels, type Rig } from '../../../channels/test-rig.ts';
import { MediaLinks } from '../../../media/links.ts';
import { Vault } from '../../../storage/vault.ts';
import { errorHandler } from '../../http/errors.ts';
import { fastifyOptions } from '../../http/options.ts';
import { refuseNulInPaths } from '../../http/storable-path.ts';
import { registerOperations } from './register.ts';

export interface Operations {
  rig: Rig;
  channels: Channels;
  app: FastifyInstance;
  /** A request with credentials, or with the Authorization header that is given. */
  call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    authorization?: string,
  ): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
}

const credentials = { accountSid: account, authToken: 'token', apiKeySid: 'SKx', apiKeySecret: 'secret' };
const basic = `Basic ${Buffer.from(`${account}:token`).toString('base64')}`;

/**
 * @param modules kinds of senders, in the place of the real ones
 * @param publicUrl null: derived from each request
 */
export async function openOperations(
  sandbox: SandboxSetting = 'any',
  modules?: readonly ChannelModule[],
  publicUrl: string | null = 'https://chat.example.com',
): Promise<Operations> {
  const rig = await openRig();
  const { core } = rig;
  const channels = await openRigChannels(rig, sandbox, { publicUrl, ...(modules && { modules }) });
  const app: FastifyInstance = fastify(fastifyOptions(logger));
  app.setErrorHandler(errorHandler(logger));
  refuseNulInPaths(app);
  registerOperations(app, {
    core,
    media: { links: new MediaLinks('secret') },
    publicUrl,
    channels,
    credentials,
    vault: new Vault(rig.directory),
    logger,
    audience: () => new Map(),
    openedByPlayground: (request) => request.headers.authorization === 'Bearer playground',
  });
  return {
    rig,
    channels,
    app,
    call: async (method, path, body, authorization = basic) => {
      const response = await app.inject({
        method,
        url: `/v1/x${path}`,
        headers: { authorization },
        ...(body !== undefined && { payload: body as object }),
      });
      const text = response.body;
      return { status: response.statusCode, body: text === '' ? {} : JSON.parse(text) };
    },
    close: async () => {
      await app.close();
      await channels.close();
      await rig.close();
    },
  };
}

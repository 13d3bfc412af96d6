import type { Sid } from '@colloquy/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Channels } from '../../../channels/open.ts';
import type { Core } from '../../../core/core.ts';
import { mediaOfSid } from '../../../core/media/access.ts';
import { refuse } from '../../../core/refusal.ts';
import type { Media } from '../../../media/open.ts';
import type { Vault } from '../../../storage/vault.ts';
import { type BasicCredentials, basicAuthentication } from '../../http/authentication.ts';
import { measureJson } from '../../http/json.ts';
import { temporaryLink } from '../../media/context.ts';
import { PageTokens } from '../page-tokens.ts';
import { registerMessageContent } from './message-content.ts';
import { registerMessageDeliveries } from './message-deliveries.ts';
import { registerOutbox } from './outbox.ts';
import { registerSandbox } from './sandbox.ts';
import { registerSenderWebhooks } from './sender-webhooks.ts';
import { registerSenders } from './senders.ts';
import { registerWebhookDeliveries } from './webhook-deliveries.ts';
import { registerWindows } from './windows.ts';

export interface OperationsDependencies {
  core: Core;
  media: Pick<Media, 'links'>;
  /** Null: derived from each request. */
  publicUrl: string | null;
  channels: Pick<Channels, 'ownerOf' | 'sandbox' | 'senders' | 'ingest' | 'groupTexting'>;
  vault: Vault;
  logger: Logger;
  /** Connections of each user that hear of a conversation now, by the user's SID. */
  audience: (conversation: string) => ReadonlyMap<string, number>;
  credentials: BasicCredentials;
  /** Does a request carry the playground page's key, which opens the sandbox and nothing else? */
  openedByPlayground: (request: FastifyRequest) => boolean;
}

/** What the contract does not have: JSON below `/v1/x`. Errors look as in the rest of the API. */
export function registerOperations(app: FastifyInstance, dependencies: OperationsDependencies): void {
  const { core, channels, credentials, openedByPlayground, media, publicUrl, vault, logger, audience } = dependencies;
  const { senders } = channels;
  measureJson(app);
  const isAuthentic = basicAuthentication(credentials);
  const byCredentials = async (request: FastifyRequest) => {
    if (!isAuthentic(request.headers.authorization)) throw refuse(20003);
  };
  const byEither = async (request: FastifyRequest) => {
    if (!openedByPlayground(request)) await byCredentials(request);
  };
  registerSandbox(app, {
    channels,
    clock: core.clock,
    limits: core.limits,
    authenticate: byEither,
    findMedia: async (sid) => {
      const row = await mediaOfSid(core.db, sid);
      return row?.account_sid === credentials.accountSid ? row : undefined;
    },
    mediaLink: (request, sid) => temporaryLink({ core, media, publicUrl }, request, sid),
  });
  const routes = {
    core,
    actor: { kind: 'account', account: credentials.accountSid as Sid<'AC'> },
    pageTokens: new PageTokens(vault.derive('page tokens')),
    authenticate: byCredentials,
  } as const;
  registerMessageContent(app, routes);
  registerWindows(app, routes);
  registerMessageDeliveries(app, { ...routes, audience });
  registerOutbox(app, routes);
  registerSenders(app, { ...routes, vault, senders, publicUrl });
  registerSenderWebhooks(app, { senders, publicUrl, logger, ingest: channels.ingest });
  registerWebhookDeliveries(app, routes);
}

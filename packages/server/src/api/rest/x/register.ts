import type { Sid } from '@colloquy/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Channels } from '../../../channels/open.ts';
import type { Core } from '../../../core/core.ts';
import { refuse } from '../../../core/refusal.ts';
import { type BasicCredentials, basicAuthentication } from '../authentication.ts';
import { PageTokens } from '../page-tokens.ts';
import { registerOutbox } from './outbox.ts';
import { registerSandbox } from './sandbox.ts';
import { registerWebhookDeliveries } from './webhook-deliveries.ts';

export interface OperationsDependencies {
  core: Core;
  channels: Pick<Channels, 'ownerOf' | 'sandbox'>;
  credentials: BasicCredentials;
  /** Does a request carry the playground page's key, which opens the sandbox and nothing else? */
  openedByPlayground: (request: FastifyRequest) => boolean;
}

/** What the contract does not have: JSON below `/v1/x`. Errors look as in the rest of the API. */
export function registerOperations(app: FastifyInstance, dependencies: OperationsDependencies): void {
  const { core, channels, credentials, openedByPlayground } = dependencies;
  const isAuthentic = basicAuthentication(credentials);
  const byCredentials = async (request: FastifyRequest) => {
    if (!isAuthentic(request.headers.authorization)) throw refuse(20003);
  };
  const byEither = async (request: FastifyRequest) => {
    if (!openedByPlayground(request)) await byCredentials(request);
  };
  registerSandbox(app, { channels, clock: core.clock, authenticate: byEither });
  const routes = {
    core,
    actor: { kind: 'account', account: credentials.accountSid as Sid<'AC'> },
    pageTokens: new PageTokens(credentials.authToken),
    authenticate: byCredentials,
  } as const;
  registerOutbox(app, routes);
  registerWebhookDeliveries(app, routes);
}

import type { Sid } from '@colloquy/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Core } from '../../core/core.ts';
import { refuse } from '../../core/refusal.ts';
import type { Vault } from '../../storage/vault.ts';
import { type BasicCredentials, basicAuthentication } from '../http/authentication.ts';
import { allowed, corsHeaders } from '../http/cors.ts';
import { errorHandler, notFound, pathOf } from '../http/errors.ts';
import { requestIdHeader } from '../http/request-id.ts';
import { addressConfigurationEndpoints } from './account/address-configurations.ts';
import { configurationEndpoints } from './account/configuration.ts';
import { contentEndpoints } from './account/content.ts';
import { credentialEndpoints } from './account/credentials.ts';
import type { CallContext } from './call.ts';
import { conversationWithParticipantsEndpoints } from './conversations/conversation-with-participants.ts';
import { conversationEndpoints } from './conversations/conversations.ts';
import { participantConversationEndpoints } from './conversations/participant-conversations.ts';
import {
  type Authenticate,
  type MountedPath,
  mountAccountEndpoint,
  mountDefaultServiceEndpoint,
  mountServiceEndpoint,
} from './endpoints.ts';
import { messageEndpoints } from './messages/messages.ts';
import { receiptEndpoints } from './messages/receipts.ts';
import { PageTokens } from './page-tokens.ts';
import { participantEndpoints } from './participants/participants.ts';
import { bindingEndpoints } from './services/bindings.ts';
import { roleEndpoints } from './services/roles.ts';
import { serviceConfigurationEndpoints } from './services/service-configuration.ts';
import { serviceNotificationEndpoints } from './services/service-notifications.ts';
import { serviceEndpoints } from './services/services.ts';
import { userConversationEndpoints } from './users/user-conversations.ts';
import { userEndpoints } from './users/users.ts';
import { conversationWebhookEndpoints } from './webhooks/conversation-webhooks.ts';
import { accountWebhookEndpoints, serviceWebhookEndpoints } from './webhooks/webhook-configuration.ts';

export interface RestDependencies {
  core: Core;
  credentials: BasicCredentials;
  /** Null: derived from each request. */
  publicUrl: string | null;
  channels: { owns(proxyAddress: string): Promise<boolean>; groupTexting: boolean };
  vault: Vault;
  logger: Logger;
}

const accountEndpoints = [
  ...configurationEndpoints,
  ...accountWebhookEndpoints,
  ...addressConfigurationEndpoints,
  ...serviceEndpoints,
  ...contentEndpoints,
  ...credentialEndpoints,
];

/** Of a service that the path names only. */
const namedServiceEndpoints = [
  ...serviceConfigurationEndpoints,
  ...serviceWebhookEndpoints,
  ...serviceNotificationEndpoints,
  ...bindingEndpoints,
];

/** Both below `/v1`, for the account's default service, and below `/v1/Services/{sid}`. */
const sharedEndpoints = [
  ...conversationEndpoints,
  ...conversationWithParticipantsEndpoints,
  ...conversationWebhookEndpoints,
  ...messageEndpoints,
  ...receiptEndpoints,
  ...participantEndpoints,
  ...userEndpoints,
  ...userConversationEndpoints,
  ...participantConversationEndpoints,
  ...roleEndpoints,
];

/**
 * The Conversations REST API, below `/v1`. Also decides, for the whole server, what errors look like and that each
 * answer carries its request's id.
 */
export function registerRest(app: FastifyInstance, dependencies: RestDependencies): void {
  const { core, credentials, publicUrl, channels, vault, logger } = dependencies;
  const context: CallContext = {
    core,
    actor: { kind: 'account', account: credentials.accountSid as Sid<'AC'> },
    publicUrl,
    pageTokens: new PageTokens(vault.derive('page tokens')),
    vault,
    ownsAddress: (address) => channels.owns(address),
    groupTexting: channels.groupTexting,
  };
  const isAuthentic = basicAuthentication(credentials);
  const authenticate: Authenticate = (header) => (isAuthentic(header) ? undefined : refuse(20003));

  app.setErrorHandler(errorHandler(logger));
  app.setNotFoundHandler((request) => {
    throw notFound(request);
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(requestIdHeader, request.id);
    done();
  });
  app.register(
    async (rest) => {
      acceptAnyBody(rest);
      const mounted = [
        ...accountEndpoints.map((endpoint) => mountAccountEndpoint(rest, endpoint, context, authenticate)),
        ...namedServiceEndpoints.map((endpoint) => mountServiceEndpoint(rest, endpoint, context, authenticate)),
        ...sharedEndpoints.map((endpoint) => mountDefaultServiceEndpoint(rest, endpoint, context, authenticate)),
        ...sharedEndpoints.map((endpoint) => mountServiceEndpoint(rest, endpoint, context, authenticate)),
      ];
      refuseTheRest(rest, mounted, authenticate);
    },
    { prefix: '/v1' },
  );
}

/** Whether a body is of a form that an operation reads is for the operation to say, after it has looked at the path. */
function acceptAnyBody(rest: FastifyInstance): void {
  rest.removeAllContentTypeParsers();
  rest.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

/** A path that is not there, or not with this method: told only to those who may know (behaviour reference, section 2.3). */
function refuseTheRest(rest: FastifyInstance, mounted: readonly MountedPath[], authenticate: Authenticate): void {
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    const methods = mounted.find((one) => one.matches(pathOf(request)))?.methods;
    reply.headers(corsHeaders(methods ?? []));
    const unknown = authenticate(request.headers.authorization);
    if (unknown) throw unknown;
    if (!methods) throw notFound(request);
    reply.header('Allow', allowed(methods));
    throw refuse(20004);
  };
  // As hooks: whatever body comes along is not read first.
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => answer(request, reply);
  const never = async () => {};
  rest.all('/', { onRequest }, never);
  rest.all('/*', { onRequest }, never);
  // Methods beyond those that Fastify routes.
  rest.setNotFoundHandler(answer);
}

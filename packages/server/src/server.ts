import type { Sid } from '@colloquy/protocol';
import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { basicAuthentication } from './api/http/authentication.ts';
import { limitBodyTime } from './api/http/body-time.ts';
import { trackConnections } from './api/http/connections.ts';
import { answerRepetitions } from './api/http/idempotency.ts';
import { fastifyOptions } from './api/http/options.ts';
import { limitRequests } from './api/http/request-rate.ts';
import { refuseNulInPaths } from './api/http/storable-path.ts';
import { registerMedia } from './api/media/register.ts';
import { registerDescription } from './api/openapi/routes.ts';
import { registerPlayground } from './api/playground/routes.ts';
import { serveRealtime } from './api/realtime/gateway.ts';
import { registerRest } from './api/rest/register.ts';
import { registerOperations } from './api/rest/x/register.ts';
import { Sessions } from './api/sessions/sessions.ts';
import { acceptWebSockets } from './api/sessions/web-sockets.ts';
import { openTwilsock } from './api/twilsock/gateway.ts';
import { openBus } from './bus-choice.ts';
import { openChannels } from './channels/open.ts';
import { keepFileSenders } from './channels/senders/from-file.ts';
import { SenderKeeper } from './channels/senders/keeper.ts';
import type { Config } from './config/config.ts';
import { localUrlOf } from './config/loopback.ts';
import { loadAccount } from './core/accounts/actions.ts';
import { type Scheduler, systemClock } from './core/clock.ts';
import { Core } from './core/core.ts';
import { DatabaseClock } from './core/database-clock.ts';
import { endLeasesOfTheDead } from './core/outbox/actions.ts';
import { openActionRates } from './core/rates/actions.ts';
import { resetPresences } from './core/users/reachability.ts';
import { Outgoing } from './delivery/http/outgoing.ts';
import { openInitializations } from './delivery/initializations.ts';
import { NodeLife } from './delivery/node-life.ts';
import { publicPushHosts } from './delivery/push/hosts.ts';
import { openPush } from './delivery/push/open.ts';
import { Hub } from './delivery/realtime/hub.ts';
import { openWebhooks } from './delivery/webhooks/open.ts';
import { PreAction } from './delivery/webhooks/pre-action.ts';
import { openMedia } from './media/open.ts';
import { beginLife, requireAccount, requireKeyOfSecrets, requireSameKeys } from './same-keys.ts';
import { readTime } from './storage/postgres/time.ts';
import { Vault } from './storage/vault.ts';
import { openStorage } from './storage-choice.ts';
import { Readiness } from './telemetry/health/readiness.ts';
import { registerHealth } from './telemetry/health/routes.ts';
import { watchRequests } from './telemetry/http-requests.ts';
import { makeLogger } from './telemetry/logs/logger.ts';
import { ToldLately } from './telemetry/logs/told-lately.ts';
import { openMetrics } from './telemetry/metrics/open.ts';
import { outboxReader } from './telemetry/metrics/outbox-depth.ts';
import { Telemetry } from './telemetry/telemetry.ts';
import { startConversationTimers } from './timers/conversations.ts';
import { startMaintenance } from './timers/maintenance.ts';

/** How long peers may take when the server stops to finish what they ask for, and to read what they get; milliseconds. */
const patience = 3000;

/** What a test may put in place of the real thing. */
export interface Overrides {
  clock?: Scheduler;
  logger?: Logger;
  /** Where the playground's page is, other than where it is built to. */
  playground?: string;
  /** Certificate authority of the push services, as PEM. */
  pushCa?: string;
  /** Told in a sentence what the start waits for. */
  say?: (sentence: string) => void;
}

export interface Server {
  /** Opens the port. @returns the address under which the server is reached, without a slash at the end */
  listen(): Promise<{ url: string }>;
  /** Waits until load balancers have noticed, answers what is under way, tells the sockets to come back, then closes the database. */
  close(): Promise<void>;
  /** A request without a port: for tests. */
  inject: FastifyInstance['inject'];
  core: Core;
  /** Where the figures are, if they have a port of their own. */
  metricsUrl: string | undefined;
  /** Resolves when channels send and fetch nothing at this moment: for tests. */
  idle(): Promise<void>;
}

/**
 * Puts the server together: storage, core, deliveries, APIs. The one place that knows all of them.
 *
 * @throws when the data directory cannot be used or belongs to another process; nothing is left at work then
 */
export async function createServer(config: Config, overrides: Overrides = {}): Promise<Server> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    return await putTogether(config, overrides, undo);
  } catch (error) {
    // What it could not start for is what is told, whatever ending the rest meets.
    for (const end of undo.toReversed()) await end().catch(() => {});
    throw error;
  }
}

/** @param undo gets what ends each part, should a later one fail */
async function putTogether(config: Config, overrides: Overrides, undo: (() => Promise<unknown>)[]): Promise<Server> {
  const logger = overrides.logger ?? makeLogger(config);
  const account = config.credentials.accountSid as Sid<'AC'>;
  const telemetry = await Telemetry.open(config, logger);
  undo.push(() => telemetry.close());
  const told = new ToldLately(systemClock);
  const onTrouble = (error: Error) => {
    telemetry.metrics?.storageTrouble();
    if (!told.has(error)) logger.error({ error }, 'the storage failed; what asked for it was told so');
  };
  const onLost = (error: Error) => {
    // Uncaught, so that the process ends: whoever watches over it starts it again.
    throw error;
  };
  const onWait = overrides.say ?? (() => {});
  const now = (overrides.clock ?? systemClock).now();
  const storage = await openStorage(config, now, { onTrouble, onLost, onWait });
  undo.push(() => storage.close());
  const databaseClock =
    overrides.clock || storage.exclusive
      ? undefined
      : await DatabaseClock.open({ read: () => readTime(storage.reader.sql), logger });
  undo.push(async () => databaseClock?.stop());
  const clock = overrides.clock ?? databaseClock ?? systemClock;
  const secret = config.credentials.authToken;
  const nodeBus = await openBus({ storage, natsUrls: config.natsUrls, account, secret, clock, logger });
  undo.push(() => nodeBus.close());
  const { bus } = nodeBus;
  const { rateLimits = {}, drainDelay = 0 } = config;
  const gate = openActionRates(storage.reader, clock, rateLimits);
  const core = new Core(storage, bus, clock, config.limits, gate);
  core.queue.watch(telemetry);
  const vault = new Vault(config.dataDir, config.secretsKey);
  await requireAccount(core, account);
  await requireKeyOfSecrets(core, config, vault, storage.exclusive);
  if (!storage.exclusive) await requireSameKeys(core, config, vault, logger);
  if (storage.exclusive) await core.run(endLeasesOfTheDead, { kind: 'system', account }, {});
  while ((await core.run(resetPresences, { kind: 'system', account }, { isAlone: storage.exclusive })).more);

  const monotonic = overrides.clock && (() => clock.now());
  const life = storage.exclusive ? undefined : new NodeLife({ core, account, logger, monotonic });
  undo.push(async () => life?.stop());
  if (life) await beginLife(core, config, life, logger);

  const outgoing = new Outgoing({ clock, networks: config.outgoingNetworks });
  undo.push(() => outgoing.close());
  const preAction = new PreAction({
    core,
    logger,
    isAlone: storage.exclusive,
    authToken: config.credentials.authToken,
    networks: config.outgoingNetworks,
    watch: telemetry,
    ...config.preWebhook,
  });
  undo.push(() => preAction.close());
  core.intercept(preAction.intercept);
  const push = openPush({
    core,
    bus,
    clock,
    logger,
    account,
    watch: telemetry,
    life,
    vault,
    hosts: config.push ?? publicPushHosts,
    ca: overrides.pushCa,
  });
  const media = openMedia({
    core,
    bus,
    account,
    logger,
    dataDir: config.dataDir,
    bucket: config.mediaBucket,
    publicUrl: config.publicUrl,
    secret: config.credentials.authToken,
  });
  undo.push(() => Promise.all([push.close(), media.sweeper.stop()]));
  // Of port 0 it is known once the server listens.
  let listening = config.port === 0 ? null : localUrlOf(config);
  const channels = await openChannels({
    core,
    bus,
    library: media.library,
    clock,
    logger,
    account,
    watch: telemetry,
    life,
    sandbox: config.sandbox,
    groupTexting: config.groupTexting,
    vault,
    outgoing,
    networks: config.outgoingNetworks,
    publicUrl: config.publicUrl,
    localUrl: () => (config.mode === 'development' ? listening : null),
  });
  undo.push(() => channels.close());
  const keeper = new SenderKeeper({ core, vault, channels: channels.senders, account });
  const backEnd = { kind: 'account', account } as const;
  const fileSenders = { core, actor: backEnd, vault, keeper, directory: config.directory ?? process.cwd() };
  // Where the setting is absent, another server on this database may have it.
  if (config.senders !== undefined) await keepFileSenders(fileSenders, config.senders);
  await channels.senders.refresh();
  const { authToken } = config.credentials;
  const webhooks = openWebhooks({ core, bus, outgoing, clock, logger, account, watch: telemetry, life, authToken });
  const maintenance = startMaintenance(core, bus, account, logger);
  const initializations = openInitializations({ core, bus, clock, logger, account, watch: telemetry, life });
  const timers = startConversationTimers(core, bus, account, logger);
  undo.push(() => Promise.all([webhooks.stop(), maintenance.stop(), initializations.stop(), timers.stop()]));

  let open = true;
  const readiness = new Readiness({
    core,
    account,
    logger,
    isBusAway: () => nodeBus.status()?.isConnected === false,
    clockAhead: () => databaseClock?.ownAhead ?? 0,
  });
  const app: FastifyInstance = fastify(fastifyOptions(logger.child({}, { level: 'warn' })));
  const connections = trackConnections(app.server);
  limitBodyTime(app, clock);
  watchRequests(app, telemetry);
  registerHealth(app, readiness, () => open);
  refuseNulInPaths(app);
  registerDescription(app, core.limits, config.publicUrl);
  const isAuthentic = basicAuthentication(config.credentials);
  limitRequests(app, clock, rateLimits.requests, isAuthentic);
  // Of a key that stays: while servers get a new auth token one after the other, what one has kept is good for the others.
  answerRepetitions(app, core, account, vault.derive('idempotency keys'));
  registerRest(app, {
    core,
    credentials: config.credentials,
    publicUrl: config.publicUrl,
    channels,
    vault,
    logger,
  });
  const defaultService = async () => (await loadAccount(core.db, account)).default_chat_service_sid;
  const openedByPlayground =
    config.mode === 'development'
      ? await registerPlayground(app, {
          core,
          keys: config.credentials,
          service: defaultService,
          publicHost: config.publicUrl === null ? undefined : new URL(config.publicUrl).host,
          ...(overrides.playground !== undefined && { directory: overrides.playground }),
        })
      : () => false;
  registerMedia(app, { core, media, credentials: config.credentials, publicUrl: config.publicUrl, logger });
  const hub = new Hub(bus, (error) => logger.error({ error }, 'who came into a conversation has to read it again'));
  registerOperations(app, {
    core,
    media,
    publicUrl: config.publicUrl,
    channels,
    credentials: config.credentials,
    vault,
    logger,
    audience: (conversation) => hub.audience(conversation),
    openedByPlayground,
  });
  const sessions = new Sessions({ core, hub, bus, logger, account, rateLimits, life });
  const clientParts = {
    core,
    bus,
    keys: config.credentials,
    logger,
    ownsAddress: (address: string) => channels.owns(address),
    links: media.links,
    watch: telemetry,
  };
  const stopAccepting = acceptWebSockets(
    app.server,
    sessions,
    [
      serveRealtime(app, sessions, clientParts, config.publicUrl),
      openTwilsock(sessions, clientParts, config.publicUrl),
    ],
    logger,
  );
  const metricsDoor = await openMetrics(app, config.metrics ?? 'account', isAuthentic, telemetry.metrics, {
    storage: config.databaseUrl === undefined ? 'sqlite' : 'postgres',
    queue: () => core.queue,
    sessions: () => sessions.counts,
    deliveries: () => hub.deliveries,
    bus: nodeBus.status,
    isReady: async () => (await readiness.ask()).status === 'ready',
    outbox: outboxReader(core.db, clock),
  });

  return {
    core,
    metricsUrl: metricsDoor.url,
    idle: () => channels.idle(),
    inject: app.inject.bind(app) as FastifyInstance['inject'],
    listen: async () => {
      const url = await app.listen({ port: config.port, host: config.host, backlog: 4096 });
      listening ??= url;
      return { url: config.publicUrl ?? url };
    },
    close: async () => {
      readiness.stop();
      connections.announceEnd();
      if (drainDelay > 0) await new Promise<void>((resolve) => clock.at(clock.now() + drainDelay, resolve));
      open = false;
      await sessions.close();
      stopAccepting();
      await preAction.close();
      await connections.takeArrived();
      const callOff = clock.at(clock.now() + patience, () => connections.cutSlow());
      const closed = app.close();
      connections.cutUnused();
      // Side by side: a slow request and a slow receiver take no longer than one of them. What requests commit by now is
      // done by another server, or after the next start.
      await Promise.all([
        closed.then(callOff),
        initializations.stop(),
        channels.stopSending(),
        push.close(),
        webhooks.stop(),
        maintenance.stop(),
        media.sweeper.stop(),
        timers.stop(),
      ]);
      // Not sooner: requests ask channels, and may bring what providers report.
      await channels.close();
      await outgoing.close();
      await life?.stop();
      databaseClock?.stop();
      await nodeBus.close();
      await storage.close();
      await metricsDoor.close();
      await telemetry.close();
    },
  };
}

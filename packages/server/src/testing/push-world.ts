import type { PushMessageType, PushType } from '@colloquy/protocol';
import { type Logger, pino } from 'pino';
import { createConversation } from '../core/conversations/actions.ts';
import { sendMessage } from '../core/messages/actions.ts';
import { addParticipant } from '../core/participants/actions.ts';
import { registerDevice } from '../core/push/bindings.ts';
import { createCredential } from '../core/push/credentials.ts';
import { type GivenSecret, mergeSecret, sealSecret } from '../core/push/secrets.ts';
import { type ConfigureNotifications, configureNotifications } from '../core/push/settings.ts';
import { openPush, type Push } from '../delivery/push/open.ts';
import type { PushBindingsTable } from '../storage/schema/push.ts';
import type { OutboxTable } from '../storage/schema.ts';
import { Vault } from '../storage/vault.ts';
import { changeDatabase } from './change-database.ts';
import { type OpenCore, openCore } from './open-core.ts';
import { openPushServices, type PushServices } from './push-services.ts';

type Kinds = Partial<Omit<ConfigureNotifications, 'service'>>;

/** A core whose pushes go to servers of the tests. */
export interface PushWorld extends OpenCore {
  services: PushServices;
  push: Push;
  /** Credentials of each type that sends, made with what the servers of the tests let in. */
  credentials: Record<'apn' | 'fcm' | 'gcm', string>;
  /** What the service of the tests notifies of. */
  configure(kinds: Kinds): Promise<void>;
  addCredential(type: PushType, given: GivenSecret, sandbox?: boolean): Promise<string>;
  register(
    identity: string,
    type: PushType,
    token: string,
    options?: { credential?: string; messageTypes?: PushMessageType[] },
  ): Promise<PushBindingsTable>;
  /** A conversation of these identities, made as a back end does. */
  roomOf(...identities: string[]): Promise<string>;
  /** As a user. */
  send(conversation: string, identity: string, body: string): Promise<void>;
  sentToFcm(): { token: string; data: Record<string, string> }[];
  // biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
  sentToApns(): { device: string; headers: Record<string, unknown>; body: any }[];
  /** Rows of push work. */
  outbox(): Promise<OutboxTable[]>;
  /** Puts work back as a process leaves it that dies with it in its hands. */
  claimAgain(row: OutboxTable | undefined): Promise<void>;
  /** Starts pushing anew, as after a restart. */
  restart(): Promise<void>;
}

export async function openPushWorld(logger: Logger = pino({ level: 'silent' })): Promise<PushWorld> {
  const at = await openCore();
  const { core, bus, clock, service, account } = at;
  const services = await openPushServices(clock);
  const vault = new Vault(at.directory);
  const open = () =>
    openPush({
      core,
      bus,
      clock,
      logger,
      account: account.account,
      vault: new Vault(at.directory),
      hosts: services.hosts,
      ca: services.ca,
      random: () => 1,
    });

  const addCredential: PushWorld['addCredential'] = async (type, given, sandbox = false) => {
    const secret = sealSecret(vault, account.account, mergeSecret(type, given));
    return (await core.run(createCredential, account, { type, sandbox, secret })).sid;
  };
  const { app, serviceAccount } = services;
  const credentials = {
    apn: await addCredential('apn', { certificate: app.certificate, privateKey: app.key }),
    fcm: await addCredential('fcm', { secret: serviceAccount }),
    gcm: await addCredential('gcm', { apiKey: 'an old key' }),
  };
  const world: PushWorld = {
    ...at,
    services,
    push: open(),
    credentials,
    addCredential,
    configure: async (kinds) => {
      const nothing = { newMessage: {}, withMedia: {}, added: {}, removed: {} };
      await core.run(configureNotifications, account, { service, ...nothing, ...kinds });
    },
    register: async (identity, type, token, { credential = credentials[type], messageTypes } = {}) =>
      core.run(registerDevice, await at.user(identity), { type, token, credential, messageTypes }),
    roomOf: async (...identities) => {
      const { sid } = await core.run(createConversation, account, { service });
      for (const identity of identities)
        await core.run(addParticipant, account, { service, conversation: sid, identity });
      return sid;
    },
    send: async (conversation, identity, body) => {
      await core.run(sendMessage, await at.user(identity), { service, conversation, body });
    },
    sentToFcm: () => services.fcm.received.map(({ body }) => body.message),
    sentToApns: () =>
      services.apns.received.map(({ path, headers, body }) => ({
        device: path.replace('/3/device/', ''),
        headers,
        body,
      })),
    outbox: () => core.db.sql.selectFrom('outbox').selectAll().where('kind', '=', 'push').orderBy('id').execute(),
    claimAgain: async (row) => {
      if (!row) throw new Error('There is no such work.');
      const claimed = { ...row, state: 'sending', attempt: 1, lease: 'of the dead', lease_until: clock.now() + 60_000 };
      const columns = Object.keys(claimed);
      const insert = `INSERT INTO outbox (${columns}) VALUES (${columns.map(() => '?')})`;
      await changeDatabase(at.directory, insert, ...Object.values(claimed));
    },
    restart: async () => {
      await world.push.close();
      world.push = open();
    },
    discard: async () => {
      await world.push.close();
      await services.close();
      await at.discard();
    },
  };
  return world;
}

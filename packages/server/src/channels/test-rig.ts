/** A core on a database in a temporary directory, and what tests of channels do with it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Sid } from '@colloquy/protocol';
import { type Logger, pino } from 'pino';
import type { Bus } from '../bus/bus.ts';
import { addressTypeOf, shownAddress } from '../core/addresses.ts';
import { createConversation } from '../core/conversations/actions.ts';
import type { Core } from '../core/core.ts';
import { sendMessage } from '../core/messages/actions.ts';
import { addParticipant } from '../core/participants/actions.ts';
import { channelWork } from '../core/receipts/plan.ts';
import { createSender } from '../core/senders/actions.ts';
import { Deliveries } from '../delivery/channels/deliveries.ts';
import { SenderGates } from '../delivery/channels/sender-gates.ts';
import { Outgoing } from '../delivery/http/outgoing.ts';
import type { NodeLife } from '../delivery/node-life.ts';
import { Dispatcher } from '../delivery/outbox.ts';
import { DiskStore } from '../media/disk/disk-store.ts';
import { MediaLibrary } from '../media/library.ts';
import type { MessagesTable, OutboxTable, ReceiptsTable } from '../storage/schema.ts';
import { Vault } from '../storage/vault.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { openCore, testAccount } from '../testing/open-core.ts';
import type { Channel, ChannelModule } from './channel.ts';
import type { Capabilities } from './message.ts';
import { type Channels, openChannels } from './open.ts';
import { Registry } from './registry.ts';
import type { SandboxSetting } from './sandbox/sandbox.ts';

export const account = testAccount;
export const logger = pino({ level: 'silent' });

/** Of a channel that sends texts and files and says what arrived, and no more. */
export const capabilities: Capabilities = {
  text: { most: 1600, unit: 'characters' },
  media: { types: ['*/*'], maxBytes: 1_000_000, perPiece: 10, caption: 1600 },
  receipts: ['delivered'],
  rich: [],
  replies: false,
  reactions: 'none',
  window: null,
  groups: false,
  inbound: [],
};
const leaseMs = 60_000;

/** What goes out by e-mail has the conversation's address, and needs a sender that is configured. */
const mailSender = {
  type: 'email',
  source: null,
  friendlyName: null,
  config: '{}',
  secrets: '',
  windowHours: null,
};

export interface Rig {
  directory: string;
  clock: ManualClock;
  bus: Bus;
  core: Core;
  library: MediaLibrary;
  logger: Logger;
  account: Sid<'AC'>;
  service: string;
  /** A new conversation with these participants outside chat. */
  converse(...phones: { address: string; proxyAddress: string }[]): Promise<string>;
  say(conversation: string, body: string, author?: string): Promise<MessagesTable>;
  messages(conversation: string): Promise<MessagesTable[]>;
  receipts(message: { sid: string }): Promise<ReceiptsTable[]>;
  outbox(): Promise<OutboxTable[]>;
  /** Closes the database; the directory stays. */
  shut(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param directory one that an earlier rig left; by default a new one
 * @param databaseUrl of a PostgreSQL that several rigs share
 */
export async function openRig(directory?: string, clock = new ManualClock(), databaseUrl?: string): Promise<Rig> {
  const at = await openCore({
    clock,
    ...(directory !== undefined && { directory }),
    ...(databaseUrl !== undefined && { databaseUrl }),
  });
  const { core, service, account: actor } = at;
  const { sql } = core.db;
  let open = true;
  const shut = async () => {
    if (open) await at.close();
    open = false;
  };
  return {
    directory: at.directory,
    clock,
    bus: at.bus,
    core,
    library: new MediaLibrary({ core, store: new DiskStore(join(at.directory, 'media')), logger, urlFor: () => null }),
    logger,
    account,
    service,
    converse: async (...phones) => {
      const mail = phones.find(({ address }) => addressTypeOf(address) === 'email');
      const emailAddress = mail && shownAddress(mail.proxyAddress);
      const { sid } = await core.run(createConversation, actor, { service, emailAddress });
      if (mail) await core.run(createSender, actor, { ...mailSender, addresses: [mail.proxyAddress] });
      for (const { address, proxyAddress } of phones) {
        const own = addressTypeOf(address) === 'email' ? undefined : proxyAddress;
        await core.run(addParticipant, actor, { service, conversation: sid, address, proxyAddress: own });
      }
      return sid;
    },
    say: (conversation, body, author) => core.run(sendMessage, actor, { service, conversation, body, author }),
    messages: (conversation) =>
      sql.selectFrom('messages').selectAll().where('conversation_sid', '=', conversation).orderBy('idx').execute(),
    receipts: ({ sid }) =>
      sql.selectFrom('receipts').selectAll().where('message_sid', '=', sid).orderBy('sid').execute(),
    outbox: () => sql.selectFrom('outbox').selectAll().orderBy('lane').orderBy('seq').execute(),
    shut,
    close: async () => {
      await shut();
      rmSync(at.directory, { recursive: true });
    },
  };
}

/** Sends through one channel, as the server does. */
export function startDeliveries(
  rig: Rig,
  channel: Channel,
  random: () => number,
  { concurrency = 8, life }: { concurrency?: number | undefined; life?: NodeLife | undefined } = {},
): Dispatcher {
  const { core, bus, library, clock, logger } = rig;
  const context = { core, bus, clock, logger, account, life };
  const gates = new SenderGates(clock);
  const options = { ...context, library, registry: new Registry(channel), gates, leaseMs, random };
  const handler = new Deliveries(options);
  const dispatcher = new Dispatcher({ ...context, handler, kind: channelWork, concurrency, leaseMs });
  dispatcher.start();
  return dispatcher;
}

/** All channels, as the server has them. */
export function openRigChannels(
  rig: Rig,
  sandbox: SandboxSetting,
  more: { receiptDelay?: number; modules?: readonly ChannelModule[]; publicUrl?: string | null } = {},
): Promise<Channels> {
  const { core, bus, library, clock, directory } = rig;
  const networks = ['127.0.0.0/8'];
  return openChannels({
    ...{ core, bus, library, clock, logger, account, sandbox, networks, publicUrl: null },
    vault: new Vault(directory),
    outgoing: new Outgoing({ clock, networks }),
    ...more,
  });
}

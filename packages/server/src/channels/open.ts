import { inboundWork } from '../core/inbound/queue.ts';
import { channelWork } from '../core/receipts/plan.ts';
import { hastenDeliveries, moveSender } from '../core/senders/actions.ts';
import { senderOfAddress } from '../core/senders/store.ts';
import { Deliveries } from '../delivery/channels/deliveries.ts';
import { InboundFiles } from '../delivery/channels/inbound-files.ts';
import { SenderGates } from '../delivery/channels/sender-gates.ts';
import type { Outgoing } from '../delivery/http/outgoing.ts';
import { type DeliveryContext, Dispatcher } from '../delivery/outbox.ts';
import type { MediaLibrary } from '../media/library.ts';
import type { Vault } from '../storage/vault.ts';
import type { Channel, ChannelModule, Host } from './channel.ts';
import type { InboundEvent } from './events.ts';
import { ingestFor, type StatusReport } from './ingest.ts';
import type { Address, ProviderError } from './message.ts';
import { modules } from './modules.ts';
import { Registry } from './registry.ts';
import { Sandbox, type SandboxSetting } from './sandbox/sandbox.ts';
import { SenderChannels } from './senders/sender-channels.ts';

export interface ChannelsOptions extends DeliveryContext {
  library: MediaLibrary;
  sandbox: SandboxSetting;
  /** On when left out. If it is off, a group text counts as one to the own number alone. */
  groupTexting?: boolean | undefined;
  /** How long the sandbox's network takes to report "delivered", in milliseconds. */
  receiptDelay?: number;
  vault: Vault;
  outgoing: Outgoing;
  networks: readonly string[];
  publicUrl: string | null;
  /** Where programs on this machine reach the server, if that may be told to them. */
  localUrl?: () => string | null;
  /** Those that this server has, when left out. */
  modules?: readonly ChannelModule[];
}

/** The channels, at work. */
export interface Channels {
  /** Does this proxy address belong to the account? See `Registry.owns`. Another server may have made its sender just now. */
  owns(proxyAddress: string): Promise<boolean>;
  /** The channel that sends from an own address in canonical form. */
  ownerOf(address: string): Channel | undefined;
  /** Null when it is off. */
  sandbox: Sandbox | null;
  senders: SenderChannels;
  /** Takes events of a channel in: see `Host.ingest`. */
  ingest(channel: string, events: readonly InboundEvent[]): Promise<unknown>;
  groupTexting: boolean;
  /** Resolves when nothing is being sent or reported and nothing of that is due. */
  idle(): Promise<void>;
  /** Sends nothing new, and waits for what is under way. What comes in is taken in as before. */
  stopSending(): Promise<void>;
  /** The same, and stops listening. */
  close(): Promise<void>;
}

/** Sends at once; more would only queue up at the providers. */
const concurrency = 32;
/** Twice what a send may take. */
const leaseMs = 60_000;

/** Puts the channels together and sets them to work, beginning with what the last run of the server left. */
export async function openChannels(options: ChannelsOptions): Promise<Channels> {
  const { core, bus, clock, logger, account, watch, life, library, groupTexting = true } = options;
  const hostFor = (name: string): Host => ({
    ingest: ingestFor({ core, library, logger, account, groupTexting, onReport: onReport(name) }, name),
    clock,
    logger,
  });
  const sandbox =
    options.sandbox === 'off'
      ? null
      : new Sandbox(
          { core, bus, library, account, numbers: options.sandbox, receiptDelay: options.receiptDelay ?? 1000 },
          hostFor('sandbox'),
        );
  const onReady = async (addresses: readonly Address[]) => {
    for (const address of addresses) gates.forget(address);
    for (let after: string | null = ''; after !== null; ) {
      ({ next: after } = await core.run(hastenDeliveries, { kind: 'system', account }, { after }));
    }
  };
  const senders = new SenderChannels({ ...options, modules: options.modules ?? modules, hostFor, onReady });
  // The sandbox comes last: it may take whatever the others leave.
  const registry = new Registry(senders, ...(sandbox ? [sandbox] : []));
  const onNews = (address: Address, refusal: ProviderError | null) => {
    noteRefusal(options, address, refusal).catch((error) => logger.error({ error }, 'a refusal could not be noted'));
  };
  const gates = new SenderGates(clock, onNews, (address) => senders.isRefused(address));
  /** What a provider reports of a delivery may tell that it takes nothing of this sender, or takes it again. */
  function onReport(sender: string) {
    return ({ status, delivery, refusal }: StatusReport) => {
      if (delivery !== null && status !== 'failed' && status !== 'undelivered') gates.arrived(delivery);
      if (!refusal) return;
      logger.error({ sender, refusal }, 'the provider reports that it sends nothing for this sender; it is paused');
      for (const address of senders.addressesOf(sender)) gates.reported(address, refusal);
    };
  }
  const context = { core, bus, clock, logger, account, watch, life };
  const shared = { ...context, library, registry, gates, leaseMs, groupTexting };
  const deliveries = new Deliveries({ ...shared, random: Math.random });
  const dispatchers = [
    new Dispatcher({ ...context, kind: channelWork, handler: deliveries, concurrency, leaseMs }),
    new Dispatcher({ ...context, kind: inboundWork, handler: new InboundFiles(shared), concurrency: 8, leaseMs }),
  ];
  const stopSending = async () => {
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.stop()));
  };
  await senders.start();
  sandbox?.start();
  for (const dispatcher of dispatchers) dispatcher.start();
  return {
    owns: async (proxyAddress) => {
      if (registry.owns(proxyAddress)) return true;
      await senders.refresh();
      return registry.owns(proxyAddress);
    },
    ownerOf: (address) => registry.ownerOf(address),
    sandbox,
    senders,
    ingest: (channel, events) => hostFor(channel).ingest(events),
    groupTexting,
    idle: async () => {
      for (const dispatcher of dispatchers) await dispatcher.idle();
      await sandbox?.idle();
    },
    stopSending,
    close: async () => {
      await stopSending();
      await Promise.all([senders.stop(), sandbox?.stop()]);
    },
  };
}

/** Shows at the sender what its provider says of it: that it is refused, or that it works again. */
async function noteRefusal(
  { core, account }: ChannelsOptions,
  address: Address,
  refusal: ProviderError | null,
): Promise<void> {
  const sender = await senderOfAddress(core.db, account, address);
  if (sender === undefined) return;
  const news = refusal
    ? ({ state: 'refused', from: ['active'], reason: `${refusal.message} (${refusal.code})` } as const)
    : ({ state: 'active', from: ['refused'], reason: null } as const);
  await core.run(moveSender, { kind: 'system', account }, { sender, ...news });
}

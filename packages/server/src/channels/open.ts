import { channelWork } from '../core/receipts/plan.ts';
import { Deliveries } from '../delivery/channels/deliveries.ts';
import { type DeliveryContext, Dispatcher } from '../delivery/outbox.ts';
import type { MediaLibrary } from '../media/library.ts';
import type { Channel, Host } from './channel.ts';
import { ingestFor } from './ingest.ts';
import { Registry } from './registry.ts';
import { type Sandbox, type SandboxSetting, sandboxModule } from './sandbox/sandbox.ts';

export interface ChannelsOptions extends DeliveryContext {
  library: MediaLibrary;
  sandbox: SandboxSetting;
  /** On when left out. If it is off, a group text counts as one to the own number alone. */
  groupTexting?: boolean | undefined;
  /** How long the sandbox's network takes to report "delivered", in milliseconds. */
  receiptDelay?: number;
}

/** The channels, at work. */
export interface Channels {
  /** Does this proxy address belong to the account? See `Registry.owns`. */
  owns(proxyAddress: string): boolean;
  /** The channel that sends from an own address in canonical form. */
  ownerOf(address: string): Channel | undefined;
  /** Null when it is off. */
  sandbox: Sandbox | null;
  groupTexting: boolean;
  /** Resolves when nothing is being sent or reported and nothing of that is due. */
  idle(): Promise<void>;
  /** Sends nothing new, waits for what is under way, stops listening. */
  close(): Promise<void>;
}

/** Sends at once; more would only queue up at the providers. */
const concurrency = 32;
/** Twice what a send may take. */
const leaseMs = 60_000;

/** Puts the channels together and sets them to work, beginning with what the last run of the server left. */
export function openChannels(options: ChannelsOptions): Channels {
  const { core, bus, clock, logger, account, library, groupTexting = true } = options;
  const hostFor = (name: string): Host => ({
    ingest: ingestFor({ core, library, logger, account, groupTexting }, name),
    clock,
    logger,
  });
  const sandbox =
    options.sandbox === 'off'
      ? null
      : sandboxModule.create(
          { core, bus, library, account, numbers: options.sandbox, receiptDelay: options.receiptDelay ?? 1000 },
          hostFor(sandboxModule.name),
        );
  // The sandbox comes last: it may take whatever the others leave.
  const registry = new Registry(sandbox ? [sandbox] : []);
  const handler = new Deliveries({ core, library, registry, clock, logger, account, random: Math.random });
  const context = { core, bus, clock, logger, account };
  const dispatcher = new Dispatcher({ ...context, kind: channelWork, handler, concurrency, leaseMs });
  for (const channel of registry.channels) channel.start?.();
  dispatcher.start();
  return {
    owns: (proxyAddress) => registry.owns(proxyAddress),
    ownerOf: (address) => registry.ownerOf(address),
    sandbox,
    groupTexting,
    idle: async () => {
      await dispatcher.idle();
      await sandbox?.idle();
    },
    close: async () => {
      await dispatcher.stop();
      await Promise.all(registry.channels.map((channel) => channel.stop?.()));
    },
  };
}

import { pushWork } from '../../core/push/plan.ts';
import type { Vault } from '../../storage/vault.ts';
import { type DeliveryContext, Dispatcher } from '../outbox.ts';
import type { PushHosts } from './hosts.ts';
import { Pushes } from './pushes.ts';
import { Senders } from './senders.ts';

/** Pages of devices at once, each of another conversation. */
const concurrency = 8;
/** Longer than a page takes: two requests of 20 s for a token, two for the notice. */
const leaseMs = 2 * 60_000;

export interface PushOptions extends DeliveryContext {
  vault: Vault;
  hosts: PushHosts;
  /** For tests: see `Senders`. */
  ca?: string | undefined;
  random?: () => number;
}

export interface Push {
  /** Resolves when nothing is being sent and nothing is due. */
  idle(): Promise<void>;
  /** Sends nothing new, waits for what is under way, closes the connections. */
  close(): Promise<void>;
}

/** Sets push notifications to work, beginning with what the last run of the server left. */
export function openPush({ vault, hosts, ca, random = Math.random, ...context }: PushOptions): Push {
  const senders = new Senders({ clock: context.clock, vault, hosts, ca });
  const handler = new Pushes({ ...context, senders, random });
  const dispatcher = new Dispatcher({ ...context, kind: pushWork, handler, concurrency, leaseMs });
  dispatcher.start();
  return {
    idle: () => dispatcher.idle(),
    close: async () => {
      await dispatcher.stop();
      senders.close();
    },
  };
}

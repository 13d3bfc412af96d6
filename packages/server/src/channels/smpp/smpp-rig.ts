/** For tests: a sender at a simulated SMSC. */
import { type ManualClock, Smsc, type SmscOptions } from '@colloquy/testing';
import type { Host, SenderHost } from '../channel.ts';
import { type SmppConfig, smppSchema } from './config.ts';

export const own = '+12025550100';
export const person = '+447700900123';

/** Fast enough that no message waits for the clock. */
export function configFor(smsc: Smsc, more: Partial<SmppConfig> = {}): SmppConfig {
  const account = { host: '127.0.0.1', port: smsc.port, systemId: 'conv', password: 'secret1' };
  return smppSchema.parse({ ...account, window: 100, perSecond: 10_000, ...more });
}

/** What a channel of a sender is given, with notes in memory that outlive it. */
export function senderHostOf(host: Host, notes = new Map<string, unknown>(), addresses = [own]): SenderHost {
  const none = () => {
    throw new Error('SMPP needs none of it.');
  };
  return {
    ...host,
    outgoing: { send: none } as unknown as SenderHost['outgoing'],
    lookup: none,
    forbids: () => undefined,
    recall: async <T>(name: string) => structuredClone(notes.get(name)) as T | undefined,
    recallAll: async <T>(prefix: string) =>
      [...notes]
        .filter(([name]) => name.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => ({ name, value: structuredClone(value) as T })),
    note: async (name, value) => {
      if (value === undefined) notes.delete(name);
      else notes.set(name, structuredClone(value));
    },
    webhookUrl: null,
    addresses,
  };
}

export async function startSmsc(clock: ManualClock, options: Omit<SmscOptions, 'clock'> = {}): Promise<Smsc> {
  const smsc = new Smsc({ clock, ...options });
  await smsc.start();
  return smsc;
}

/** Resolves when the channel is bound. Nothing else has to happen for that but what the network does. */
export async function bound(smsc: Smsc, binds = 1): Promise<void> {
  while (smsc.binds < binds) {
    await smsc.journal.next((entry) => entry.type === 'out' && /^bind_.*_resp$/.test(entry.pdu.command));
  }
  await smsc.idle();
}

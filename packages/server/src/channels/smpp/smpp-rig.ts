/** For tests: a sender at a simulated SMSC. */
import { type ManualClock, Smsc, type SmscOptions } from '@colloquy/testing';
import type { Host } from '../channel.ts';
import { openSenderHost, type TestSenderHost } from '../test-sender-host.ts';
import { type SmppConfig, smppSchema } from './config.ts';

export const own = '+12025550100';
export const person = '+447700900123';

/** Fast enough that no message waits for the clock. */
export function configFor(smsc: Smsc, more: Partial<SmppConfig> = {}): SmppConfig {
  const account = { host: '127.0.0.1', port: smsc.port, systemId: 'conv', password: 'secret1' };
  return smppSchema.parse({ ...account, window: 100, perSecond: 10_000, ...more });
}

/** @param notes what an earlier host has left */
export function openHost({ clock, ingest }: Pick<Host, 'clock' | 'ingest'>, notes = new Map()): TestSenderHost {
  return openSenderHost({ clock, addresses: [own], ingest, notes });
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

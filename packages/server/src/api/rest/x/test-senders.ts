/** A sender of the test carrier, with a conversation through it, for tests. */

import type { InboundEvent, Ingested } from '../../../channels/events.ts';
import { account } from '../../../channels/test-rig.ts';
import { sendMessage } from '../../../core/messages/actions.ts';
import { addParticipant } from '../../../core/participants/actions.ts';
import type { MessagesTable } from '../../../storage/schema.ts';
import { openTestCarrier, type TestCarrier } from '../../../testing/test-carrier.ts';
import { type Operations, openOperations } from './test-operations.ts';

export const own = '+12025550100';
export const ann = '+12025550123';

export interface SenderUnderTest extends Operations {
  carrier: TestCarrier;
  /** SID of the sender. */
  sender: string;
  conversation: string;
  say(input: { body?: string; attributes?: object; media?: string[]; contentSid?: string }): Promise<MessagesTable>;
  report(...events: InboundEvent[]): Promise<Ingested[]>;
  /** Ann writes. */
  write(eventId: string, more?: object): Promise<Ingested[]>;
  statusOf(message: { sid: string }): Promise<[string | null, number] | undefined>;
  /** What `/v1/x/…/deliveries` says. */
  life(message: { sid: string }): Promise<Record<string, never> & { copies: Copy[] }>;
  /** Moves the clock from one appointment to the next until it is so. */
  until(so: () => Promise<boolean> | boolean): Promise<void>;
}

interface Copy {
  state: string;
  attempts: { outcome: string; changes: string[]; piece: number; pieces: number; repeated: number }[];
}

export async function openSender(options: Parameters<typeof openTestCarrier>[0] = {}): Promise<SenderUnderTest> {
  const carrier = openTestCarrier(options);
  const at = await openOperations('any', [carrier.module]);
  const config = { region: 'eu', token: 'sesame-sesame' };
  const made = await at.call('POST', '/senders', { type: 'test', addresses: [own], config });
  const { sid: sender } = made.body as { sid: string };
  const { rig, channels } = at;
  const conversation = await rig.converse({ address: ann, proxyAddress: own });
  const report = (...events: InboundEvent[]) => channels.ingest(sender, events) as Promise<Ingested[]>;
  return {
    ...at,
    carrier,
    sender,
    conversation,
    report,
    say: (input) => {
      const { attributes, ...rest } = input;
      const actor = { kind: 'account', account } as const;
      const text = attributes && { attributes: JSON.stringify(attributes) };
      return rig.core.run(sendMessage, actor, { service: rig.service, conversation, ...rest, ...text });
    },
    write: (eventId, more = {}) =>
      report({
        ...{ type: 'message', eventId, providerId: `p-${eventId}`, sender: ann, recipient: own, at: 0 },
        ...{ parts: [{ kind: 'text', text: eventId }], ...more },
      }),
    statusOf: async (message) => {
      const [receipt] = await rig.receipts(message);
      return receipt && [receipt.status, receipt.error_code];
    },
    life: async ({ sid }) => {
      const answer = await at.call('GET', `/conversations/${conversation}/messages/${sid}/deliveries`);
      return answer.body as Awaited<ReturnType<SenderUnderTest['life']>>;
    },
    until: async (so) => {
      for (let step = 0; step < 20_000; step += 1) {
        await channels.idle();
        if (await so()) return;
        rig.clock.advanceToNext();
      }
      throw new Error('It did not come to that.');
    },
  };
}

/** Adds somebody else to the conversation. */
export async function join({ rig, conversation }: SenderUnderTest, address: string): Promise<void> {
  const actor = { kind: 'account', account } as const;
  await rig.core.run(addParticipant, actor, { service: rig.service, conversation, address, proxyAddress: own });
}

import { defineCommand } from '../command.ts';
import { insertAside } from '../outbox/add.ts';
import { finish } from '../outbox/store.ts';
import { type InboundWorkPayload, inboundWork } from './queue.ts';
import { deleteInbound, insertInbound } from './store.ts';

export interface QueueLateFile {
  channel: string;
  /** Of the message that the file will be. */
  eventId: string;
  providerId: string;
  /** Its event as JSON. */
  payload: string;
}

/** How long a file that did not come in time is left alone first, in milliseconds. */
const firstWait = 60_000;

/** Has a file fetched later, as a message of its own that nothing waits for. Said again it changes nothing. */
export const queueLateFile = defineCommand({
  name: 'inbound.late-file',
  orderKey: (input: QueueLateFile) => `inbound ${input.eventId}`,
  urgent: true,
  run: async (tx, _actor, input: QueueLateFile) => {
    if (!(await insertInbound(tx, { ...input, outcome: 'queued' }))) return {};
    const id = tx.newSid('IM');
    const payload: InboundWorkPayload = { channel: input.channel, eventId: input.eventId, late: true };
    await insertAside(tx, {
      id,
      kind: inboundWork,
      lane: `inbound/${id}`,
      seq: 1,
      payload: JSON.stringify(payload),
      attempt: 0,
      notBefore: tx.now + firstWait,
      error: null,
    });
    return {};
  },
});

export interface GiveUpLateFile {
  channel: string;
  eventId: string;
  queued: { id: string; lease: string };
}

/** It never came. Nobody reports it again, so that nothing has to be kept to recognise it by. */
export const giveUpLateFile = defineCommand({
  name: 'inbound.give-up-late-file',
  orderKey: (input: GiveUpLateFile) => `inbound ${input.eventId}`,
  urgent: true,
  run: async (tx, _actor, { channel, eventId, queued }: GiveUpLateFile) => {
    if (await finish(tx, queued.id, queued.lease)) await deleteInbound(tx, channel, eventId);
    return {};
  },
});

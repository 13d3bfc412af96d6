import { defineCommand } from '../command.ts';
import { requireOpen } from '../conversations/policy.ts';
import { conversationBySid, lockConversation } from '../conversations/store.ts';
import { insertWork } from '../outbox/add.ts';
import { exhume } from '../outbox/store.ts';
import { refuse } from '../refusal.ts';
import { announceReceipt } from './change.ts';
import { nextDelivery } from './delivery-id.ts';
import { type DeliveryPayload, deliveryLane } from './payload.ts';
import { channelWork } from './plan.ts';
import { routesOf } from './routes.ts';
import { restart, selectMessageBySid, selectReceipt } from './store.ts';

export interface SendAgain {
  conversation: string;
  delivery: string;
}

/**
 * Sends a dead letter again, after what waits for the same person: a new delivery with an id of its own, since
 * a provider may answer the old id with the old failure, and late reports about it must not count.
 */
export const sendAgain = defineCommand({
  name: 'receipts.send-again',
  orderKey: (input: SendAgain) => input.conversation,
  run: async (tx, _actor, input: SendAgain): Promise<{ delivery: string }> => {
    const locked = await lockConversation(tx, input.conversation);
    const conversation = locked ? await tx.first(conversationBySid, { sid: input.conversation }) : undefined;
    if (!conversation) throw refuse(50350);
    requireOpen(conversation);
    const letter = await exhume(tx, input.delivery);
    if (!letter) throw refuse(20409, { reason: 'only a dead letter can be sent again' });
    const payload = JSON.parse(letter.payload) as DeliveryPayload;
    const receipt = await selectReceipt(tx, payload.receipt);
    if (receipt?.delivery_id !== letter.id) throw refuse(50500);
    const message = await selectMessageBySid(tx, receipt.message_sid);
    const routes = await routesOf(tx, conversation, message?.participant_sid ?? null);
    const route = routes.find((one) => one.participant_sid === receipt.participant_sid);
    if (!route) throw refuse(50432);

    const delivery = nextDelivery(letter.id);
    await restart(tx, receipt.sid, delivery);
    const { position } = await announceReceipt(tx, receipt);
    // The own address may have been changed because of the failure.
    const again: DeliveryPayload = { ...payload, sender: route.proxy_address, recipient: route.address };
    await insertWork(tx, {
      id: delivery,
      kind: channelWork,
      lane: deliveryLane(input.conversation, receipt.participant_sid),
      seq: position,
      payload: JSON.stringify(again),
    });
    return { delivery };
  },
});

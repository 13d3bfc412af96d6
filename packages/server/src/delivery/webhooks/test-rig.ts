/** A core, a receiver, and what delivers from one to the other: for tests of the delivery. */
import { pino } from 'pino';
import type { UserActor } from '../../core/actor.ts';
import { createConversation } from '../../core/conversations/actions.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import { configureAccountWebhook } from '../../core/webhooks/configure.ts';
import { listDeliveries } from '../../core/webhooks/log.ts';
import type { WebhookDeliveriesTable } from '../../storage/schema/webhooks.ts';
import { type OpenCore, openCore, testAccount } from '../../testing/open-core.ts';
import { WebhookReceiver } from '../../testing/webhook-receiver.ts';
import { Outgoing } from '../http/outgoing.ts';
import type { NodeLife } from '../node-life.ts';
import type { Dispatcher } from '../outbox.ts';
import { openWebhooks } from './open.ts';

export const authToken = 'the auth token of the account';

export interface WebhookRig extends OpenCore {
  ann: UserActor;
  receiver: WebhookReceiver;
  /** Sets the delivery to work. @param life of one of several nodes */
  start(life?: NodeLife): Dispatcher;
  /** Waits until nothing is under way and nothing is due. */
  idle(): Promise<void>;
  /** Lets so many waits between attempts pass, and what is due then happen. */
  goOn(times: number): Promise<void>;
  configure(url?: string, method?: string): Promise<void>;
  /** A conversation that ann is in. */
  converse(): Promise<string>;
  /** A message of ann's. @returns its position */
  say(conversation: string, body: string): Promise<number>;
  /** What was logged as a warning. */
  warned: Record<string, unknown>[];
  /** The whole log, oldest first. */
  deliveries(): Promise<WebhookDeliveriesTable[]>;
}

export async function openRig(): Promise<WebhookRig> {
  const at = await openCore();
  const { core, bus, clock, service, account } = at;
  const receiver = await WebhookReceiver.open();
  const outgoing = new Outgoing({ clock, networks: ['127.0.0.0/8'] });
  const ann = await at.user('ann');
  const warned: Record<string, unknown>[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warned.push(JSON.parse(line)) });
  const filters = ['onMessageAdded', 'onMessageUpdated'];
  let dispatcher: Dispatcher | undefined;
  const idle = async () => dispatcher?.idle();
  return {
    ...at,
    ann,
    receiver,
    warned,
    start: (life) => {
      dispatcher = openWebhooks({ core, bus, outgoing, clock, logger, account: testAccount, authToken, life });
      return dispatcher;
    },
    idle,
    goOn: async (times) => {
      for (let time = 0; time < times; time += 1) {
        clock.advance(15 * 60 * 1000);
        await idle();
      }
    },
    configure: async (url = receiver.url('/hook'), method = 'POST') => {
      await core.run(configureAccountWebhook, account, { postUrl: url, method, filters });
    },
    converse: async () => {
      const { sid } = await core.run(createConversation, account, { service });
      await core.run(addParticipant, account, { service, conversation: sid, identity: 'ann' });
      return sid;
    },
    say: async (conversation, body) => (await core.run(sendMessage, ann, { service, conversation, body })).position,
    deliveries: async () => (await listDeliveries(core.db, {}, { limit: 100 })).items.reverse(),
    discard: async () => {
      await dispatcher?.stop();
      await outgoing.close();
      await at.discard();
      await receiver.close();
    },
  };
}

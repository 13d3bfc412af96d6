/** A whole server with a sender on the simulator of WhatsApp, for tests. */
import {
  type ReceivedMessage,
  startWhatsAppSimulator,
  type WhatsAppPerson,
  type WhatsAppSimulator,
  type WhatsAppSimulatorOptions,
} from '@colloquy/testing';
import type { ManualClock } from '../../testing/manual-clock.ts';
import { type OpenRest, openRest } from '../../testing/open-rest.ts';
import { turnsWhile } from '../../testing/turns.ts';

// biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
type Answer = any;

export const shop = { id: '106540352242922', number: '+15550783881', account: '102290129340398', name: 'Shop' };
export const branch = { id: '206540352242922', number: '+15550783882', account: '102290129340398', name: 'Branch' };
export const own = `whatsapp:${shop.number}`;

export interface WhatsAppWorld {
  at: OpenRest;
  clock: ManualClock;
  simulator: WhatsAppSimulator;
  /** As it was made. */
  sender: Answer;
  /** A phone that nobody has used yet; its number begins with +1202555. */
  newPhone(): WhatsAppPerson;
  /** A request with JSON to `/v1/x`. */
  x(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: Answer }>;
  addSender(
    number: { id: string; account: string },
    config?: object,
    more?: object,
  ): Promise<{ status: number; body: Answer }>;
  /** A new conversation with somebody on WhatsApp. @returns its SID */
  converse(address: string, proxyAddress?: string): Promise<string>;
  say(conversation: string, form: Record<string, string>): Promise<Answer>;
  messages(conversation: string): Promise<Answer[]>;
  receipts(message: { conversation_sid: string; sid: string }): Promise<Answer[]>;
  /** Waits until so many messages are in a conversation. */
  written(conversation: string, count: number): Promise<Answer[]>;
  /** Waits until so many messages have arrived on a phone. */
  arrived(phone: WhatsAppPerson, count?: number): Promise<readonly ReceivedMessage[]>;
  /** Waits for what goes on without the clock. */
  until<T>(so: () => T | Promise<T>): Promise<Exclude<T, false | null | undefined>>;
  /** The clock moves, and what the network reports then is taken in. */
  pass(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

export async function openWhatsAppWorld(options: WhatsAppSimulatorOptions = {}): Promise<WhatsAppWorld> {
  const at = await openRest({ publicUrl: null });
  const { url } = await at.server.listen();
  const { clock } = at;
  const simulator = await startWhatsAppSimulator({ clock, numbers: [shop, branch], ...options });
  const x: WhatsAppWorld['x'] = async (method, path, body) => {
    const json =
      body === undefined ? {} : { form: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return at.ask(method, `/v1/x${path}`, json);
  };
  const addSender: WhatsAppWorld['addSender'] = (number, config = {}, more = {}) =>
    x('POST', '/senders', {
      type: 'whatsapp',
      config: {
        phoneNumberId: number.id,
        businessAccountId: number.account,
        accessToken: simulator.world.token,
        appSecret: simulator.world.appSecret,
        verifyToken: 'verify me',
        graphUrl: simulator.url,
        ...config,
      },
      ...more,
    });
  let phones = 100;
  const { body: sender } = await addSender(shop);
  if (!sender.sid) throw new Error(JSON.stringify(sender));
  await simulator.subscribe(`${url}/v1/x/senders/${sender.sid}/webhook`, 'verify me');
  const messages: WhatsAppWorld['messages'] = async (conversation) =>
    (await at.get(`/v1/Conversations/${conversation}/Messages`)).messages;
  const until: WhatsAppWorld['until'] = async (so) => {
    let found: Awaited<ReturnType<typeof so>> | undefined;
    await turnsWhile(async () => {
      found = await so();
      return found === undefined || found === null || found === false;
    });
    return found as Exclude<typeof found, false | null | undefined>;
  };
  return {
    at,
    clock,
    simulator,
    sender,
    newPhone: () => {
      phones += 1;
      return simulator.phone(`+1202555${String(phones).padStart(4, '0')}`);
    },
    x,
    addSender,
    converse: async (address, proxyAddress = own) => {
      const { sid } = await at.post('/v1/Conversations');
      const binding = { 'MessagingBinding.Address': address, 'MessagingBinding.ProxyAddress': proxyAddress };
      await at.post(`/v1/Conversations/${sid}/Participants`, binding);
      return sid;
    },
    say: (conversation, form) => at.post(`/v1/Conversations/${conversation}/Messages`, form),
    messages,
    receipts: async ({ conversation_sid, sid }) =>
      (await at.get(`/v1/Conversations/${conversation_sid}/Messages/${sid}/Receipts`)).delivery_receipts,
    until,
    written: (conversation, count) =>
      until(async () => {
        const all = await messages(conversation);
        return all.length >= count ? all : undefined;
      }),
    arrived: (phone, count = 1) => until(() => phone.received.length >= count && phone.received),
    pass: async (milliseconds) => {
      clock.advance(milliseconds);
      await simulator.idle();
    },
    close: async () => {
      await simulator.close();
      await at.discard();
    },
  };
}

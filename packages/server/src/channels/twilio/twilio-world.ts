/** For tests: a sender at a simulated Twilio, and what it takes in. */
import {
  type ManualClock,
  startTwilioSimulator,
  type TwilioSimulator,
  type TwilioSimulatorOptions,
} from '@colloquy/testing';
import type { SendRequest, SendResult } from '../message.ts';
import { openDoor, openSenderHost, type TestSenderHost } from '../test-sender-host.ts';
import { TwilioChannel } from './channel.ts';
import { type TwilioConfig, twilioConfig } from './config.ts';
import { inboundUrl } from './webhook.ts';

export const own = '+12025550100';
export const ann = '+12025550123';

/** For the account that a simulator has when nobody says otherwise. */
export function configFor(apiUrl: string): TwilioConfig {
  return twilioConfig.parse({
    accountSid: 'AC00000000000000000000000000000001',
    authToken: 'simulated-token',
    apiUrl,
  });
}

export interface TwilioWorld {
  clock: ManualClock;
  simulator: TwilioSimulator;
  host: TestSenderHost;
  channel: TwilioChannel;
  config: TwilioConfig;
  /** Sends as the server does. */
  send(text: string, more?: Partial<SendRequest>): Promise<SendResult>;
  /** Another process in the place of this one: it knows only what was noted. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const never: AbortSignal = new AbortController().signal;

export function requestOf(text: string, more: Partial<SendRequest> = {}): SendRequest {
  return {
    conversation: 'CH1',
    message: 'IM1',
    sender: own,
    recipient: ann,
    author: 'bob',
    subject: null,
    parts: text === '' ? [] : [{ kind: 'text', text }],
    rich: null,
    replyTo: null,
    reaction: null,
    lastReceived: null,
    deliveryId: 'delivery-1',
    attempt: 1,
    piece: 0,
    pieces: 1,
    ...more,
  };
}

export async function openTwilioWorld(
  clock: ManualClock,
  options: {
    simulator?: TwilioSimulatorOptions;
    config?: Partial<TwilioConfig>;
    addresses?: readonly string[];
    /** False: Twilio cannot call. */
    reachable?: boolean;
  } = {},
): Promise<TwilioWorld> {
  const { addresses = [own], reachable = true } = options;
  let channel: TwilioChannel;
  let host: TestSenderHost;
  const door = await openDoor(
    () => channel,
    (events) => host.ingest(events),
  );
  const webhookUrl = `${door.url}/webhook`;
  const simulator = await startTwilioSimulator({ clock, reports: null, ...options.simulator });
  for (const number of simulator.account.numbers) number.sms_url = inboundUrl(webhookUrl);
  for (const sender of simulator.account.senders.keys()) simulator.account.senders.set(sender, inboundUrl(webhookUrl));
  const { sid, token } = simulator.account;
  const config = twilioConfig.parse({ accountSid: sid, authToken: token, apiUrl: simulator.url, ...options.config });
  const open = () => {
    const notes = host?.notes;
    host = openSenderHost({ clock, addresses, webhookUrl: reachable ? webhookUrl : null });
    for (const [name, value] of notes ?? []) host.notes.set(name, value);
    channel = new TwilioChannel(config, host, 'sender');
  };
  const shut = async () => {
    await channel.stop();
    await host.close();
  };
  open();
  return {
    clock,
    simulator,
    config,
    get host() {
      return host;
    },
    get channel() {
      return channel;
    },
    send: (text, more) => channel.send(requestOf(text, more), never),
    restart: async () => {
      await shut();
      open();
    },
    close: async () => {
      await shut();
      await simulator.close();
      await door.close();
    },
  };
}

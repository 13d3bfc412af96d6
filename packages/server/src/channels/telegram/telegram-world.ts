/** For tests: a bot at a simulated Telegram, and what it takes in. */
import { type ManualClock, startTelegramSimulator, type TelegramSimulator } from '@colloquy/testing';
import { turnsWhile } from '../../testing/turns.ts';
import type { SendRequest, SendResult } from '../message.ts';
import { openDoor, openSenderHost, type TestSenderHost } from '../test-sender-host.ts';
import { TelegramChannel } from './channel.ts';
import { type TelegramConfig, telegramConfig } from './config.ts';

export const bot = 'telegram:@simulated_bot';
export const ann = 77;
export const never: AbortSignal = new AbortController().signal;

export interface TelegramWorld {
  clock: ManualClock;
  simulator: TelegramSimulator;
  host: TestSenderHost;
  channel: TelegramChannel;
  config: TelegramConfig;
  /** Sends as the server does. */
  send(more?: Partial<SendRequest>): Promise<SendResult>;
  /** Resolves when the bot has everything and waits for more. */
  polled(): Promise<void>;
  /** Another process in the place of this one: it knows only what was noted. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export function requestOf(more: Partial<SendRequest> = {}): SendRequest {
  return {
    conversation: 'CH1',
    message: 'IM1',
    sender: bot,
    recipient: `telegram:${ann}`,
    author: 'bob',
    subject: null,
    parts: [{ kind: 'text', text: 'hello' }],
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

/** Waits for the network, not for the clock. */
export async function polledBy(simulator: TelegramSimulator): Promise<void> {
  await turnsWhile(() => !simulator.updates.polled);
}

export async function openTelegramWorld(
  clock: ManualClock,
  options: { config?: Partial<TelegramConfig> } = {},
): Promise<TelegramWorld> {
  let channel: TelegramChannel;
  let host: TestSenderHost;
  const door = await openDoor(
    () => channel,
    (events) => host.ingest(events),
  );
  const simulator = await startTelegramSimulator({ clock });
  const config = telegramConfig.parse({ token: simulator.token, apiUrl: simulator.url, ...options.config });
  const open = () => {
    const notes = host?.notes;
    host = openSenderHost({ clock, addresses: [bot], webhookUrl: `${door.url}/webhook` });
    for (const [name, value] of notes ?? []) host.notes.set(name, value);
    channel = new TelegramChannel(config, host, 'sender');
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
    send: (more) => channel.send(requestOf(more), never),
    polled: () => polledBy(simulator),
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

import { type Scheduler, systemClock } from '../clock.ts';
import { PhoneLog } from '../phones/phone-log.ts';
import type { PhoneNetwork } from '../phones/phone-network.ts';
import { isForPhones, servePhones } from '../phones/serve-phones.ts';
import { serveWeb } from '../web-server.ts';
import { serveApi, type TelegramFault, type TelegramRequest } from './api.ts';
import { serveControl } from './control.ts';
import { People } from './people.ts';
import { telegramPhones } from './phones.ts';
import { TelegramState } from './state.ts';
import { Updates } from './updates.ts';

export interface TelegramSimulatorOptions {
  clock?: Scheduler;
  /** A free one when left out. */
  port?: number;
  token?: string;
  /** Without the @. */
  username?: string;
}

/** Telegram's Bot API for one bot, and the people who write to it. */
export interface TelegramSimulator {
  /** What stands for https://api.telegram.org. */
  url: string;
  token: string;
  state: TelegramState;
  updates: Updates;
  people: People;
  /** Those of people. Under `/phones`, too. */
  phones: PhoneNetwork;
  /** Requests to the API, the first one first. */
  journal: TelegramRequest[];
  break(fault: TelegramFault): void;
  /** No faults any more. */
  repair(): void;
  /** Resolves when nothing is posted to a webhook until the clock moves. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export async function startTelegramSimulator(options: TelegramSimulatorOptions = {}): Promise<TelegramSimulator> {
  const { clock = systemClock, token = '4711:simulated-token', username = 'simulated_bot' } = options;
  const state = new TelegramState(username);
  const updates = new Updates(clock);
  const log = new PhoneLog(clock);
  const people = new People(state, updates, clock, log);
  const phones = telegramPhones(state, people, log);
  const face = servePhones(phones, clock);
  const journal: TelegramRequest[] = [];
  const faults: TelegramFault[] = [];
  const handle = serveApi({ token, state, updates, clock, journal, faults, log });
  const server = await serveWeb((request, response) => {
    if (isForPhones(request)) return face(request, response);
    return request.url?.startsWith('/control/')
      ? serveControl(simulator, request, response)
      : handle(request, response);
  }, options.port);
  const simulator: TelegramSimulator = {
    url: server.url,
    token,
    state,
    updates,
    people,
    phones,
    journal,
    break: (fault) => void faults.push({ ...fault }),
    repair: () => {
      faults.length = 0;
    },
    idle: () => updates.idle(),
    close: async () => {
      updates.stop();
      await updates.idle();
      await server.close();
    },
  };
  return simulator;
}

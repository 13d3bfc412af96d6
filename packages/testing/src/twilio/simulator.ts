import { type Scheduler, systemClock } from '../clock.ts';
import { PhoneLog } from '../phones/phone-log.ts';
import type { PhoneNetwork } from '../phones/phone-network.ts';
import { isForPhones, servePhones } from '../phones/serve-phones.ts';
import { serveWeb } from '../web-server.ts';
import { TwilioAccount } from './account.ts';
import { serveApi, type TwilioRequest } from './api.ts';
import type { Posted } from './callbacks.ts';
import { serveControl } from './control.ts';
import { type TwilioFault, TwilioFaults } from './faults.ts';
import { serveFile } from './media.ts';
import { type Received, TwilioNetwork, type TwilioReports, type WrittenByPerson } from './network.ts';
import { twilioPhones } from './phones.ts';

export interface TwilioSimulatorOptions {
  clock?: Scheduler;
  /** Of the API; a free one when left out. */
  port?: number;
  accountSid?: string;
  authToken?: string;
  /** Key SID → secret. */
  apiKeys?: Readonly<Record<string, string>>;
  /** The account's phone numbers. */
  numbers?: readonly string[];
  /** Senders of other channels, for example `whatsapp:+12025550100` → where messages to them are posted. */
  senders?: Readonly<Record<string, string>>;
  /** Messaging service (`MG…`) → its senders. */
  services?: Readonly<Record<string, readonly string[]>>;
  /** Template (`HX…`) → its text, with placeholders like `{{1}}`. */
  templates?: Readonly<Record<string, string>>;
  /** When left out, sent after 100 ms and delivered after a second. */
  reports?: TwilioReports;
  advancedOptOut?: boolean;
}

/** Twilio, as far as messaging goes. */
export interface TwilioSimulator {
  /** What stands for https://api.twilio.com. */
  url: string;
  /** Where the bytes of files are. */
  storageUrl: string;
  account: TwilioAccount;
  /** Those of people. Under `/phones`, too. */
  phones: PhoneNetwork;
  /** Requests to the API, the first one first. */
  journal: TwilioRequest[];
  /** A person writes. Resolves when it was posted, or given up. */
  receive(written: WrittenByPerson): Promise<Received>;
  /** The network reports a status of a message that was sent. Resolves when it was posted, or given up. */
  report(sid: string, status: string, errorCode?: number): Promise<Posted | null>;
  break(fault: TwilioFault): void;
  /** No faults any more. */
  repair(): void;
  /** Resolves when nothing is fetched or posted until the clock moves. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export async function startTwilioSimulator(options: TwilioSimulatorOptions = {}): Promise<TwilioSimulator> {
  const { clock = systemClock, reports = { sentAfter: 100, deliveredAfter: 1000 } } = options;
  const account = new TwilioAccount({
    sid: options.accountSid ?? 'AC00000000000000000000000000000001',
    token: options.authToken ?? 'simulated-token',
    keys: options.apiKeys ?? {},
    numbers: options.numbers ?? ['+12025550100'],
    senders: options.senders ?? {},
    services: options.services ?? {},
    templates: options.templates ?? {},
  });
  const faults = new TwilioFaults();
  const journal: TwilioRequest[] = [];
  const fileOf = (sid: string) => account.messages.flatMap((message) => message.files).find((file) => file.sid === sid);
  const storage = await serveWeb(serveFile(fileOf));
  let apiUrl = '';
  const { advancedOptOut = false } = options;
  const log = new PhoneLog(clock);
  const network = new TwilioNetwork({ account, clock, faults, reports, advancedOptOut, apiUrl: () => apiUrl, log });
  const phones = twilioPhones(account, network, log);
  const face = servePhones(phones, clock);
  const handle = serveApi({
    account,
    clock,
    faults,
    journal,
    storageUrl: () => storage.url,
    onCreated: (message) => network.accept(message),
    onRefused: (what, answer) => log.refuse(what, answer),
  });
  const api = await serveWeb((request, response) => {
    if (isForPhones(request)) return face(request, response);
    return request.url?.startsWith('/control/')
      ? serveControl(simulator, request, response)
      : handle(request, response);
  }, options.port);
  apiUrl = api.url;
  const simulator: TwilioSimulator = {
    url: api.url,
    storageUrl: storage.url,
    account,
    phones,
    journal,
    receive: (written) => network.receive(written),
    report: (sid, status, errorCode) => network.report(sid, status, errorCode),
    break: (fault) => faults.add(fault),
    repair: () => faults.clear(),
    idle: () => network.idle(),
    close: async () => {
      await network.idle();
      await api.close();
      await storage.close();
    },
  };
  return simulator;
}

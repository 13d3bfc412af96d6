import { type Scheduler, systemClock } from '../clock.ts';
import type { PhoneNetwork } from '../phones/phone-network.ts';
import { isForPhones, servePhones } from '../phones/serve-phones.ts';
import { serveWeb } from '../web-server.ts';
import { serveControl } from './control.ts';
import type { WhatsAppFault } from './faults.ts';
import { serveGraph, type WhatsAppRequest } from './graph-api.ts';
import { Pace } from './pace.ts';
import { Person } from './person.ts';
import { whatsAppPhones } from './phones.ts';
import { type Reporting, Statuses, type WhatsAppStatus } from './statuses.ts';
import { Webhooks } from './webhooks.ts';
import { type BusinessNumber, type PersonState, type WhatsAppTemplate, World } from './world.ts';

export interface WhatsAppSimulatorOptions {
  clock?: Scheduler;
  /** A free one when left out. */
  port?: number;
  accessToken?: string;
  appSecret?: string;
  /** Of the business; one when left out. */
  numbers?: readonly BusinessNumber[];
  templates?: readonly WhatsAppTemplate[];
  reporting?: Partial<Reporting>;
  /** False: without the limits of how fast a number may send. */
  limits?: boolean;
}

/** WhatsApp: Meta's Graph API, and the phones of people. */
export interface WhatsAppSimulator {
  /** What stands for https://graph.facebook.com. */
  url: string;
  world: World;
  webhooks: Webhooks;
  /** How messages are reported on from now on. */
  reporting: Reporting;
  /** Those of people, as other simulators have them. Under `/phones`, too. */
  phones: PhoneNetwork;
  /** Requests to the API, the first one first. */
  journal: WhatsAppRequest[];
  /** The phone with this number; whoever is not there yet appears. */
  phone(number: string): Person;
  /** Meta checks the callback URL, and reports to it from now on. @param number its id, for one with a URL of its own */
  subscribe(url: string, verifyToken: string, number?: string): Promise<void>;
  /** The network reports a status of a message that was sent. */
  report(id: string, status: WhatsAppStatus, code?: number): Promise<number | null>;
  break(fault: WhatsAppFault): void;
  /** No faults any more. */
  repair(): void;
  /** Resolves when nothing is posted until the clock moves. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export async function startWhatsAppSimulator(options: WhatsAppSimulatorOptions = {}): Promise<WhatsAppSimulator> {
  const clock = options.clock ?? systemClock;
  const world = new World(options, clock);
  const webhooks = new Webhooks(world);
  const reporting: Reporting = {
    sentAfter: 100,
    deliveredAfter: 500,
    beforeAnswer: false,
    twice: false,
    reversed: false,
    windowRefusal: 'status',
    ...options.reporting,
  };
  const statuses = new Statuses(world, webhooks, reporting);
  const journal: WhatsAppRequest[] = [];
  const persons = new Map<PersonState, Person>();
  const phone = (number: string): Person => {
    const state = world.person(number);
    const person = persons.get(state) ?? new Person(world, webhooks, statuses, state);
    persons.set(state, person);
    return person;
  };
  const phones = whatsAppPhones(world, phone);
  const face = servePhones(phones, clock);
  const pace = options.limits === false ? null : new Pace(clock);
  let url = '';
  const graph = serveGraph({ world, webhooks, statuses, pace, journal, url: () => url });
  const server = await serveWeb((request, response) => {
    if (isForPhones(request)) return face(request, response);
    return request.url?.startsWith('/control/') ? serveControl(simulator, request, response) : graph(request, response);
  }, options.port);
  url = server.url;
  const simulator: WhatsAppSimulator = {
    url,
    world,
    webhooks,
    reporting,
    journal,
    phones,
    phone,
    subscribe: (callback, verifyToken, number) => webhooks.subscribe(callback, verifyToken, number),
    report: (id, status, code) => statuses.report(id, status, code),
    break: (fault) => world.faults.add(fault),
    repair: () => world.faults.clear(),
    idle: () => webhooks.idle(),
    close: async () => {
      await webhooks.idle();
      await server.close();
    },
  };
  return simulator;
}

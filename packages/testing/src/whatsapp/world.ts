import { createHash } from 'node:crypto';
import type { Scheduler } from '../clock.ts';
import { PhoneLog } from '../phones/phone-log.ts';
import { WhatsAppFaults } from './faults.ts';
import type { WhatsAppSimulatorOptions } from './simulator.ts';

const day = 24 * 60 * 60 * 1000;
/** How long a business may write after the person did. */
export const windowLength = day;
/** Of what a business uploaded, and of what a person sent. */
export const uploadLifetime = 30 * day;
export const inboundLifetime = 7 * day;

/** A phone number of a business. */
export interface BusinessNumber {
  /** Meta's id of it. */
  id: string;
  /** With the plus. */
  number: string;
  /** The WhatsApp Business Account that it belongs to. */
  account: string;
  name: string;
}

export interface StoredFile {
  id: string;
  contentType: string;
  filename: string | null;
  bytes: Buffer;
  /** Milliseconds. */
  until: number;
}

/** A template as `GET /{account}/message_templates` shows it. */
export interface WhatsAppTemplate {
  name: string;
  language: string;
  status: 'APPROVED' | 'PENDING' | 'REJECTED' | 'PAUSED' | 'DISABLED';
  category: 'MARKETING' | 'UTILITY' | 'AUTHENTICATION';
  parameter_format?: 'NAMED' | 'POSITIONAL';
  components: readonly Record<string, unknown>[];
}

/** What arrived on a person's phone. */
export interface ReceivedMessage {
  id: string;
  /** Which number of the business it came from. */
  phoneNumberId: string;
  type: string;
  /** As it was posted. */
  body: Readonly<Record<string, unknown>>;
  text: string | null;
  file: StoredFile | null;
  at: number;
  read: boolean;
}

/** Somebody with WhatsApp on his phone. */
export interface PersonState {
  /** Digits. */
  number: string;
  /** The id that the business knows him by. */
  userId: string;
  parentUserId: string | null;
  name: string;
  username: string | null;
  /** With a username the number is kept from businesses. */
  hidesNumber: boolean;
  /** He has no WhatsApp, or an old one, or blocked the business. */
  unreachable: boolean;
  received: ReceivedMessage[];
  /** By id of the business's number: when he wrote to it last. */
  wrote: Map<string, number>;
}

/** All that the simulator knows. */
export class World {
  readonly clock: Scheduler;
  /** Hears what happens. */
  readonly log: PhoneLog;
  readonly token: string;
  readonly appSecret: string;
  readonly numbers: readonly BusinessNumber[];
  readonly faults = new WhatsAppFaults();
  readonly files = new Map<string, StoredFile>();
  readonly templates: WhatsAppTemplate[] = [];
  readonly people: PersonState[] = [];
  /** Accounts whose news the app gets. */
  readonly subscribed: Set<string>;
  /** Ids of messages that people wrote, and who. */
  readonly written = new Map<string, PersonState>();
  #count = 0;

  constructor(options: WhatsAppSimulatorOptions, clock: Scheduler) {
    this.clock = clock;
    this.log = new PhoneLog(clock);
    this.token = options.accessToken ?? 'simulated-token';
    this.appSecret = options.appSecret ?? 'simulated-secret';
    this.numbers = options.numbers ?? [
      { id: '106540352242922', number: '+15550783881', account: '102290129340398', name: 'Simulated Shop' },
    ];
    this.templates.push(...(options.templates ?? []));
    this.subscribed = new Set(this.numbers.map(({ account }) => account));
  }

  numberOf(id: string): BusinessNumber | undefined {
    return this.numbers.find((number) => number.id === id);
  }

  /** Whoever is not there yet appears. @param number with or without the plus */
  person(number: string): PersonState {
    const digits = number.replace(/\D/g, '');
    const known = this.people.find((person) => person.number === digits);
    if (known) return known;
    const person: PersonState = {
      number: digits,
      userId: userIdOf(digits),
      parentUserId: null,
      name: `Person ${digits.slice(-4)}`,
      username: null,
      hidesNumber: false,
      unreachable: false,
      received: [],
      wrote: new Map(),
    };
    this.people.push(person);
    return person;
  }

  personById(userId: string): PersonState | undefined {
    return this.people.find((person) => person.userId === userId || person.parentUserId === userId);
  }

  keepFile(file: Omit<StoredFile, 'id' | 'until'>, lifetime: number): StoredFile {
    const stored = { ...file, id: this.nextDigits(), until: this.clock.now() + lifetime };
    this.files.set(stored.id, stored);
    return stored;
  }

  fileOf(id: string): StoredFile | undefined {
    const file = this.files.get(id);
    return file && this.clock.now() < file.until ? file : undefined;
  }

  nextDigits(): string {
    this.#count += 1;
    return String(1_037_543_291_000_000 + this.#count);
  }

  nextMessageId(): string {
    return `wamid.${Buffer.from(`simulated ${this.nextDigits()}`).toString('base64')}`;
  }
}

/** Always the same for a number. */
export function userIdOf(digits: string): string {
  const hash = createHash('sha256').update(digits).digest('hex');
  return `US.${BigInt(`0x${hash.slice(0, 16)}`)}`;
}

/** What an account at Twilio has: numbers, senders, messages with their files, and people who said STOP. */
import { randomBytes } from 'node:crypto';

export interface TwilioNumber {
  sid: string;
  phone_number: string;
  sms_url: string;
  sms_method: string;
  sms_fallback_url: string;
  sms_fallback_method: string;
  sms_application_sid: string;
  status_callback: string;
}

export interface TwilioFile {
  sid: string;
  contentType: string;
  bytes: Uint8Array;
  /** How often a request for it is still answered by 404, as if it had not spread through the network yet. */
  missing: number;
}

export interface TwilioMessage {
  sid: string;
  direction: 'inbound' | 'outbound-api';
  from: string;
  to: string;
  body: string;
  status: string;
  errorCode: number | null;
  messagingServiceSid: string | null;
  contentSid: string | null;
  files: TwilioFile[];
  statusCallback: string | null;
  /** Everything that the request said. */
  parameters: URLSearchParams;
  /** Milliseconds since 1970, by the simulator's clock. */
  created: number;
  updated: number;
  sent: number | null;
}

/** The standard words, which Twilio acts on by itself for SMS: Advanced Opt-Out, default keywords. */
const stopWords = new Set(['STOP', 'UNSUBSCRIBE', 'END', 'QUIT', 'STOPALL', 'REVOKE', 'OPTOUT', 'CANCEL']);
const startWords = new Set(['START', 'YES', 'UNSTOP']);
const helpWords = new Set(['HELP', 'INFO']);

export class TwilioAccount {
  readonly sid: string;
  readonly token: string;
  /** Key SID → secret. */
  readonly keys: ReadonlyMap<string, string>;
  readonly numbers: TwilioNumber[];
  /** WhatsApp, Messenger and RCS senders → where their messages go. */
  readonly senders: Map<string, string>;
  /** Messaging service → its senders; the first one is taken. */
  readonly services: ReadonlyMap<string, readonly string[]>;
  /** Template → its text. */
  readonly templates: ReadonlyMap<string, string>;
  /** The oldest first. */
  readonly messages: TwilioMessage[] = [];
  readonly #stopped = new Set<string>();

  constructor(options: {
    sid: string;
    token: string;
    keys: Readonly<Record<string, string>>;
    numbers: readonly string[];
    senders: Readonly<Record<string, string>>;
    services: Readonly<Record<string, readonly string[]>>;
    templates: Readonly<Record<string, string>>;
  }) {
    this.sid = options.sid;
    this.token = options.token;
    this.keys = new Map(Object.entries(options.keys));
    this.numbers = options.numbers.map(newNumber);
    this.senders = new Map(Object.entries(options.senders));
    this.services = new Map(Object.entries(options.services));
    this.templates = new Map(Object.entries(options.templates));
  }

  message(sid: string): TwilioMessage | undefined {
    return this.messages.find((message) => message.sid === sid);
  }

  owns(address: string): boolean {
    return this.senders.has(address) || this.number(address) !== undefined;
  }

  number(phone: string): TwilioNumber | undefined {
    return this.numbers.find(({ phone_number }) => phone_number === phone);
  }

  /** @returns what Twilio calls it when a person sends such a word by SMS */
  optOut(person: string, own: string, text: string): 'STOP' | 'START' | 'HELP' | undefined {
    const word = text.trim().toUpperCase();
    if (!person.startsWith('+')) return undefined;
    if (stopWords.has(word)) {
      this.#stopped.add(`${own} ${person}`);
      return 'STOP';
    }
    if (startWords.has(word)) {
      this.#stopped.delete(`${own} ${person}`);
      return 'START';
    }
    return helpWords.has(word) ? 'HELP' : undefined;
  }

  stopped(person: string, own: string): boolean {
    return this.#stopped.has(`${own} ${person}`);
  }

  /** Has the person written to this sender within a day, as WhatsApp and Messenger want before free texts? */
  withinWindow(person: string, own: string, now: number): boolean {
    return this.messages.some(
      ({ direction, from, to, created }) =>
        direction === 'inbound' && from === person && to === own && created > now - 24 * 60 * 60 * 1000,
    );
  }
}

/** @param prefix two letters, for example `SM` */
export function newSid(prefix: string): string {
  return prefix + randomBytes(16).toString('hex');
}

function newNumber(phone: string): TwilioNumber {
  return {
    sid: newSid('PN'),
    phone_number: phone,
    sms_url: '',
    sms_method: 'POST',
    sms_fallback_url: '',
    sms_fallback_method: 'POST',
    sms_application_sid: '',
    status_callback: '',
  };
}

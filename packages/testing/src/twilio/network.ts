/** What happens to messages on their way: the phone network, and the posts that tell of it. */
import type { Scheduler } from '../clock.ts';
import type { PhoneLog, PhoneMessage } from '../phones/phone-log.ts';
import { newSid, type TwilioAccount, type TwilioFile, type TwilioMessage } from './account.ts';
import { type Posted, postSigned } from './callbacks.ts';
import type { TwilioFaults } from './faults.ts';
import { inboundForm, statusForm } from './forms.ts';
import { fetchForSending } from './media.ts';

export interface WrittenByPerson {
  from: string;
  to: string;
  body?: string;
  files?: readonly { contentType: string; bytes: Uint8Array; missing?: number }[];
  /** What channels add: `ProfileName`, `Latitude`, `ButtonPayload`, `OriginalRepliedMessageSid` … */
  extra?: Readonly<Record<string, string>>;
  /** The message's SID; the same again is the same message, posted again. */
  sid?: string;
  /** Kept in the list of messages but not posted, as if everything failed that day. */
  unposted?: boolean;
}

/** What became of what a person wrote. */
export interface Received {
  message: TwilioMessage;
  posted: Posted | null;
  /** As it is on the phone; null where the same was there before. */
  text: PhoneMessage | null;
}

/** When the network reports by itself, in milliseconds after the message was taken; null: only by hand. */
export type TwilioReports = { sentAfter: number; deliveredAfter: number } | null;

export interface NetworkOptions {
  account: TwilioAccount;
  clock: Scheduler;
  faults: TwilioFaults;
  reports: TwilioReports;
  /** Does a messaging service with Advanced Opt-Out say what a STOP was? */
  advancedOptOut: boolean;
  apiUrl: () => string;
  /** Hears what happens. */
  log: PhoneLog;
}

export class TwilioNetwork {
  readonly #options: NetworkOptions;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** Resolves when nothing is being fetched or posted. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay]);
  }

  /** A message was taken: its files are fetched, then the network has it. */
  accept(message: TwilioMessage): void {
    this.#track(this.#bring(message));
  }

  async receive(written: WrittenByPerson): Promise<Received> {
    const { account, clock, advancedOptOut, apiUrl, log } = this.#options;
    const known = written.sid === undefined ? undefined : account.message(written.sid);
    const message = known ?? this.#write(written, clock.now());
    const text = known ? null : log.write(textOf(message));
    const optOut = account.optOut(message.from, message.to, message.body);
    if (written.unposted) return { message, posted: null, text };
    const extra = { ...(advancedOptOut && optOut && { OptOutType: optOut }), ...written.extra };
    const form = inboundForm(account, apiUrl(), message, extra);
    const number = account.number(message.to);
    const url = number?.sms_url || account.senders.get(message.to);
    if (!url) {
      log.unheard(message.from, `${message.to} has no webhook`);
      return { message, posted: null, text };
    }
    const posted = await this.#track(postSigned(account.token, url, form, number?.sms_fallback_url));
    if (!isTaken(posted)) log.unheard(message.from, `the webhook ${answerOf(posted)}`);
    return { message, posted, text };
  }

  /** Whatever the message's status was. */
  async report(sid: string, status: string, errorCode?: number): Promise<Posted | null> {
    const { account, clock, log } = this.#options;
    const message = account.message(sid);
    if (!message) throw new Error(`There is no message ${sid}.`);
    message.status = status;
    message.errorCode = errorCode ?? null;
    message.updated = clock.now();
    if (status === 'sent') message.sent = clock.now();
    const problem = errorCode === undefined ? null : `Twilio's error ${errorCode}`;
    const { to, statusCallback } = message;
    if (statusCallback === null) {
      log.report(sid, to, status, problem);
      return null;
    }
    const form = statusForm(account, message, status, errorCode);
    const posted = await this.#track(postSigned(account.token, statusCallback, form));
    log.report(sid, to, status, problem ?? (isTaken(posted) ? null : `the status callback ${answerOf(posted)}`));
    return posted;
  }

  #write({ from, to, body = '', files = [], sid }: WrittenByPerson, now: number): TwilioMessage {
    const message: TwilioMessage = {
      sid: sid ?? newSid(files.length > 0 ? 'MM' : 'SM'),
      direction: 'inbound',
      from,
      to,
      body,
      status: 'received',
      errorCode: null,
      messagingServiceSid: null,
      contentSid: null,
      files: files.map((file): TwilioFile => ({ missing: 0, ...file, sid: newSid('ME') })),
      statusCallback: null,
      parameters: new URLSearchParams(),
      created: now,
      updated: now,
      sent: now,
    };
    this.#options.account.messages.push(message);
    return message;
  }

  async #bring(message: TwilioMessage): Promise<void> {
    const { account, clock, faults, reports, log } = this.#options;
    const fails = (code: number) => this.report(message.sid, 'undelivered', code);
    try {
      for (const url of message.parameters.getAll('MediaUrl')) {
        message.files.push({ ...(await fetchForSending(url)), sid: newSid('ME'), missing: 0 });
      }
    } catch {
      await fails(63019);
      return;
    }
    const session = /^(whatsapp|messenger):/.test(message.to) && message.contentSid === null;
    if (session && !account.withinWindow(message.to, message.from, clock.now())) {
      await fails(63016);
      return;
    }
    const fault = faults.take('delivery', message.to);
    if (typeof fault === 'object' && 'code' in fault) {
      await fails(fault.code);
      return;
    }
    log.arrive(message.sid, textOf(message));
    if (!reports || fault === 'silent') return;
    const begun = clock.now();
    if (reports.sentAfter === 0) await this.report(message.sid, 'sent');
    else clock.at(begun + reports.sentAfter, () => this.#track(this.report(message.sid, 'sent')));
    clock.at(begun + reports.deliveredAfter, () => this.#track(this.report(message.sid, 'delivered')));
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const done = () => this.#underWay.delete(work);
    work.then(done, done);
    return work;
  }
}

function textOf({ from, to, body, files }: TwilioMessage) {
  const media = files.map(({ contentType, bytes }) => ({ contentType, filename: null, size: bytes.length }));
  return { from, to, body, media };
}

function isTaken({ status }: Posted): boolean {
  return status !== null && status < 300;
}

function answerOf({ status }: Posted): string {
  return status === null ? 'did not answer' : `answered ${status}`;
}

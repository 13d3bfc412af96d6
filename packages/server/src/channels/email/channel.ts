import { randomBytes } from 'node:crypto';
import type { Channel, Health, SenderHost } from '../channel.ts';
import type { InboundEvent, Ingested } from '../events.ts';
import type { Address, OutboundMessage, Plan, SendRequest, SendResult } from '../message.ts';
import { Turn } from '../turn.ts';
import { OwnAddresses } from './addresses.ts';
import { compose } from './compose.ts';
import type { EmailConfig } from './config.ts';
import type { FetchedMail } from './imap.ts';
import { type Envelope, eventsOf, type MailContext } from './inbound/events.ts';
import type { Mail } from './inbound/mail.ts';
import { readMailAside } from './inbound/read-aside.ts';
import type { Listeners, Receiver } from './listeners.ts';
import { Mailbox } from './mailbox.ts';
import { planMail } from './plan.ts';
import { type Sent, Smtp } from './smtp.ts';
import { Subjects } from './subjects.ts';

/** What tokens are made with, once it is there. */
interface Keyed {
  key: Buffer;
  own: OwnAddresses;
}

export class EmailChannel implements Channel {
  readonly name: string;
  /** Reports name the delivery, where servers send such; and the same mail has the same id. */
  readonly idempotency = { mode: 'correlate' } as const;
  readonly capabilities;
  readonly #config: EmailConfig;
  readonly #host: SenderHost;
  readonly #listeners: Listeners;
  readonly #smtp: Smtp;
  readonly #subjects: Subjects;
  /** Its folder is read by one server. */
  readonly #mailbox: Turn<Mailbox> | undefined;
  readonly #byAddress: OwnAddresses;
  #port: ReturnType<Listeners['attach']> | undefined;
  #keyed: Promise<Keyed> | undefined;
  #plainSender = false;

  constructor(config: EmailConfig, host: SenderHost, name: string, listeners: Listeners) {
    this.name = name;
    this.#config = config;
    this.#host = host;
    this.#listeners = listeners;
    this.#smtp = new Smtp(config, host);
    this.#subjects = new Subjects(host);
    this.#byAddress = new OwnAddresses(host.addresses, Buffer.alloc(0), config.plusAddresses);
    const take = (mail: FetchedMail) => this.#takeFromMailbox(mail);
    const read = () => {
      const mailbox = new Mailbox({ config, host, take });
      mailbox.start();
      return mailbox;
    };
    this.#mailbox = config.imapHost === undefined ? undefined : new Turn(host, 'mailbox', { mine: read });
    this.capabilities = capabilitiesOf(config);
  }

  owns(address: Address): boolean {
    return address.startsWith('mailto:') && this.#byAddress.find(address) !== undefined;
  }

  plan(message: OutboundMessage): Plan {
    return planMail(message, this.#config.maxBytes);
  }

  async send(request: SendRequest, signal: AbortSignal): Promise<SendResult> {
    const { result: first, refusedSender } = await this.#trySending(request, signal);
    let result = first;
    if (refusedSender && !this.#plainSender && this.#config.plusAddresses) {
      // Some providers let only the address itself out.
      const plain = await this.#trySending(request, signal, true);
      this.#plainSender = plain.result.outcome === 'accepted';
      result = plain.result;
    }
    if (result.outcome === 'accepted') await this.#noteSubject(request);
    return result;
  }

  async #trySending(request: SendRequest, signal: AbortSignal, plainSender = this.#plainSender): Promise<Sent> {
    let mail: Awaited<ReturnType<typeof compose>>;
    try {
      const threadSubject = await this.#subjects.of(request.conversation);
      const context = { ...(await this.#keys()), config: this.#config, threadSubject, plainSender };
      mail = await compose(request, context);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { result: rejectedFor(message), refusedSender: false };
    }
    return this.#smtp.send(mail, signal);
  }

  /** The mail is out: that its subject cannot be noted now must not have it sent again. */
  async #noteSubject({ conversation, subject }: SendRequest): Promise<void> {
    try {
      if (subject) await this.#subjects.begin(conversation, subject);
    } catch (error) {
      this.#host.logger.warn({ error, conversation }, 'the subject of a mail could not be noted');
    }
  }

  health(): Health {
    const inbound = [this.#mailbox?.current?.trouble, this.#port?.trouble()].filter(
      (one) => one !== null && one !== undefined,
    );
    const out = this.#smtp.trouble;
    if (inbound.length === 0 && out === null) return { state: 'up' };
    const reason = [out, ...inbound].filter((one) => one !== null).join(' ');
    return { state: out !== null && (inbound.length > 0 || !this.#takesMail()) ? 'down' : 'degraded', reason };
  }

  start(): void {
    this.#mailbox?.start();
    const { listenPort: port, listenHost: host } = this.#config;
    if (port === undefined) return;
    const { clock, logger } = this.#host;
    this.#port = this.#listeners.attach({ host, port, clock, logger }, this.#receiver());
  }

  async stop(): Promise<void> {
    await Promise.all([this.#mailbox?.stop(), this.#port?.detach()]);
    this.#smtp.close();
  }

  #takesMail(): boolean {
    return this.#mailbox !== undefined || this.#port !== undefined;
  }

  #receiver(): Receiver {
    return {
      maxBytes: this.#config.maxBytes,
      owns: async (address) => {
        const { own } = await this.#keys();
        const found = own.find(address);
        if (!found) return false;
        return found.tag === null || own.conversationOf(found) !== undefined || own.deliveryOf(found) !== undefined;
      },
      take: (source, envelope) => this.#take(source, envelope),
    };
  }

  async #takeFromMailbox({ source, size }: FetchedMail): Promise<boolean> {
    return (await this.#take(source, undefined, size)) === null;
  }

  /** @returns why it is not taken in; null when it is, and on disk */
  async #take(source: Buffer, envelope: Envelope | undefined, size = source.length): Promise<string | null> {
    const mail = await readMailAside(source);
    const found = eventsOf(size > source.length ? onlyBegun(mail, size) : mail, await this.#context(envelope));
    if ('ignored' in found) {
      this.#host.logger.info({ reason: found.ignored, id: mail.messageId }, 'a mail is not taken in');
      return found.ignored;
    }
    for (const note of found.notes ?? []) this.#host.logger.warn(note, 'a mail server reports on a mail of ours');
    const taken = await this.#host.ingest(found.events);
    await this.#noteSubjects(found.events, taken);
    return null;
  }

  async #noteSubjects(events: readonly InboundEvent[], taken: readonly Ingested[]): Promise<void> {
    for (const [at, event] of events.entries()) {
      const routing = taken[at]?.type === 'message' ? taken[at].routing : undefined;
      if (event.type !== 'message' || event.subject === undefined || !routing?.conversation) continue;
      await this.#subjects.begin(routing.conversation, event.subject);
    }
  }

  async #context(envelope: Envelope | undefined): Promise<MailContext> {
    const { authenticationServer, trustFrom } = this.#config;
    return { ...(await this.#keys()), now: this.#host.clock.now(), authenticationServer, trustFrom, envelope };
  }

  /** The key is made once and noted: what went out long ago is still answered. */
  #keys(): Promise<Keyed> {
    this.#keyed ??= this.#openKey().catch((error) => {
      this.#keyed = undefined;
      throw error;
    });
    return this.#keyed;
  }

  async #openKey(): Promise<Keyed> {
    const noted =
      (await this.#host.recall<string>('key')) ??
      (await this.#host.noteOnce('key', randomBytes(32).toString('base64')));
    const key = Buffer.from(noted, 'base64');
    return { key, own: new OwnAddresses(this.#host.addresses, key, this.#config.plusAddresses) };
  }
}

/** What belongs to the mail cannot be read now. */
function rejectedFor(message: string): SendResult {
  return { outcome: 'rejected', error: { kind: 'temporary', code: 'not-composed', message } };
}

function capabilitiesOf({ maxBytes, imapHost, listenPort }: EmailConfig) {
  return {
    text: { most: 1_000_000, unit: 'characters' },
    media: { types: ['*/*'], maxBytes: Math.floor(maxBytes * 0.7), perPiece: 100, caption: 1_000_000 },
    receipts: ['sent', 'delivered', 'undelivered'],
    rich: [],
    replies: true,
    reactions: 'none',
    window: null,
    groups: false,
    inbound: imapHost === undefined && listenPort === undefined ? [] : ['stream'],
  } as const satisfies Channel['capabilities'];
}

/** Its text and files are not whole; people are told, and find the rest in the mailbox. */
function onlyBegun(mail: Mail, size: number): Mail {
  const note = `[This mail has ${size} bytes, too many to be taken in. All of it is in the mailbox.]`;
  return { ...mail, text: `${note}\n\n${mail.text}`.trim(), files: [] };
}

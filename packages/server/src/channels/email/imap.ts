/** Connections to a mailbox, and what is asked there. */
import type { ImapFlow } from 'imapflow';
import type { SenderHost } from '../channel.ts';
import { type EmailConfig, imapLogin } from './config.ts';
import { targetFor, trust } from './connection.ts';

/** Milliseconds. */
const connectTimeout = 15_000;
/** Servers drop whoever idles for half an hour (RFC 2177), routers much earlier. */
const idleTime = 4 * 60 * 1000;
const silenceTimeout = 5 * 60 * 1000;

/** Of a mail that is larger than what is taken, this much is read: its headers, and the beginning of its text. */
const readOfLarge = 64 * 1024;

export interface FetchedMail {
  uid: number;
  source: Buffer;
  /** Bytes; larger than the source where only its beginning was read. */
  size: number;
}

/** One connection. It is of no use any more once it has ended. */
export class ImapConnection {
  readonly #flow: ImapFlow;
  readonly #maxBytes: number;
  #error: Error | undefined;
  #arrived = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();

  private constructor(flow: ImapFlow, maxBytes: number) {
    this.#flow = flow;
    this.#maxBytes = maxBytes;
    flow.on('error', (error: Error) => {
      this.#error ??= error;
    });
    flow.on('exists', () => this.#arrived.resolve());
    flow.on('close', () => this.#ended.resolve());
  }

  /** Logs in and opens the folder. @throws what the server or the network say */
  static async open(config: EmailConfig, host: SenderHost): Promise<ImapConnection> {
    const { imapHost: server = '', imapPort: port, imapTls: tls, imapFolder, maxBytes, certificates } = config;
    const target = await targetFor(host, { server, port, tls });
    // Loaded only where there is a mailbox: it takes some 70 ms, which no start has to wait for.
    const imap = await import('imapflow');
    const flow = new imap.ImapFlow({
      host: target.address,
      port: target.port,
      ...(target.name !== undefined && { servername: target.name }),
      secure: tls === 'tls',
      ...(tls !== 'tls' && { doSTARTTLS: tls === 'starttls' }),
      tls: trust(certificates),
      auth: imapLogin(config) ?? { user: '' },
      logger: false,
      disableAutoIdle: true,
      maxIdleTime: idleTime,
      connectionTimeout: connectTimeout,
      greetingTimeout: connectTimeout,
      socketTimeout: silenceTimeout,
    });
    const connection = new ImapConnection(flow, maxBytes);
    try {
      await flow.connect();
      await flow.mailboxOpen(imapFolder);
    } catch (error) {
      flow.close();
      throw error;
    }
    return connection;
  }

  /** Of the folder. Another one than before: the server numbered its mails anew. */
  get uidValidity(): string {
    return this.#flow.mailbox ? String(this.#flow.mailbox.uidValidity) : '';
  }

  /** The number that the next mail will have, at least. */
  get uidNext(): number {
    return this.#flow.mailbox ? this.#flow.mailbox.uidNext : 1;
  }

  /** @throws once the connection has ended */
  async uidsAfter(last: number): Promise<number[]> {
    this.#arrived = Promise.withResolvers<void>();
    const found = await this.#flow.search({ uid: `${last + 1}:*` }, { uid: true });
    // Where there is nothing new, "*" still means the last one.
    return this.#ordered(found).filter((uid) => uid > last);
  }

  /** By the day on which the server got them. */
  async uidsSince(time: number): Promise<number[]> {
    return this.#ordered(await this.#flow.search({ since: new Date(time) }, { uid: true }));
  }

  /** Undefined when it is gone by now. */
  async fetch(uid: number): Promise<FetchedMail | undefined> {
    const about = await this.#flow.fetchOne(String(uid), { uid: true, size: true }, { uid: true });
    if (!about) return undefined;
    const size = about.size ?? 0;
    const source = size > this.#maxBytes ? { start: 0, maxLength: readOfLarge } : true;
    const mail = await this.#flow.fetchOne(String(uid), { uid: true, source }, { uid: true });
    const bytes = mail ? mail.source : undefined;
    return bytes && { uid, source: bytes, size: Math.max(size, bytes.length) };
  }

  async markSeen(uid: number): Promise<void> {
    await this.#flow.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true });
  }

  /** The name under which the server that brought the last mail wrote what it had checked. */
  async authenticationServer(): Promise<string | undefined> {
    const last = this.uidNext - 1;
    const uids = last > 0 ? await this.uidsAfter(Math.max(0, last - 1)) : [];
    const uid = uids.at(-1);
    if (uid === undefined) return undefined;
    const found = await this.#flow.fetchOne(String(uid), { headers: ['authentication-results'] }, { uid: true });
    if (!found) return undefined;
    return /:\s*([^\s;]+)/.exec(found.headers?.toString() ?? '')?.[1];
  }

  /** Resolves when there may be something new. @throws once the connection has ended */
  async wait(): Promise<void> {
    // When the line is cut, idling does not end by itself.
    const idling = this.#flow.idle().catch(() => undefined);
    await Promise.race([this.#arrived.promise, this.#ended.promise, idling]);
    if (!this.#flow.usable) throw this.#error ?? new Error('The server ended the connection.');
  }

  async close(): Promise<void> {
    // A server that does not answer to the good-bye is left without.
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, 1000);
    await Promise.race([this.#flow.logout().catch(() => undefined), late]);
    clearTimeout(timer);
    this.#flow.close();
  }

  #ordered(found: number[] | false | undefined): number[] {
    if (!found) throw this.#error ?? new Error('The server does not say which mails there are.');
    return [...found].sort((one, other) => one - other);
  }
}

/** Reads a folder as mail comes in, from where it left off, over whatever connections that takes. */
import type { SenderHost } from '../channel.ts';
import type { EmailConfig } from './config.ts';
import { type FetchedMail, ImapConnection } from './imap.ts';

/** Milliseconds. */
const firstRetry = 1000;
const longestRetry = 5 * 60 * 1000;
/** So much is read anew when the server numbered its mails anew. Repetitions are known for longer than that. */
const rescanned = 3 * 24 * 60 * 60 * 1000;

/** How far the folder was read, as it is noted. */
interface Cursor {
  uidValidity: string;
  uid: number;
}

const cursorName = 'mailbox';

export interface MailboxOptions {
  config: EmailConfig;
  host: SenderHost;
  /** Takes a mail in; resolves when that is on disk. @returns false for what is not for us, which stays unseen */
  take(mail: FetchedMail): Promise<boolean>;
}

export class Mailbox {
  readonly #options: MailboxOptions;
  #connection: ImapConnection | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;
  #wake: () => void = () => undefined;
  /** Why nothing is read at the moment; null when the folder is being read. */
  trouble: string | null = 'The mailbox was not opened so far.';

  constructor(options: MailboxOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#connection?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { config, host } = this.#options;
    for (let failures = 0; !this.#stopped; failures += 1) {
      try {
        this.#connection = await ImapConnection.open(config, host);
        // Asked to stop while it connected.
        if (this.#stopped) return await this.#connection.close();
        await this.#read(this.#connection, () => {
          failures = 0;
          this.trouble = null;
        });
      } catch (error) {
        if (this.#stopped) return;
        this.trouble = reasonOf(error);
        host.logger.warn({ reason: this.trouble }, 'the mailbox cannot be read at the moment');
      }
      await this.#connection?.close();
      await this.#pause(Math.min(longestRetry, firstRetry * 2 ** failures));
    }
  }

  /** Until the connection ends or it is stopped. */
  async #read(connection: ImapConnection, onRead: () => void): Promise<void> {
    let cursor = await this.#begin(connection);
    while (!this.#stopped) {
      for (const uid of await connection.uidsAfter(cursor.uid)) {
        await this.#take(connection, uid);
        cursor = { ...cursor, uid };
        await this.#options.host.note(cursorName, cursor);
        if (this.#stopped) return;
      }
      onRead();
      await connection.wait();
    }
  }

  /** Where to go on: at first with what is new from now on. */
  async #begin(connection: ImapConnection): Promise<Cursor> {
    const { host } = this.#options;
    const { uidValidity, uidNext } = connection;
    const noted = await host.recall<Cursor>(cursorName);
    if (noted?.uidValidity === uidValidity) return noted;
    const begin = { uidValidity, uid: uidNext - 1 };
    if (noted) {
      host.logger.warn(
        { before: noted.uidValidity, now: uidValidity },
        'the mailbox was numbered anew; it is read again',
      );
      const recent = await connection.uidsSince(host.clock.now() - rescanned);
      for (const uid of recent.filter((one) => one <= begin.uid)) await this.#take(connection, uid);
    }
    await host.note(cursorName, begin);
    return begin;
  }

  async #take(connection: ImapConnection, uid: number): Promise<void> {
    const mail = await connection.fetch(uid);
    if (mail && (await this.#options.take(mail))) await connection.markSeen(uid);
  }

  #pause(milliseconds: number): Promise<void> {
    const { clock } = this.#options.host;
    return new Promise((resolve) => {
      if (this.#stopped) return resolve();
      const callOff = clock.at(clock.now() + milliseconds, resolve);
      this.#wake = () => {
        callOff();
        resolve();
      };
    });
  }
}

/** What the server says where it says something, without what was sent to it. */
export function reasonOf(error: unknown): string {
  const { message, responseText, authenticationFailed } = error as Error & {
    responseText?: string;
    authenticationFailed?: boolean;
  };
  if (authenticationFailed) return `The login was refused: ${responseText ?? message}`;
  return responseText ?? message;
}

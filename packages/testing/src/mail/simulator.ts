/**
 * A mail provider: takes mail by SMTP from whoever may log in, and has a mailbox behind IMAP. Mail to addresses of the
 * mailbox goes there, all other mail is kept as sent. It refuses what such servers refuse, fails on demand, and sends
 * the reports that real ones send.
 */
import type { AddressInfo, Server } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { type Scheduler, systemClock } from '../clock.ts';
import { PhoneLog } from '../phones/phone-log.ts';
import { type MailFault, MailFaults } from './faults.ts';
import { ImapServer } from './imap-server.ts';
import { MailFolder } from './mailbox.ts';
import { autoReplyTo, type ReportOptions, reportOn, type SentMail } from './reports.ts';

export interface MailSimulatorOptions {
  /** The address of the mailbox; plus-addresses of it are its own. */
  address?: string;
  user?: string;
  password?: string;
  /** PEM. With it both ports talk TLS from the first byte; without it, not at all. */
  tls?: { key: string; cert: string };
  clock?: Scheduler;
  /** Bytes. What is larger is refused with 552. */
  maxBytes?: number;
  /** New recipients are told to come again, once: greylisting. */
  greylists?: boolean;
  /** Mail goes out under the address of the mailbox alone, not under plus-addresses of it. */
  plainSenders?: boolean;
  smtpPort?: number;
  imapPort?: number;
}

export interface JournalEntry {
  at: number;
  protocol: 'smtp' | 'imap';
  what: string;
}

export interface MailSimulator {
  /** `smtp://127.0.0.1:…`. */
  url: string;
  host: string;
  smtpPort: number;
  imapPort: number;
  journal: JournalEntry[];
  /** What went to others than the mailbox, in order. */
  sent: SentMail[];
  folder: MailFolder;
  imap: ImapServer;
  /** Makes it fail. */
  fail(fault: MailFault): void;
  repair(): void;
  /** Puts a report into the mailbox that the mail's sender names. */
  report(mail: SentMail, options: ReportOptions): void;
  autoReply(mail: SentMail, text?: string): void;
  /** What people see in their mail programs, and what happens on the way there. */
  log: PhoneLog;
  /** Hears of each mail that goes to others than the mailbox. @returns a function that ends it */
  onSent(listener: (mail: SentMail) => void): () => void;
  /** Resolves once somebody has looked into the mailbox and waits for mail: what came before may be old to him. */
  whenWatched(): Promise<void>;
  /** Resolves when that many mails went out. */
  whenSent(count: number): Promise<void>;
  close(): Promise<void>;
}

class SmtpRefusal extends Error {
  readonly responseCode: number;
  constructor(answer: string) {
    super(answer.slice(4));
    this.responseCode = Number(answer.slice(0, 3));
  }
}

export async function startMailSimulator(options: MailSimulatorOptions = {}): Promise<MailSimulator> {
  const { address = 'support@example.test', user = 'support', password = 'secret', clock = systemClock } = options;
  const journal: JournalEntry[] = [];
  const watched = Promise.withResolvers<void>();
  const note = (protocol: JournalEntry['protocol'], what: string) => {
    journal.push({ at: clock.now(), protocol, what });
    if (what === 'IDLE') watched.resolve();
  };
  const faults = new MailFaults();
  const folder = new MailFolder(() => clock.now());
  const sent: SentMail[] = [];
  const log = new PhoneLog(clock);
  const listeners = new Set<(mail: SentMail) => void>();
  const waiting = new Set<() => void>();
  const greeted = new Set<string>();
  const { tls } = options;

  const refuse = (at: MailFault['at'], recipients?: readonly string[]) => {
    const fault = faults.due(at, recipients);
    if (fault?.answer !== undefined) throw new SmtpRefusal(fault.answer);
  };
  /** Answers with what the check throws; a check that returns false has answered in another way. */
  const answer = (done: (error?: Error | null) => void, check: () => unknown): void => {
    let answered: unknown;
    try {
      answered = check();
    } catch (error) {
      if (error instanceof SmtpRefusal) log.refuse('SMTP', `${error.responseCode} ${error.message}`);
      done(error as Error);
      return;
    }
    if (answered !== false) done();
  };
  const isOwn = (recipient: string) => recipient.toLowerCase().replace(/\+[^@]*(?=@)/, '') === address.toLowerCase();

  const smtp: SMTPServer = new SMTPServer({
    ...(tls ? { secure: true, ...tls } : { disabledCommands: ['STARTTLS'], allowInsecureAuth: true }),
    authOptional: false,
    hideDSN: false,
    size: options.maxBytes ?? 25_000_000,
    logger: false,
    closeTimeout: 100,
    disableReverseLookup: true,
    onConnect: (_session, done) => {
      note('smtp', 'connect');
      answer(done, () => refuse('connect'));
    },
    onAuth: ({ username, password: given }, _session, done) => {
      note('smtp', `login ${username}`);
      answer(
        (error) => (error ? done(error) : done(null, { user: username })),
        () => {
          refuse('login');
          if (username !== user || given !== password) throw new SmtpRefusal('535 5.7.8 Wrong user or password');
        },
      );
    },
    onMailFrom: (from, _session, done) => {
      note('smtp', `from ${from.address}`);
      answer(done, () => {
        refuse('sender');
        const plain = from.address.toLowerCase() === address.toLowerCase();
        if (!isOwn(from.address) || (options.plainSenders && !plain))
          throw new SmtpRefusal('553 5.7.1 You may not send as that address');
      });
    },
    onRcptTo: (to, _session, done) => {
      note('smtp', `to ${to.address}`);
      answer(done, () => {
        refuse('recipient', [to.address]);
        if (!options.greylists || greeted.has(to.address)) return;
        greeted.add(to.address);
        throw new SmtpRefusal('451 4.7.1 Greylisted, come again');
      });
    },
    onData: (stream, session, done) => {
      const recipients = session.envelope.rcptTo.map((one) => one.address);
      if (faults.due('data', recipients)) return void hangUp(session);
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.once('end', () => {
        answer(done, () => {
          refuse('mail', recipients);
          if (stream.sizeExceeded) throw new SmtpRefusal('552 5.3.4 Too large');
          const lost = faults.due('dot', recipients);
          take(Buffer.concat(pieces), session);
          if (lost) return hangUp(session);
          return true;
        });
      });
    },
  });
  smtp.on('error', () => undefined);

  const hangUp = (session: SMTPServerSession): false => {
    for (const connection of smtp.connections) {
      const { session: its, _socket: socket } = connection as unknown as {
        session: { id: string };
        _socket: { destroy(): void };
      };
      if (its.id === session.id) socket.destroy();
    }
    return false;
  };

  function take(source: Buffer, { envelope }: SMTPServerSession): void {
    const sender = envelope.mailFrom ? envelope.mailFrom.address : '';
    note('smtp', `mail of ${source.length} bytes`);
    for (const { address: recipient, dsn } of envelope.rcptTo) {
      const mail = { sender, recipient, envelopeId: envelope.dsn?.envid ?? null, notify: dsn?.notify ?? [], source };
      if (isOwn(recipient)) folder.deliver(Buffer.concat([Buffer.from(trace(mail)), source]));
      else {
        sent.push(mail);
        for (const listener of listeners) listener(mail);
      }
    }
    for (const look of waiting) look();
  }

  const imap = new ImapServer({ folder, user, password, tls, note: (command) => note('imap', command) });
  const smtpPort = await listen(smtp.server, options.smtpPort);
  const imapPort = await listen(imap.server, options.imapPort);
  return {
    url: `smtp://127.0.0.1:${smtpPort}`,
    host: '127.0.0.1',
    smtpPort,
    imapPort,
    journal,
    sent,
    folder,
    imap,
    fail: (fault) => faults.add(fault),
    repair: () => faults.clear(),
    log,
    onSent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    whenWatched: () => watched.promise,
    report: (mail, what) => void folder.deliver(reportOn(mail, what)),
    autoReply: (mail, text) => void folder.deliver(autoReplyTo(mail, text)),
    whenSent: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (sent.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      imap.drop();
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
      await new Promise<void>((resolve) => imap.server.close(() => resolve()));
    },
  };
}

function trace({ sender, recipient }: Pick<SentMail, 'sender' | 'recipient'>): string {
  return `Return-Path: <${sender}>\r\nDelivered-To: ${recipient}\r\n`;
}

function listen(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

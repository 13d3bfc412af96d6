/** Mail on its way out: a few connections to one server, opened when they are needed. */
import { connect, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { createTransport, type SendMailOptions, type Transporter } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool';
import type { Logger } from 'pino';
import type { SenderHost } from '../channel.ts';
import type { SendResult } from '../message.ts';
import { type EmailConfig, smtpLogin } from './config.ts';
import { targetFor, trust } from './connection.ts';
import { isRefusedSender, outcomeOf, type Progress, type SmtpError } from './smtp-errors.ts';

/** Servers count connections, and few mails are sent at once. */
const mostConnections = 3;
/** Milliseconds. Everything here happens within the time that a send may take. */
const connectTimeout = 10_000;
const silenceTimeout = 60_000;

export interface Sent {
  result: SendResult;
  /** It might go out under another sender of the envelope. */
  refusedSender: boolean;
}

type Mails = Transporter<SMTPPool.SentMessageInfo, SMTPPool.Options>;

export class Smtp {
  readonly #mails: Mails;
  /** By their Message-IDs. */
  readonly #progress = new Map<string, Progress>();
  /** Why nothing can be sent; null when the last attempt says nothing of that kind. */
  trouble: string | null = null;

  constructor(config: EmailConfig, host: SenderHost) {
    this.#mails = transportOf(config, host, host.logger);
    this.#mails.use('stream', (mail, done) => {
      const id = String(mail.data.messageId);
      mail.message.transform(() => this.#watch(id));
      done();
    });
  }

  /** Never throws. */
  async send(mail: SendMailOptions, signal: AbortSignal): Promise<Sent> {
    const id = String(mail.messageId);
    this.#progress.set(id, 'nothing');
    try {
      const info = await this.#mails.sendMail({ ...mail, signal });
      this.trouble = null;
      // Some providers put an id of their own in the place of ours; answers and reports name that one.
      const result = { outcome: 'accepted', providerId: info.serverMessageId ?? id, status: 'sent' } as const;
      return { result, refusedSender: false };
    } catch (error) {
      const result = outcomeOf(error as SmtpError, this.#progress.get(id) ?? 'nothing');
      this.trouble = troubleOf(result);
      return { result, refusedSender: isRefusedSender(error as SmtpError) };
    } finally {
      this.#progress.delete(id);
    }
  }

  /** Logs in. @throws what keeps it from that */
  async verify(): Promise<void> {
    await this.#mails.verify();
  }

  close(): void {
    this.#mails.close();
  }

  /** What the connection has read has been written, as far as anybody can know. */
  #watch(id: string): Transform {
    const through = new Transform({
      transform: (piece, _encoding, done) => {
        if (this.#progress.has(id)) this.#progress.set(id, 'some');
        done(null, piece);
      },
    });
    return through.once('end', () => {
      if (this.#progress.has(id)) this.#progress.set(id, 'all');
    });
  }
}

/** Only what concerns all mails. */
function troubleOf(result: SendResult): string | null {
  if (result.outcome !== 'rejected') return null;
  const { kind, scope, message } = result.error;
  return kind === 'credentials' || scope === 'sender' ? message : null;
}

function transportOf(config: EmailConfig, host: SenderHost, logger: Logger): Mails {
  const { smtpHost: server, smtpPort: port, smtpTls: tls, certificates } = config;
  const login = smtpLogin(config);
  const options: SMTPPool.Options & { pool: true } = {
    pool: true,
    maxConnections: mostConnections,
    maxMessages: 100,
    // For a connection that the server closed while nothing was sent. All else is decided elsewhere, by what is known.
    maxRequeues: 1,
    host: server,
    port,
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'off',
    ...(login && { auth: login }),
    tls: trust(certificates),
    connectionTimeout: connectTimeout,
    greetingTimeout: silenceTimeout,
    socketTimeout: silenceTimeout,
    getSocket: (_options, callback) => {
      open(host, { server, port, tls }).then(
        (connection) => callback(null, { connection }),
        (error: Error) => callback(Object.assign(error, { code: 'ECONNECTION', command: 'CONN' })),
      );
    },
  };
  const transport = createTransport(options) as Mails;
  transport.on('error', (error) => logger.warn({ error }, 'a connection to the mail server failed'));
  return transport;
}

async function open(host: SenderHost, where: Parameters<typeof targetFor>[1]): Promise<Socket> {
  const { address, port } = await targetFor(host, where);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, timeout: connectTimeout });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.once('error', fail);
    socket.once('timeout', () => fail(new Error(`${where.server} did not answer within ${connectTimeout} ms.`)));
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.removeAllListeners();
      resolve(socket);
    });
  });
}

import { parseAddress } from '../../core/addresses.ts';
import type { ChannelModule, Check, SenderHost } from '../channel.ts';
import { EmailChannel } from './channel.ts';
import { type EmailConfig, emailSchema } from './config.ts';
import { ImapConnection } from './imap.ts';
import { Listeners } from './listeners.ts';
import { reasonOf } from './mailbox.ts';
import { Smtp } from './smtp.ts';

const listeners = new Listeners();

/** E-mail: out by SMTP, in from a mailbox (IMAP) or from a mail server that hands it over (SMTP). */
export const emailModule: ChannelModule<EmailConfig> = {
  type: 'email',
  title: 'E-mail',
  schema: emailSchema,
  secrets: ['smtpPassword', 'imapPassword'],
  accepts: (address) => {
    const parsed = parseAddress(address);
    return parsed.ok && parsed.type === 'email' && !address.slice(0, address.lastIndexOf('@')).includes('+');
  },
  check,
  create: (config, host, name) => new EmailChannel(config, host, name, listeners),
};

/** Logs in to both servers. Neither says which addresses belong to it. */
async function check(config: EmailConfig, host: SenderHost, signal: AbortSignal): Promise<Check> {
  const notes: string[] = [];
  const steps: [what: string, run: () => Promise<void>][] = [
    ['Mail cannot be sent', () => tryToSend(config, host)],
    ...(config.imapHost === undefined
      ? []
      : [['The mailbox cannot be read', () => tryToRead(config, host, notes)] as [string, () => Promise<void>]]),
  ];
  for (const [what, run] of steps) {
    try {
      await Promise.race([run(), givenUp(signal)]);
    } catch (error) {
      return { ok: false, reason: `${what}: ${reasonOf(error)}` };
    }
  }
  if (config.imapHost === undefined && config.listenPort === undefined) {
    notes.push('Nothing comes in: neither a mailbox nor a port is configured. Answers and reports are not seen.');
  }
  if (config.authenticationServer === undefined && !config.trustFrom) {
    notes.push(
      'No authenticationServer is named: a mail that answers nothing of ours begins a conversation of its own, since ' +
        'nothing proves whom it is from.',
    );
  }
  return { ok: true, addresses: [], notes };
}

async function tryToSend(config: EmailConfig, host: SenderHost): Promise<void> {
  const smtp = new Smtp(config, host);
  try {
    await smtp.verify();
  } finally {
    smtp.close();
  }
}

async function tryToRead(config: EmailConfig, host: SenderHost, notes: string[]): Promise<void> {
  const connection = await ImapConnection.open(config, host);
  try {
    const name = config.authenticationServer === undefined ? await connection.authenticationServer() : undefined;
    if (name !== undefined) notes.push(`The mailbox's server writes its Authentication-Results as ${name}.`);
  } finally {
    await connection.close();
  }
}

function givenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const give = () => reject(new Error('There was no answer in time.'));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}

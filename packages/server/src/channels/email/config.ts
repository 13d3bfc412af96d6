import { z } from 'zod';

const host = z.string().min(1).max(253);
const port = z.int().min(1).max(65_535);
const tls = z.enum(['starttls', 'tls', 'off']);

/** Where mail goes out, and where it comes in: by IMAP, by a port of its own, or by both. */
export const emailSchema = z
  .strictObject({
    smtpHost: host.describe('The server that takes our mail: a relay, or what a mail provider calls outgoing server.'),
    smtpPort: port.default(587).describe('587 as a rule, 465 with TLS from the first byte, 25 for a relay.'),
    smtpTls: tls.default('starttls').describe('`starttls`, `tls` from the first byte, or `off` within one machine.'),
    smtpUser: z.string().max(320).optional().describe('To log in with. Without it nobody logs in.'),
    smtpPassword: z.string().max(1024).optional().describe('Its password, or a password made for this program.'),
    imapHost: host.optional().describe('The server with the mailbox. Without it no mailbox is read.'),
    imapPort: port.default(993).describe('993 with TLS from the first byte, 143 otherwise.'),
    imapTls: tls.default('tls').describe('`tls` from the first byte, `starttls`, or `off` within one machine.'),
    imapUser: z.string().max(320).optional().describe('By default that of `smtpUser`.'),
    imapPassword: z.string().max(1024).optional().describe('By default that of `smtpPassword`.'),
    imapFolder: z.string().min(1).max(256).default('INBOX').describe('The folder that mail comes into.'),
    listenPort: port.optional().describe('A port where a mail server in front hands mail over by SMTP.'),
    listenHost: host.default('127.0.0.1').describe('The address of this machine that the port is opened on.'),
    certificates: z.string().max(100_000).optional().describe('PEM. Certificates that sign those of both servers.'),
    name: z.string().max(128).optional().describe('What people see as the sender: `Example Support`.'),
    showAuthor: z.boolean().default(true).describe('Put who wrote before that name: `ann (Example Support)`.'),
    subject: z.string().min(1).max(200).default('Your conversation with us').describe('Of a first mail without one.'),
    plusAddresses: z
      .boolean()
      .default(true)
      .describe('Mail to `support+anything@…` reaches `support@…`: answers and reports name what they are about.'),
    deliveryReports: z.boolean().default(true).describe('Ask servers to report when they delivered a mail.'),
    maxBytes: z
      .int()
      .min(100_000)
      .max(150_000_000)
      .default(25_000_000)
      .describe('The largest mail, out and in, as it is sent: a file takes up a third more than it has.'),
    authenticationServer: z
      .string()
      .max(253)
      .optional()
      .describe('Whose `Authentication-Results` are believed: the name that the own mail server writes there.'),
    trustFrom: z
      .boolean()
      .default(false)
      .describe('Let a mail that answers nothing join the conversation of whoever it says it is from, unproven.'),
  })
  .refine((config) => config.smtpUser === undefined || config.smtpPassword !== undefined, {
    message: 'smtpUser needs an smtpPassword.',
    path: ['smtpPassword'],
  })
  .refine((config) => config.imapHost === undefined || imapLogin(config) !== undefined, {
    message: 'imapHost needs imapUser and imapPassword, or those for SMTP.',
    path: ['imapUser'],
  });

export type EmailConfig = z.infer<typeof emailSchema>;

export type Tls = EmailConfig['smtpTls'];

export interface Login {
  user: string;
  pass: string;
}

type Credentials = { [Name in 'smtpUser' | 'smtpPassword' | 'imapUser' | 'imapPassword']?: string | undefined };

export function smtpLogin({ smtpUser: user, smtpPassword: pass }: Credentials): Login | undefined {
  return user === undefined || pass === undefined ? undefined : { user, pass };
}

export function imapLogin(config: Credentials): Login | undefined {
  const user = config.imapUser ?? config.smtpUser;
  const pass = config.imapPassword ?? config.smtpPassword;
  return user === undefined || pass === undefined ? undefined : { user, pass };
}

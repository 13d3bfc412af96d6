import PostalMime from 'postal-mime';
import { type Scheduler, systemClock } from '../clock.ts';
import type { PhoneNetwork } from '../phones/phone-network.ts';
import type { SentMail } from './reports.ts';
import type { MailSimulator } from './simulator.ts';

/** What a person's mail program goes by when it answers. */
interface Thread {
  subject: string;
  /** Of the last mail that arrived. */
  messageId: string;
  /** Where that wants its answers. */
  replyTo: string;
}

const reportAfter = 1000;

/**
 * People at their mail programs, whose mail is delivered as soon as it is sent: whoever wants a report gets one a second
 * later. They answer the last mail that arrived, or else begin.
 *
 * @param own the address of the mailbox
 */
export function mailPhones(simulator: MailSimulator, own: string, clock: Scheduler = systemClock): PhoneNetwork {
  const { log, folder } = simulator;
  const threads = new Map<string, Thread>();
  let written = 0;

  async function arrive(mail: SentMail): Promise<void> {
    const { text = '', subject = '', messageId = '', replyTo, attachments } = await PostalMime.parse(mail.source);
    const to = mail.recipient.toLowerCase();
    const media = attachments.map(({ mimeType, filename, content }) => ({
      contentType: mimeType,
      filename: filename ?? null,
      size: typeof content === 'string' ? content.length : content.byteLength,
    }));
    threads.set(to, { subject, messageId, replyTo: replyTo?.[0]?.address ?? own });
    const id = `${messageId} ${to}`;
    log.arrive(id, { from: own, to, body: text.trim(), media });
    if (!mail.notify.includes('SUCCESS')) return;
    clock.at(clock.now() + reportAfter, () => {
      simulator.report(mail, { action: 'delivered', status: '2.0.0' });
      log.report(id, to, 'delivered');
    });
  }
  simulator.onSent((mail) => {
    arrive(mail).catch((error: unknown) => log.refuse(`A mail to ${mail.recipient}`, String(error)));
  });

  return {
    title: 'E-mail',
    own: [own],
    phones: ['ann@example.org', 'eve@example.org'],
    note: null,
    log,
    addressOf: (raw) => {
      const address = raw.replace(/^mailto:/i, '').toLowerCase();
      return /^[^\s@<>]+@[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(address) ? address : undefined;
    },
    write: async (from, to, body) => {
      const thread = threads.get(from);
      written += 1;
      folder.deliver(
        [
          `Return-Path: <${from}>`,
          `Delivered-To: ${thread?.replyTo ?? to}`,
          `From: ${from}`,
          `To: ${thread?.replyTo ?? to}`,
          `Date: ${new Date(clock.now()).toUTCString().replace('GMT', '+0000')}`,
          `Message-ID: <${clock.now()}.${written}@mail.example.org>`,
          ...(thread ? [`In-Reply-To: ${thread.messageId}`, `References: ${thread.messageId}`] : []),
          `Subject: ${encoded(thread ? answering(thread.subject) : 'Hello')}`,
          'MIME-Version: 1.0',
          'Content-Type: text/plain; charset=utf-8',
          'Content-Transfer-Encoding: base64',
          '',
          Buffer.from(body).toString('base64').replace(/.{76}/g, '$&\r\n'),
          '',
        ].join('\r\n'),
      );
      return log.write({ from, to, body });
    },
  };
}

function answering(subject: string): string {
  return /^re:/i.test(subject) ? subject : `Re: ${subject}`;
}

/** RFC 2047, where it has to be. */
function encoded(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}

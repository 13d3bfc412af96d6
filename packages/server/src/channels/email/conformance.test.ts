import { type AddressInfo, createServer } from 'node:net';
import { type MailSimulator, startMailSimulator } from '@colloquy/testing';
import { createTransport } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll } from 'vitest';
import { type NetworkFault, testChannel } from '../conformance.ts';
import type { NetworkFile } from '../media/conformance.ts';
import { EmailChannel } from './channel.ts';
import { Listeners } from './listeners.ts';
import { ann, configOf, support, testHost } from './test-sender.ts';

let server: MailSimulator;
let port: number;
beforeAll(async () => {
  server = await startMailSimulator();
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
  port = (free.address() as AddressInfo).port;
  await new Promise((resolve) => free.close(resolve));
});
afterAll(() => server.close());

const faults: { readonly [F in NetworkFault]?: { at: 'sender' | 'recipient' | 'mail' | 'dot'; answer?: string } } = {
  temporary: { at: 'mail', answer: '451 4.3.0 Come again' },
  throttle: { at: 'mail', answer: '450 4.7.28 Too many messages' },
  credentials: { at: 'sender', answer: '530 5.7.0 Log in' },
  'bad-recipient': { at: 'recipient', answer: '550 5.1.1 No such user' },
  'bad-content': { at: 'mail', answer: '550 5.7.1 Spam' },
  'answer-lost': { at: 'dot' },
};

/** One mail for an id, however often it is sent: as servers repeat it that heard no answer. */
const written = new Map<string, Promise<Buffer>>();

testChannel(
  {
    name: 'email',
    idempotency: 'correlate',
    media: true,
    faults: ['temporary', 'throttle', 'credentials', 'bad-recipient', 'bad-content', 'answer-lost'],
  },
  ({ core }, host) => {
    // Otherwise it would take a file of 150 MB to be too large.
    Object.assign(core, { limits: { ...core.limits, mediaBytes: 300_000 } });
    server.sent.length = 0;
    server.repair();
    written.clear();
    const config = configOf({ smtpPort: server.smtpPort, listenPort: port, trustFrom: true, maxBytes: 150_000_000 });
    const channel = new EmailChannel(config, { ...testHost(), ...host }, 'email', new Listeners());
    const mails = () => Promise.all(server.sent.map(({ source }) => PostalMime.parse(source)));

    async function write(id: string, text: string, files: readonly NetworkFile[] = []): Promise<void> {
      const raw = written.get(id) ?? build(id, text, files);
      written.set(id, raw);
      await handOver({ from: 'ann@example.org', to: 'support@example.test' }, await raw);
    }
    async function handOver(envelope: { from: string; to: string }, raw: Buffer): Promise<void> {
      const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
      try {
        await transport.sendMail({ envelope, raw });
      } finally {
        transport.close();
      }
    }
    /** Servers report what they delivered, sooner or later. */
    let reported = 0;
    async function report(): Promise<void> {
      for (let mail = server.sent[reported]; mail; mail = server.sent[reported]) {
        reported += 1;
        server.report(mail, { action: 'delivered', status: '2.0.0' });
        await handOver({ from: '', to: mail.sender }, server.folder.mails.at(-1)?.source ?? Buffer.alloc(0));
      }
    }
    async function build(id: string, text: string, files: readonly NetworkFile[]): Promise<Buffer> {
      const attachments = files.map(({ filename, contentType, bytes }) => ({
        filename: filename ?? (false as const),
        contentType,
        content: Buffer.from(bytes),
      }));
      const mail = {
        from: 'Ann <ann@example.org>',
        to: 'support@example.test',
        messageId: `<${id}@example.org>`,
        text,
        attachments,
      };
      return new MailComposer(mail).compile().build();
    }

    return {
      channel,
      sender: support,
      recipient: ann,
      breakNext: async (fault, count) => {
        const how = faults[fault];
        if (how) server.fail({ ...how, count });
      },
      repair: async () => server.repair(),
      arrived: async () => (await mails()).map(({ text }) => (text ?? '').trim()),
      write: (id, text) => write(id, text),
      media: {
        arrived: async () =>
          (await mails()).flatMap(({ attachments }) =>
            attachments.map(({ mimeType, filename, content }) => ({
              contentType: mimeType,
              filename,
              bytes: new Uint8Array(content as ArrayBuffer),
            })),
          ),
        write: (id, files, text = '') => write(id, text, files),
        // The mail is larger than that, and smaller than a mail may be.
        tooLarge: 300_000,
      },
      idle: report,
    };
  },
);

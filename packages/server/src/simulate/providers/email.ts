import { setTimeout as wait } from 'node:timers/promises';
import { mailPhones, serveMail, startMailSimulator } from '@colloquy/testing';
import { requireOwn } from '../own-address.ts';
import type { Provider } from '../provider.ts';

const usualPort = 2525;
const imapPort = 2143;
const facePort = 8025;
/** Until the server has looked into the mailbox, in milliseconds. */
const longestWait = 5000;
const login = { user: 'support', password: 'simulated-password' };

export const email: Provider = {
  name: 'email',
  about: 'a mail provider: SMTP, and a mailbox behind IMAP',
  port: usualPort,
  own: 'support@example.test',
  async start({ port, own }) {
    const address = requireOwn(own, /@/, 'an e-mail address');
    const isUsual = port === usualPort;
    const simulator = await startMailSimulator({
      ...login,
      address,
      smtpPort: port,
      imapPort: isUsual ? imapPort : 0,
    });
    const phones = mailPhones(simulator, address);
    const face = await serveMail(simulator, phones, { port: isUsual ? facePort : 0 });
    const { host } = simulator;
    return {
      phones,
      url: face.url,
      facts: [
        ['SMTP', `${host}, port ${simulator.smtpPort}, without TLS`],
        ['IMAP', `${host}, port ${simulator.imapPort}, without TLS`],
        ['User', login.user],
        ['Password', login.password],
      ],
      sender: {
        type: 'email',
        addresses: [address],
        config: {
          smtpHost: host,
          smtpPort: simulator.smtpPort,
          smtpTls: 'off',
          smtpUser: login.user,
          smtpPassword: login.password,
          imapHost: host,
          imapPort: simulator.imapPort,
          imapTls: 'off',
          // Nobody vouches for people here, and nobody can pretend.
          trustFrom: true,
        },
      },
      // The server looks into the mailbox; what is there before its first look is not news.
      reportTo: () => Promise.race([simulator.whenWatched(), wait(longestWait, undefined, { ref: false })]),
      faults: [
        { what: 'The next mail has to come again', fault: { at: 'recipient', answer: '451 4.7.1 Come again.' } },
        { what: 'The next one is refused: no such person', fault: { at: 'recipient', answer: '550 5.1.1 Unknown.' } },
        { what: 'The next one is taken, but the answer gets lost', fault: { at: 'dot' } },
      ],
      close: async () => {
        await face.close();
        await simulator.close();
      },
    };
  },
};

/** The `smpp` package of npm, which nobody here wrote, as the SMSC that we bind at. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Server } from 'node:net';
import { ManualClock } from '@colloquy/testing';
import smpp, { type Pdu, type Session } from 'smpp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  decodeText,
  encodedText,
  encodePiece,
  isReceipt,
  Link,
  parseReceipt,
  splitText,
  type TextOptions,
} from '../src/index.ts';

const options: TextOptions = { defaultAlphabet: 'gsm', latin1: false, concatenation: 'udh8' };
const source = { ton: 1, npi: 1, address: '12025550100' };
const destination = { ton: 1, npi: 1, address: '447700900123' };

let server: Server;
let peer: Promise<Session>;
let submitted: Pdu[];
let link: Link;
let came: string[];

beforeEach(async () => {
  const { promise, resolve } = Promise.withResolvers<Session>();
  peer = promise;
  submitted = [];
  came = [];
  server = smpp.createServer((session) => {
    session.on('error', () => {});
    session.on('bind_transceiver', (pdu: Pdu) => {
      session.send(pdu.response({ command_status: pdu['password'] === 'secret1' ? 0 : 0x0e }));
      resolve(session);
    });
    session.on('submit_sm', (pdu: Pdu) => {
      submitted.push(pdu);
      session.send(pdu.response({ message_id: String(submitted.length) }));
    });
    session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu: Pdu) => {
      session.send(pdu.response());
      session.close();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((bound) => {
    link = new Link({
      clock: new ManualClock(),
      mode: 'transceiver',
      perSecond: 1000,
      window: 10,
      random: () => 1,
      connect: () => connect(port, '127.0.0.1'),
      account: { systemId: 'conv', password: 'secret1' },
      onMessage: (pdu, session) => {
        if (pdu.command === 'deliver_sm' && isReceipt(pdu)) came.push(parseReceipt(pdu, pdu.shortMessage).state ?? '');
        else if (pdu.command === 'deliver_sm') {
          came.push(decodeText(encodedText(pdu.dataCoding, pdu.shortMessage, 'gsm', 0)) ?? '');
        }
        session.answer(pdu);
      },
      onState: () => {
        if (link.state.state === 'bound') bound();
      },
    });
    link.start();
  });
});
afterEach(async () => {
  await link.stop();
  server.close();
});

const say = async (text: string) => {
  const { alphabet, pieces } = splitText(text, options);
  for (const [at, piece] of pieces.entries()) {
    const place = pieces.length > 1 ? { reference: 42, total: pieces.length, sequence: at + 1 } : null;
    const body = { ...encodePiece(piece, alphabet, place, options), source, destination, registeredDelivery: 1 };
    const outcome = await link.submit(body, { signal: new AbortController().signal });
    expect(outcome).toMatchObject({ class: 'ok', messageId: String(submitted.length) });
  }
};

it.each(['Hello @ £ {euro} €', 'Привет 👋', 'plain '.repeat(60), 'Grüße 👋 '.repeat(30)])('sends %s', async (text) => {
  await say(text);
  const messages = submitted.map((pdu) => pdu['short_message'] as { message: string });
  expect(messages.map(({ message }) => message).join('')).toBe(text);
  expect(submitted[0]).toMatchObject({ source_addr: source.address, destination_addr: destination.address });
});

it('gets receipts and texts', async () => {
  const session = await peer;
  const deliver = (values: Record<string, unknown>) =>
    new Promise<Pdu>((resolve) => session.deliver_sm({ source_addr: '447700900123', ...values }, resolve));
  const receipt = { esm_class: 4, short_message: 'id:1 stat:DELIVRD err:000', data_coding: 0 };
  expect(await deliver(receipt)).toMatchObject({ command_status: 0 });
  await deliver({ short_message: 'Привет', data_coding: 8 });
  await deliver({ short_message: '{5 €}', data_coding: 0 });
  expect(came).toEqual(['DELIVRD', 'Привет', '{5 €}']);
});

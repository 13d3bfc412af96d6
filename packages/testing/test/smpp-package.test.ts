/** The `smpp` package of npm, which nobody here wrote, as the client of our SMSC. */
import { once } from 'node:events';
import smpp, { type Pdu, type Session } from 'smpp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Smsc } from '../src/index.ts';

let smsc: Smsc;
let session: Session;
let delivered: Pdu[];

beforeEach(async () => {
  delivered = [];
  smsc = new Smsc();
  await smsc.start();
  session = smpp.connect(`smpp://127.0.0.1:${smsc.port}`, () => {});
  session.on('error', () => {});
  await once(session, 'connect');
  session.on('deliver_sm', (pdu: Pdu) => {
    delivered.push(pdu);
    session.send(pdu.response());
  });
});
afterEach(async () => {
  session.destroy();
  await smsc.stop();
});

type Operation = 'bind_transceiver' | 'submit_sm' | 'enquire_link' | 'unbind';
const ask = (operation: Operation, values: Record<string, unknown> = {}) =>
  new Promise<Pdu>((resolve) => session[operation](values, resolve));
const bind = (password = 'secret1') => ask('bind_transceiver', { system_id: 'conv', password });
const text = {
  source_addr_ton: 1,
  source_addr: '12025550100',
  dest_addr_ton: 1,
  destination_addr: '447700900123',
  registered_delivery: 1,
};

it('binds, with the right password only', async () => {
  expect(await bind('wrong')).toMatchObject({ command: 'bind_transceiver_resp', command_status: 0x0e });
});

it('submits, gets receipts and texts, and says goodbye', async () => {
  expect(await bind()).toMatchObject({ command_status: 0, system_id: 'SIMULATOR', sc_interface_version: 0x34 });
  expect(await ask('enquire_link')).toMatchObject({ command: 'enquire_link_resp', command_status: 0 });
  expect(await ask('submit_sm', { ...text, short_message: 'Hello @ £ {euro} €', data_coding: 0 })).toMatchObject({
    command_status: 0,
    message_id: '100001',
  });
  expect(await ask('submit_sm', { ...text, short_message: 'Привет 👋', data_coding: 8 })).toMatchObject({
    message_id: '100002',
  });
  expect(await ask('submit_sm', { ...text, destination_addr: '447700900000' })).toMatchObject({ command_status: 0x0b });
  expect(smsc.handsets.shown('447700900123').map((one) => one.text)).toEqual(['Hello @ £ {euro} €', 'Привет 👋']);

  expect(await smsc.write({ from: '+447700900123', to: '+12025550100', text: 'Grüße 👋 '.repeat(20) })).toEqual([
    0, 0, 0,
  ]);
  expect(delivered).toHaveLength(5);
  expect(delivered[0]).toMatchObject({ esm_class: 4, receipted_message_id: '100001', message_state: 2 });
  const texts = delivered.slice(2).map((pdu) => pdu['short_message'] as { message: string; udh: Buffer[] });
  expect(texts.map(({ message }) => message).join('')).toBe('Grüße 👋 '.repeat(20));
  expect(texts.map(({ udh }) => udh[0]?.toString('hex'))).toEqual(['0003010301', '0003010302', '0003010303']);

  expect(await ask('unbind')).toMatchObject({ command: 'unbind_resp', command_status: 0 });
  await once(session, 'close');
});

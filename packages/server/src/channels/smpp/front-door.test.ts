import { Smsc } from '@colloquy/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from '../front-door.ts';
import { own, person } from './smpp-rig.ts';

let door: FrontDoor;
let smsc: Smsc;

beforeEach(async () => {
  door = await openFrontDoor();
  smsc = new Smsc({ clock: door.rest.clock });
  await smsc.start();
  door.idlers.push(() => smsc.idle());
});
afterEach(async () => {
  await door.close();
  await smsc.stop();
});

const order = (config: object = {}) => ({
  type: 'smpp',
  addresses: [own, '12345'],
  config: { host: '127.0.0.1', port: smsc.port, systemId: 'conv', password: 'secret1', ...config },
});
const create = (config?: object) => door.call('POST', '/v1/x/senders', order(config));
// biome-ignore lint/suspicious/noExplicitAny: REST resources
const messagesOf = async (conversation: string): Promise<any[]> =>
  (await door.rest.get(`/v1/Conversations/${conversation}/Messages`)).messages;

it('takes a message to a phone, tells when it was delivered, and brings the answer', async () => {
  const made = await create();
  expect([made.status, made.body]).toMatchObject([
    201,
    { notes: ['The SMSC calls itself SIMULATOR.', 'It speaks version 0x34 of the protocol.'], secrets: ['password'] },
  ]);
  expect(JSON.stringify(made.body)).not.toContain('secret1');
  const conversation = await door.converse(person, own);
  const long = 'Your parcel is here 📦. '.repeat(10).trim();
  const message = await door.rest.post(`/v1/Conversations/${conversation}/Messages`, { Body: long });
  await door.until(
    async () =>
      (await door.rest.get(`/v1/Conversations/${conversation}/Messages/${message.sid}/Receipts`)).delivery_receipts[0],
    ({ status }) => status === 'delivered',
  );
  expect(smsc.handsets.shown(person)).toMatchObject([{ from: own.slice(1), text: long }]);

  expect(await smsc.write({ from: person, to: own, text: 'thank you' })).toEqual([0]);
  expect(await messagesOf(conversation)).toMatchObject([{ body: long }, { body: 'thank you', author: person }]);
  const { body: sender } = await door.call('GET', `/v1/x/senders/${made.body.sid}`);
  expect(sender).toMatchObject({ state: 'active', health: { state: 'up' } });
});

it('sends nothing more to somebody who wrote STOP, until he writes START', async () => {
  await create();
  const conversation = await door.converse(person, '12345');
  await smsc.write({ from: person, to: '12345', text: 'Stop' });
  const say = async (Body: string) => {
    const message = await door.rest.post(`/v1/Conversations/${conversation}/Messages`, { Body });
    const receipt = await door.until(
      async () =>
        (await door.rest.get(`/v1/Conversations/${conversation}/Messages/${message.sid}/Receipts`))
          .delivery_receipts[0],
      ({ status }) => status === 'delivered' || status === 'failed',
    );
    return [receipt.status, receipt.error_code];
  };
  expect(await say('are you there?')).toEqual(['failed', 21610]);
  await smsc.write({ from: person, to: '12345', text: 'START' });
  expect(await say('welcome back')).toEqual(['delivered', 0]);
  expect(smsc.handsets.shown(person).map(({ text }) => text)).toEqual(['welcome back']);
  expect(await messagesOf(conversation)).toHaveLength(4);
});

it('refuses what the SMSC refuses, and what cannot be', async () => {
  const refused = async (config: object) => {
    const { status, body } = await create(config);
    expect(JSON.stringify(body)).not.toContain('wrong-pw');
    return [status, body.code, body.message];
  };
  expect(await refused({ password: 'wrong-pw' })).toEqual([400, 20422, expect.stringContaining('ESME_RINVPASWD')]);
  expect(await refused({ systemId: 'nobody' })).toEqual([400, 20422, expect.stringContaining('ESME_RINVSYSID')]);
  expect(await refused({ host: '10.0.0.1' })).toEqual([400, 20422, expect.stringContaining('did not answer the bind')]);
  expect(await refused({ password: 'longer than eight' })).toEqual([400, 20422, expect.stringContaining('password')]);
  expect((await refused({ statusClasses: { 401: 'recipient' } }))[1]).toBe(20422);
  expect(await refused({ windows: 3 })).toEqual([400, 20422, expect.stringContaining('windows')]);
  const none = await door.call('POST', '/v1/x/senders', { ...order(), addresses: ['whatsapp:+12025550100'] });
  expect(none.status).toBe(400);
  expect(smsc.binds).toBe(0);
});

import { startTwilioSimulator, type TwilioSimulator } from '@colloquy/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from '../front-door.ts';

const own = 'whatsapp:+12025550100';
const ann = 'whatsapp:+12025550123';
const day = 24 * 60 * 60 * 1000;

let door: FrontDoor;
let simulator: TwilioSimulator;

beforeEach(async () => {
  door = await openFrontDoor();
  simulator = await startTwilioSimulator({ clock: door.rest.clock, senders: { [own]: '' } });
  door.idlers.push(() => simulator.idle());
  const { sid, token } = simulator.account;
  const config = { accountSid: sid, authToken: token, apiUrl: simulator.url };
  const made = await door.call('POST', '/v1/x/senders', { type: 'twilio', config, addresses: [own] });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  simulator.account.senders.set(own, made.body.webhookUrl);
});
afterEach(async () => {
  await door.close();
  await simulator.close();
});

it('is known before Twilio is asked, for people on WhatsApp, and said when a message is written', async () => {
  const conversation = await door.converse(ann, own);
  const windows = async () => (await door.call('GET', `/v1/x/conversations/${conversation}/windows`)).body.windows;
  const say = (Body: string) => door.rest.post(`/v1/Conversations/${conversation}/Messages`, { Body });
  expect(await windows()).toMatchObject([{ address: ann, proxyAddress: own, closes: null, refusal: 63016 }]);
  expect((await say('too early')).delivery).toMatchObject({ failed: 'all' });
  await simulator.receive({ from: ann, to: own, body: 'hi' });
  const wrote = door.rest.clock.now();
  const closes = new Date(wrote + day).toISOString();
  expect(await windows()).toMatchObject([{ closes, refusal: null }]);
  expect((await say('in time')).delivery).toMatchObject({ failed: 'none' });
  const sent = () => simulator.account.messages.filter(({ direction }) => direction !== 'inbound');
  await door.until(
    async () => sent().length,
    (count) => count === 1,
  );
  door.rest.clock.advance(wrote + day - door.rest.clock.now());
  expect(await windows()).toMatchObject([{ closes, refusal: 63016 }]);
  const late = await say('too late');
  const { delivery_receipts: receipts } = await door.rest.get(
    `/v1/Conversations/${conversation}/Messages/${late.sid}/Receipts`,
  );
  expect(receipts).toMatchObject([{ status: 'failed', error_code: 63016 }]);
  await door.rest.server.idle();
  expect(sent()).toMatchObject([{ body: 'in time' }]);
});

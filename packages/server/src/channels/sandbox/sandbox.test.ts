import type { DeliveryStatus } from '@colloquy/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryBus } from '../../bus/memory/memory-bus.ts';
import { type FaultKind, writeOnPhone } from '../../core/sandbox/actions.ts';
import type { Channels } from '../open.ts';
import { account, openRig, openRigChannels, type Rig } from '../test-rig.ts';
import type { Sandbox } from './sandbox.ts';

const phone = '+12025550123';
const proxyAddress = '+12025550100';
const whatsapp = 'whatsapp:+12025550123';

let rig: Rig;
let channels: Channels;
let sandbox: Sandbox;
let conversation: string;

beforeEach(async () => {
  rig = await openRig();
  await open();
  conversation = await rig.converse({ address: phone, proxyAddress });
});
afterEach(async () => {
  await channels.close();
  await rig.close();
});

async function open(): Promise<void> {
  channels = await openRigChannels(rig, 'any', { receiptDelay: 1000 });
  if (!channels.sandbox) throw new Error('There is no sandbox.');
  sandbox = channels.sandbox;
}

/** Lets everything happen that happens by itself within the time. */
async function pass(milliseconds: number): Promise<void> {
  await channels.idle();
  const end = rig.clock.now() + milliseconds;
  // In small steps: what a step sets off has to be done before the next one.
  while (rig.clock.now() < end) {
    rig.clock.advance(Math.min(250, end - rig.clock.now()));
    await channels.idle();
  }
}
const status = async (message: { sid: string }) => {
  const [receipt] = await rig.receipts(message);
  return [receipt?.status as DeliveryStatus | null, receipt?.error_code];
};
const shown = async (of = phone) =>
  (await sandbox.messages(of, 0, 100)).map((row) => [row.direction, row.body, row.status]);
const fault = (kind: FaultKind, more: { count?: number; delayMs?: number; errorCode?: number } = {}) =>
  sandbox.addFault({ phone, kind, count: 1, ...more });

it('reports "sent" at once and "delivered" after a while', async () => {
  const message = await rig.say(conversation, 'hello');
  await pass(0);
  expect(await status(message)).toEqual(['sent', 0]);
  expect(await shown()).toEqual([['in', 'hello', 'sent']]);
  await pass(750);
  expect(await status(message)).toEqual(['sent', 0]);
  await pass(250);
  expect(await status(message)).toEqual(['delivered', 0]);
  expect(await shown()).toEqual([['in', 'hello', 'delivered']]);
});

it('makes the report that was due when the server was stopped at the next start', async () => {
  const message = await rig.say(conversation, 'hello');
  await pass(0);
  await channels.close();
  rig.clock.advance(60_000);
  await channels.idle();
  expect(await status(message)).toEqual(['sent', 0]);
  await rig.shut();
  rig = await openRig(rig.directory, rig.clock);
  await open();
  await pass(0);
  expect(await status(message)).toEqual(['delivered', 0]);
});

it('takes in what was written on a phone when the server died in between', async () => {
  await channels.close();
  await rig.core.run(
    writeOnPhone,
    { kind: 'system', account },
    { phone, recipient: proxyAddress, body: 'hello?', key: null },
  );
  expect(await rig.messages(conversation)).toEqual([]);
  await open();
  await pass(10_000);
  expect((await rig.messages(conversation)).map((message) => message.body)).toEqual(['hello?']);
  expect(await shown()).toEqual([['out', 'hello?', 'routed']]);
});

it('takes in within half a minute what another server noted, whatever became of the news', async () => {
  await channels.close();
  const deaf = memoryBus((error) => {
    throw error;
  });
  channels = await openRigChannels({ ...rig, bus: deaf }, 'any');
  await channels.idle();
  const written = { phone, recipient: proxyAddress, body: 'hello?', key: null };
  await rig.core.run(writeOnPhone, { kind: 'system', account }, written);
  await pass(29_750);
  expect(await rig.messages(conversation)).toEqual([]);
  await pass(250);
  expect((await rig.messages(conversation)).map((message) => message.body)).toEqual(['hello?']);
});

it('reports "read" from a WhatsApp phone, once it was looked at', async () => {
  const chat = await rig.converse({ address: whatsapp, proxyAddress: 'whatsapp:+12025550100' });
  const first = await rig.say(chat, 'one');
  const second = await rig.say(chat, 'two');
  await pass(1000);
  const [row] = await sandbox.messages(whatsapp, 0, 10);
  expect(await sandbox.read(whatsapp, row?.id ?? 0)).toBe(1);
  await pass(0);
  expect(await status(first)).toEqual(['read', 0]);
  expect(await status(second)).toEqual(['delivered', 0]);
  expect(await sandbox.read(whatsapp, row?.id ?? 0)).toBe(0);
});

it('brings what is written on the phone into the conversation, with the phone as the author', async () => {
  const { message, routing } = await sandbox.write({ phone, recipient: proxyAddress, body: 'hi', key: 'a' });
  expect(routing).toMatchObject({ outcome: 'routed', conversation });
  expect(message.status).toBe('routed');
  const again = await sandbox.write({ phone, recipient: proxyAddress, body: 'hi', key: 'a' });
  expect(again.routing).toEqual(routing);
  const other = sandbox.write({ phone, recipient: proxyAddress, body: 'something else', key: 'a' });
  await expect(other).rejects.toMatchObject({ code: 20409 });
  expect((await rig.messages(conversation)).map((one) => [one.author, one.body])).toEqual([[phone, 'hi']]);
  expect(await shown()).toEqual([['out', 'hi', 'routed']]);
});

describe('a fault', () => {
  it.each<[FaultKind, [DeliveryStatus, number], unknown[]]>([
    ['fail', ['failed', 30005], []],
    ['undelivered', ['undelivered', 30003], []],
    ['temporary', ['delivered', 0], [['in', 'hello', 'delivered']]],
    ['unknown', ['delivered', 0], [['in', 'hello', 'delivered']]],
    ['throttle', ['delivered', 0], [['in', 'hello', 'delivered']]],
    ['drop-receipt', ['sent', 0], [['in', 'hello', 'sent']]],
  ])('of kind %s ends with the receipt %j', async (kind, receipt, messages) => {
    await fault(kind);
    const message = await rig.say(conversation, 'hello');
    await pass(10_000);
    expect(await status(message)).toEqual(receipt);
    expect(await shown()).toEqual(messages);
    expect(await sandbox.faults(phone)).toEqual([]);
  });

  it('gives the error code that was asked for', async () => {
    await fault('fail', { errorCode: 21610 });
    const message = await rig.say(conversation, 'hello');
    await pass(0);
    expect(await status(message)).toEqual(['failed', 21610]);
  });

  it('of kind delay brings the report late', async () => {
    await fault('delay', { delayMs: 60_000 });
    const message = await rig.say(conversation, 'hello');
    await pass(59_750);
    expect(await status(message)).toEqual(['sent', 0]);
    await pass(250);
    expect(await status(message)).toEqual(['delivered', 0]);
  });

  it('meets as many messages as it says, of its phone only, and lasts over a restart', async () => {
    const other = await rig.converse({ address: '+12025550124', proxyAddress });
    await fault('undelivered', { count: 2 });
    await channels.close();
    await rig.shut();
    rig = await openRig(rig.directory, rig.clock);
    await open();
    const messages = [];
    for (const text of ['one', 'two', 'three']) messages.push(await rig.say(conversation, text));
    messages.push(await rig.say(other, 'to another'));
    await pass(1000);
    const statuses = await Promise.all(messages.map(async (message) => (await status(message))[0]));
    expect(statuses).toEqual(['undelivered', 'undelivered', 'delivered', 'delivered']);
  });
});

it('owns SMS and WhatsApp addresses, or those that it was given', async () => {
  expect(await channels.owns('+15005550006')).toBe(true);
  expect(await channels.owns('+1 (500) 555-0006')).toBe(true);
  expect(await channels.owns('12345')).toBe(true);
  expect(await channels.owns('whatsapp:+15005550006')).toBe(true);
  expect(await channels.owns('messenger:4711')).toBe(false);
  await channels.close();
  channels = await openRigChannels(rig, [proxyAddress]);
  expect(await channels.owns(proxyAddress)).toBe(true);
  expect(await channels.owns('+15005550006')).toBe(false);
  await channels.close();
  channels = await openRigChannels(rig, 'off');
  expect(await channels.owns(proxyAddress)).toBe(false);
});

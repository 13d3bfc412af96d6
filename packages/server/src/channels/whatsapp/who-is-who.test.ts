import { ManualClock } from '@colloquy/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Address } from '../message.ts';
import { openSenderHost, type TestSenderHost } from '../test-sender-host.ts';
import { People, personIn } from './people.ts';
import { about, bodyOf, openWebhookWorld, text, type WebhookWorld } from './webhook-world.ts';

const [number, other] = ['whatsapp:+12025550123', 'whatsapp:+12025550124'];
const [id, parent, otherId] = ['whatsapp:US.1', 'whatsapp:US.ENT.1', 'whatsapp:US.2'];

let host: TestSenderHost;
let people: People;
beforeEach(() => {
  host = openSenderHost({ clock: new ManualClock(), addresses: [] });
  people = new People(host);
});
afterEach(() => host.close());

const others = (address: Address) => people.othersOf({ address, others: [] });

it('reads numbers and ids as they are, and nothing else', () => {
  expect(personIn('12025550123', 'US.1', 'US.ENT.1')).toEqual({ address: number, others: [id, parent] });
  expect(personIn(undefined, 'US.1')).toEqual({ address: id, others: [] });
  expect(personIn('+1 (202) 555-0123')).toEqual({ address: number, others: [] });
  for (const nothing of ['', null, 0, '0123', 'US', 'us.1', 'US.', 'US.a b', 'US.ENT.', {}, '1'.repeat(16)]) {
    expect(personIn(nothing), JSON.stringify(nothing)).toBeUndefined();
  }
});

it('finds each address of a person by each, also where two of them never came together', async () => {
  await people.learn([number, id]);
  await people.learn([id, parent]);
  expect(await others(number)).toEqual([id, parent]);
  expect(await others(parent)).toEqual([id, number]);
  expect(await new People(host).othersOf({ address: parent, others: [] })).toEqual([id, number]);
  expect(await others(other)).toEqual([]);
});

it('takes a number with another id for that of another person', async () => {
  await people.learn([number, id]);
  await people.learn([number, otherId]);
  expect(await others(number)).toEqual([otherId]);
  expect(await others(otherId)).toEqual([number]);
});

it('notes nothing that it knows', async () => {
  await people.learn([number, id]);
  const note = host.note;
  let notes = 0;
  host.note = (...given) => {
    notes += 1;
    return note(...given);
  };
  await people.learn([id, number]);
  await people.learn([number]);
  await people.isBack(number);
  expect(notes).toBe(0);
});

it('sends to where somebody is now, over several moves and never in circles', async () => {
  expect(await people.currentOf(number)).toBe(number);
  await people.move(number, [other, otherId]);
  await people.move(other, ['whatsapp:+12025550125']);
  expect(await people.currentOf(number)).toBe('whatsapp:+12025550125');
  expect(await others('whatsapp:+12025550125')).toContain(number);
  await people.move('whatsapp:+12025550125', [number]);
  expect(await people.currentOf(number)).toBe(number);
  expect(await people.currentOf(other)).toBe(number);
});

it('remembers few addresses of somebody who moves all the time', async () => {
  for (let move = 0; move < 50; move += 1) {
    await people.move(`whatsapp:+120255501${10 + move}`, [`whatsapp:+120255501${11 + move}`, `whatsapp:US.${move}`]);
  }
  expect((await others('whatsapp:+12025550160')).length).toBeLessThan(16);
  for (const note of host.notes.values()) expect(JSON.stringify(note).length).toBeLessThan(300);
});

it('of a changed id moves what goes to the old one, and leaves the number where it is', async () => {
  const world: WebhookWorld = openWebhookWorld();
  const system = { type: 'user_changed_user_id', body: 'User Ann changed', user_id: 'US.2' };
  const message = { ...text('wamid.1', ''), type: 'system', from_user_id: 'US.1', system };
  const { events } = await world.post(bodyOf(about({ messages: [message] })));
  expect(events).toMatchObject([{ sender: number, notice: true, parts: [{ text: 'User Ann changed' }] }]);
  const after = new People(world.host);
  expect(await after.currentOf(id)).toBe(otherId);
  expect(await after.currentOf(number)).toBe(number);
  expect(await after.othersOf({ address: otherId, others: [] })).toEqual(expect.arrayContaining([number, id]));
  await world.host.close();
});

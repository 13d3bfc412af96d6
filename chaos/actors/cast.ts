import type { Random } from '../../compat/soak/random.ts';
import type { Actor } from './actor.ts';
import type { Door } from './door.ts';
import { Hook } from './hook.ts';
import { Mover } from './mover.ts';
import { Phone } from './phone.ts';
import { Reader } from './reader.ts';
import { RestWriter } from './rest-writer.ts';
import { SdkWriter } from './sdk-writer.ts';
import { shopNumber, type World } from './world.ts';

/** Who reads the logs at the end; he comes in before everybody else. */
export const observer = 'observer';

const readers = ['reader-1', 'reader-2', 'reader-3'] as const;
const visitor = 'visitor';
const sdkWriters = ['app-1', 'app-2'] as const;
const restWriters = ['back-end-1', 'back-end-2', 'back-end-3', 'back-end-4'] as const;
const guests = ['guest-1', 'guest-2', 'guest-3', visitor] as const;
const phonesOfRooms = [[], [], ['+12025550177', '+12025550178']] as const;

/** Everybody, in the places where they begin. */
export interface Cast {
  actors: readonly Actor[];
  /** All who show messages: the permanent ones are in every conversation from its first message to the end, others come and go. */
  readers: readonly Reader[];
  permanent: readonly string[];
  visitors: readonly string[];
  hook: Hook;
  door: Door;
}

/** Makes the conversations and lets everybody in, while all is well. */
export async function assemble(world: World): Promise<Cast> {
  const door = await world.door('stage');
  world.service = String((await door.insist('GET', '/v1/Configuration'))['default_chat_service_sid']);
  const hook = await Hook.open(world.journal, world.random('hook'));
  const form = new URLSearchParams({ PostWebhookUrl: hook.url, Method: 'POST' });
  for (const event of ['onMessageAdded', 'onMessageUpdated', 'onMessageRemoved']) form.append('Filters', event);
  await door.insist('POST', '/v1/Configuration/Webhooks', form);

  for (const phones of phonesOfRooms) {
    const sid = String((await door.insist('POST', '/v1/Conversations', {}))['sid']);
    for (const Identity of [observer, ...readers, ...sdkWriters]) {
      await door.insist('POST', `/v1/Conversations/${sid}/Participants`, { Identity });
    }
    for (const number of phones) {
      const binding = { 'MessagingBinding.Address': number, 'MessagingBinding.ProxyAddress': shopNumber };
      await door.insist('POST', `/v1/Conversations/${sid}/Participants`, binding);
      await disturbPhone(door, number, world.random(number));
    }
    world.rooms.push({ sid, phones });
  }

  const watching = await Promise.all([...readers, visitor].map((name) => Reader.create(world, name)));
  const actors = await Promise.all([
    ...restWriters.map((name, nth) => RestWriter.create(world, name, nth % 2 === 0)),
    ...sdkWriters.map((name) => SdkWriter.create(world, name)),
    Mover.create(world, guests),
    ...world.rooms.flatMap((room) => room.phones.map((number) => Phone.create(world, number, room))),
  ]);
  return { actors: [...actors, ...watching], readers: watching, permanent: readers, visitors: [visitor], hook, door };
}

/** Some of what is sent to it is refused for now, and of some the answer is lost. */
async function disturbPhone(door: Door, number: string, random: Random): Promise<void> {
  for (const kind of ['unknown', 'temporary', 'delay']) {
    const fault = { kind, count: 1 + Math.floor(random.next() * 3) };
    await door.insist('POST', `/v1/x/sandbox/phones/${number}/faults`, fault, { json: true });
  }
}

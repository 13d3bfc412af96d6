import { type Cast, observer } from '../actors/cast.ts';
import type { Door } from '../actors/door.ts';
import { Observer } from '../actors/observer.ts';
import type { Room, World } from '../actors/world.ts';
import type { Found } from './entries.ts';

/** Reads everything that there is, in each way that there is, and writes it into the journal. */
export async function gather(world: World, { readers, permanent, door }: Cast): Promise<void> {
  const way = await world.way();
  const watching = await Observer.connect(way.url, await world.token(observer));
  for (const room of world.rooms) {
    const path = `/v1/Conversations/${room.sid}`;
    const inside = readers.filter((reader) => reader.isIn(room.sid));
    const held: Found['held'] = {};
    const reading: Found['reading'] = {};
    for (const reader of inside) {
      const { messages, horizon, unread } = await reader.holds(room.sid);
      held[reader.name] = messages;
      // Who comes and goes begins anew each time.
      if (!permanent.includes(reader.name)) continue;
      const own = await door.insist('GET', `/v1/Users/${reader.name}/Conversations/${room.sid}`);
      const rest = own['unread_messages_count'] as number | null;
      if (own['last_read_message_index'] !== horizon) {
        const what = `REST has ${own['last_read_message_index']} as its horizon in ${room.sid}, the SDK ${horizon}`;
        world.journal.note({ kind: 'offence', actor: reader.name, what });
      }
      reading[reader.name] = { horizon, rest, sdk: unread };
    }
    const phones: Found['phones'] = {};
    for (const number of room.phones) phones[number] = (await shown(door, number)).map(({ body }) => body);
    world.journal.note({
      kind: 'found',
      conversation: room.sid,
      observer,
      log: await watching.log(room.sid, 0),
      messages: (await door.all(`${path}/Messages?PageSize=100`, 'messages')).map(({ sid, index, body }) => ({
        sid: String(sid),
        index: Number(index),
        body: String(body ?? ''),
      })),
      participants: await participantsOf(door, room),
      held,
      reading,
      phones,
    } satisfies Found);
  }
  watching.close();
  world.journal.note({ kind: 'left-over', ...(await leftOver(world, door)) });
}

/** Identities and addresses. */
async function participantsOf(door: Door, { sid }: Room): Promise<string[]> {
  const all = await door.all(`/v1/Conversations/${sid}/Participants?PageSize=100`, 'participants');
  return all.map(({ identity, messaging_binding: binding }) =>
    String(identity ?? (binding as { address: string }).address),
  );
}

/** What is on its way to phones and webhooks, and what was given up; of each the first hundred. */
export async function leftOver({ rooms }: World, door: Door): Promise<{ waiting: string[]; dead: string[] }> {
  const list = async (path: string, member: string) => {
    const items = (await door.insist('GET', `${path}&limit=100`))[member] as object[];
    return items.map((item) => `${path}: ${JSON.stringify(item)}`);
  };
  const copies = async (state: string) => list(`/v1/x/outbox?state=${state}`, 'outbox');
  const hooks = async (state: string) => list(`/v1/x/webhook-deliveries?state=${state}`, 'deliveries');
  const unreported: string[] = [];
  for (const number of rooms.flatMap(({ phones }) => phones)) {
    const open = (await shown(door, number)).filter(({ status }) => status === 'sent');
    unreported.push(...open.map(({ body }) => `the phone ${number} has not reported that it has "${body}"`));
  }
  const waiting = [await copies('sending'), await copies('pending'), await copies('waiting'), await hooks('pending')];
  return { waiting: [...waiting.flat(), ...unreported], dead: [...(await copies('dead')), ...(await hooks('dead'))] };
}

interface PhoneMessage {
  id: number;
  direction: 'in' | 'out';
  body: string;
  status: string;
}

/** What has arrived at a phone, oldest first. */
async function shown(door: Door, number: string): Promise<PhoneMessage[]> {
  const all: PhoneMessage[] = [];
  for (let after = 0; ; ) {
    const path = `/v1/x/sandbox/phones/${number}/messages?limit=1000&after=${after}`;
    const { messages } = await door.insist('GET', path);
    const page = messages as PhoneMessage[];
    all.push(...page.filter(({ direction }) => direction === 'in'));
    const last = page.at(-1);
    if (!last) return all;
    after = last.id;
  }
}

/** Everybody is told of the last message of each conversation, or that he is out of it, and has told what he was told. */
export async function lastWord(world: World, { readers, door }: Cast, stop: AbortSignal): Promise<void> {
  const say = async (room: Room) => {
    const { sid } = room;
    const id = world.id('stage');
    const body = `${id} ends it`;
    const asked = { id, actor: 'stage', what: 'send', conversation: sid, keyed: true, body } as const;
    world.journal.note({ kind: 'asked', ...asked });
    const path = `/v1/Conversations/${sid}/Messages`;
    const made = await door.insist('POST', path, { Body: body, Author: 'stage' }, { key: id });
    const told = { sid: String(made['sid']), index: Number(made['index']) };
    world.journal.note({ kind: 'told', id, outcome: 'acknowledged', ...told });
    const members = await participantsOf(door, room);
    await Promise.all(
      readers.map((one) => (members.includes(one.name) ? one.until(sid, id, stop) : one.untilOut(sid, stop))),
    );
  };
  await Promise.all(world.rooms.map(say));
}

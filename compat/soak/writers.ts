import { setTimeout as wait } from 'node:timers/promises';
import { Client, ColloquyError, type Message } from '@colloquy/client';
import type { Random } from './random.ts';
import type { Rest } from './rest.ts';

interface Written {
  sid: string;
  index: number;
}

interface Room {
  sid: string;
  /** Those that somebody may still change. */
  messages: Written[];
  guests: string[];
  /** Is the user of the page in it? */
  isWatched: boolean;
}

/** At most so many messages of a room are changed: the newest ones. */
const changeable = 200;
/** Between two things that one writer does, in the middle; milliseconds. */
const pause = 100;

const restWeights = {
  add: 20,
  edit: 12,
  describeMessage: 6,
  removeMessage: 5,
  addGuest: 4,
  removeGuest: 2,
  describeGuest: 3,
  markForPage: 3,
  mute: 1,
  describeRoom: 3,
  renameRoom: 1,
  describeUser: 0.5,
  open: 0.4,
  takeOut: 0.6,
  takeIn: 1,
  close: 0.2,
};

const sdkWeights = { send: 25, edit: 6, describe: 4, remove: 2, mark: 5, rename: 1 };

/** Everybody who writes while the line of the page is cut: a back end, and users whose own lines are good. */
export class Writers {
  /** What was done, by its name; `refused` is what came too late, since somebody else was first. */
  readonly counts: Record<string, number> = { refused: 0 };
  readonly rooms: Room[] = [];
  readonly #rest: Rest;
  readonly #random: Random;
  readonly #watcher: string;
  readonly #clients: Client[] = [];
  #texts = 0;

  /** @param watcher identity of the page's user */
  constructor(rest: Rest, random: Random, watcher: string) {
    this.#rest = rest;
    this.#random = random;
    this.#watcher = watcher;
  }

  /** Makes the rooms, and connects users with these tokens. */
  async begin(url: string, tokens: Record<string, string>, rooms: number): Promise<void> {
    for (const token of Object.values(tokens)) this.#clients.push(await Client.create(token, { url }));
    for (let room = 0; room < rooms; room += 1) await this.#open();
  }

  /** Goes on until it is told to stop. @throws whatever is not to be expected of a server that works */
  async write(stop: AbortSignal): Promise<void> {
    const loop = async (act: () => Promise<void>) => {
      while (!stop.aborted) {
        try {
          await act();
        } catch (error) {
          if (!isTooLate(error)) throw error;
          this.#count('refused');
        }
        await wait(pause * this.#random.between(0, 2));
      }
    };
    const backEnd = () => this.#actByRest();
    await Promise.all([
      loop(backEnd),
      loop(backEnd),
      ...this.#clients.map((client) => loop(() => this.#actBySdk(client))),
    ]);
  }

  /** A last message in each room that the user of the page is in. @returns the rooms */
  async end(body: string): Promise<string[]> {
    await this.#open();
    const watched = this.rooms.filter(({ isWatched }) => isWatched).map(({ sid }) => sid);
    for (const sid of watched) await this.#rest.post(`/Conversations/${sid}/Messages`, { Body: body });
    for (const client of this.#clients) await client.shutdown();
    return watched;
  }

  #count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }

  #text(): string {
    this.#texts += 1;
    return `Text ${this.#texts} ${'ä€🙂 '.repeat(this.#random.between(0, 30))}`;
  }

  #json(): string {
    return JSON.stringify({ n: this.#text(), list: [this.#random.next(), null] });
  }

  /** Half of it happens in the first room: of that one, more may be missed than is told one by one. */
  #room(): Room | undefined {
    return this.#random.next() < 0.5 ? this.rooms[0] : this.#random.pick(this.rooms);
  }

  async #open(): Promise<void> {
    const sid = String((await this.#rest.post('/Conversations', { FriendlyName: this.#text() })).sid);
    const users = this.#clients.map(({ user }) => user.identity);
    for (const identity of [this.#watcher, ...users]) {
      await this.#rest.post(`/Conversations/${sid}/Participants`, { Identity: identity });
    }
    this.rooms.push({ sid, messages: [], guests: [], isWatched: true });
  }

  #note(room: Room, written: Written): void {
    room.messages.push(written);
    if (room.messages.length > changeable) room.messages.shift();
  }

  async #actByRest(): Promise<void> {
    const kind = this.#random.weighted(restWeights);
    const room = this.#room();
    if (!room) return;
    const rest = this.#rest;
    const base = `/Conversations/${room.sid}`;
    const message = this.#random.pick(room.messages);
    const guest = this.#random.pick(room.guests);
    const own = `/Users/${this.#watcher}/Conversations/${room.sid}`;
    if (kind === 'add') {
      const made = await rest.post(`${base}/Messages`, { Body: this.#text(), Author: 'system' });
      this.#note(room, { sid: String(made.sid), index: Number(made.index) });
    } else if (kind === 'edit' || kind === 'describeMessage') {
      if (!message) return;
      const form = kind === 'edit' ? { Body: this.#text() } : { Attributes: this.#json() };
      await rest.post(`${base}/Messages/${message.sid}`, form);
    } else if (kind === 'removeMessage') {
      if (!message) return;
      room.messages.splice(room.messages.indexOf(message), 1);
      await rest.remove(`${base}/Messages/${message.sid}`);
    } else if (kind === 'addGuest') {
      const identity = `guest ${Math.floor(this.#random.between(0, 40))}`;
      room.guests.push(String((await rest.post(`${base}/Participants`, { Identity: identity })).sid));
    } else if (kind === 'removeGuest' || kind === 'describeGuest') {
      if (!guest) return;
      if (kind === 'describeGuest') await rest.post(`${base}/Participants/${guest}`, { Attributes: this.#json() });
      else {
        room.guests.splice(room.guests.indexOf(guest), 1);
        await rest.remove(`${base}/Participants/${guest}`);
      }
    } else if (kind === 'markForPage') {
      if (!message || !room.isWatched) return;
      await rest.post(own, { LastReadMessageIndex: String(message.index) });
    } else if (kind === 'mute') {
      if (!room.isWatched) return;
      await rest.post(own, { NotificationLevel: this.#random.next() < 0.5 ? 'muted' : 'default' });
    } else if (kind === 'describeRoom') await rest.post(base, { Attributes: this.#json() });
    else if (kind === 'renameRoom') await rest.post(base, { FriendlyName: this.#text() });
    else if (kind === 'describeUser') await rest.post(`/Users/${this.#watcher}`, { Attributes: this.#json() });
    else if (kind === 'open') await this.#open();
    else if (!(await this.#letInOrOut(kind, room))) return;
    this.#count(kind);
  }

  /** @returns whether there was anything to do */
  async #letInOrOut(kind: 'takeOut' | 'takeIn' | 'close', room: Room): Promise<boolean> {
    const participants = `/Conversations/${room.sid}/Participants`;
    // The first room stays: it is the busy one.
    const mayGo = room !== this.rooms[0] && room.isWatched;
    const away = this.#random.pick(this.rooms.filter(({ isWatched }) => !isWatched));
    if (kind === 'takeIn' && away) {
      away.isWatched = true;
      await this.#rest.post(`/Conversations/${away.sid}/Participants`, { Identity: this.#watcher });
    } else if (kind === 'takeOut' && mayGo) {
      room.isWatched = false;
      await this.#rest.remove(`${participants}/${this.#watcher}`);
    } else if (kind === 'close' && mayGo && this.rooms.length > 5) {
      this.rooms.splice(this.rooms.indexOf(room), 1);
      await this.#rest.remove(`/Conversations/${room.sid}`);
    } else return false;
    return true;
  }

  async #actBySdk(client: Client): Promise<void> {
    const kind = this.#random.weighted(sdkWeights);
    const room = this.#room();
    if (!room) return;
    const conversation = await client.getConversationBySid(room.sid);
    if (kind === 'send') {
      const index = await conversation.sendMessage(this.#text(), { by: 'SDK' });
      const [sent] = (await conversation.getMessages(1, index, 'forward')).items;
      if (sent?.index === index) this.#note(room, { sid: sent.sid, index });
    } else if (kind === 'mark') {
      const message = this.#random.pick(room.messages);
      if (this.#random.next() < 0.2) await conversation.setAllMessagesUnread();
      else if (message) await conversation.updateLastReadMessageIndex(message.index);
    } else if (kind === 'rename') {
      await conversation.updateFriendlyName(this.#text());
    } else {
      const page = await conversation.getMessages(30);
      const own = page.items.filter(({ author }) => author === client.user.identity);
      const message: Message | undefined = this.#random.pick(own);
      if (!message) return;
      if (kind === 'edit') await message.updateBody(this.#text());
      else if (kind === 'describe') await message.updateAttributes(JSON.parse(this.#json()));
      else await message.remove();
    }
    this.#count(`${kind} by SDK`);
  }
}

/** Somebody was removed, or something, before it could be changed. */
function isTooLate(error: unknown): boolean {
  const { status } = error as { status?: number };
  const isAnswer = error instanceof ColloquyError || error instanceof Error;
  return isAnswer && status !== undefined && [400, 403, 404, 409].includes(status);
}

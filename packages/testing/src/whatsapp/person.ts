import { createHash } from 'node:crypto';
import type { PhoneMessage } from '../phones/phone-log.ts';
import { addressOf, ownAddress, writtenText } from './phones.ts';
import type { Statuses } from './statuses.ts';
import { metadataOf, type News, type Webhooks } from './webhooks.ts';
import {
  type BusinessNumber,
  inboundLifetime,
  type PersonState,
  type ReceivedMessage,
  userIdOf,
  type World,
} from './world.ts';

export interface Written {
  /** Another one than the first number of the business, by its id. */
  to?: string;
  /** The same id again: the same report again. */
  id?: string;
  /** The id of the message that this one answers. */
  replyTo?: string;
  /** The same parts of the message besides, for example `referral`. */
  extra?: Readonly<Record<string, unknown>>;
}

export interface WrittenFile extends Written {
  contentType: string;
  bytes: Uint8Array;
  filename?: string;
  caption?: string;
  voice?: boolean;
}

/** What became of it: its id, and how the webhook was answered; null while nothing listens or news are held. */
export interface Told {
  id: string;
  answered: number | null;
  /** As it is on the phone; null where the same was there before. */
  shown: PhoneMessage | null;
}

/** A person's phone. */
export class Person {
  readonly #world: World;
  readonly #webhooks: Webhooks;
  readonly #statuses: Statuses;
  readonly state: PersonState;

  constructor(world: World, webhooks: Webhooks, statuses: Statuses, state: PersonState) {
    this.#world = world;
    this.#webhooks = webhooks;
    this.#statuses = statuses;
    this.state = state;
  }

  /** What arrived, the first one first. */
  get received(): readonly ReceivedMessage[] {
    return this.state.received;
  }

  write(text: string, written: Written = {}): Promise<Told> {
    return this.send('text', { text: { body: text } }, written);
  }

  sendFile(file: WrittenFile): Promise<Told> {
    const { contentType, bytes, filename = null, caption, voice, ...written } = file;
    const buffer = Buffer.from(bytes);
    const known = written.id === undefined ? undefined : this.#files.get(written.id);
    const stored = known ?? this.#world.keepFile({ contentType, filename, bytes: buffer }, inboundLifetime);
    if (written.id !== undefined) this.#files.set(written.id, stored);
    const type = kindOf(contentType);
    const object = {
      id: stored.id,
      mime_type: contentType,
      sha256: createHash('sha256').update(buffer).digest('base64'),
      ...(caption !== undefined && { caption }),
      ...(filename !== null && type === 'document' && { filename }),
      ...(voice !== undefined && { voice }),
    };
    return this.send(type, { [type]: object }, written);
  }

  /** @param emoji null takes it back */
  react(target: string, emoji: string | null, written: Written = {}): Promise<Told> {
    return this.send('reaction', { reaction: { message_id: target, ...(emoji !== null && { emoji }) } }, written);
  }

  /** Taps a button or a row of a message that arrived. */
  press(message: ReceivedMessage, id: string, written: Written = {}): Promise<Told> {
    const context = { replyTo: message.id, ...written };
    if (message.type === 'template') {
      return this.send('button', { button: { payload: id, text: id } }, context);
    }
    const { type, action } = message.body['interactive'] as { type: string; action: Tappable };
    const rows = type === 'list' ? (action.sections ?? []).flatMap(({ rows }) => rows) : [];
    const buttons = (action.buttons ?? []).map(({ reply }) => reply);
    const tapped = [...rows, ...buttons].find((one) => one.id === id);
    if (!tapped) throw new Error(`There is nothing to tap with the id ${id}.`);
    const reply = type === 'list' ? 'list_reply' : 'button_reply';
    return this.send('interactive', { interactive: { type: reply, [reply]: tapped } }, context);
  }

  /** Any message: `type`, and its object. */
  async send(type: string, object: Readonly<Record<string, unknown>>, written: Written = {}): Promise<Told> {
    const number = this.#numberFor(written.to);
    const id = written.id ?? this.#world.nextMessageId();
    const { clock } = this.#world;
    this.state.wrote.set(number.id, clock.now());
    const known = this.#world.written.has(id);
    this.#world.written.set(id, this.state);
    const { replyTo, extra } = written;
    const message = {
      ...this.#from(),
      id,
      timestamp: String(Math.floor(clock.now() / 1000)),
      type,
      ...object,
      ...(replyTo !== undefined && { context: { from: number.number.slice(1), id: replyTo } }),
      ...extra,
    };
    const contacts = [this.#contact()];
    const { log } = this.#world;
    const from = addressOf(this.state);
    const onPhone = known ? null : log.write({ from, to: ownAddress(number), body: writtenText(type, object) });
    const answered = await this.#webhooks.tell(this.#news(number, { contacts, messages: [message] }));
    if (answered !== 200) log.unheard(from, answered ? `the webhook answered ${answered}` : 'no webhook answered');
    return { id, answered, shown: onPhone };
  }

  /** Reads all that arrived, or one message. */
  async read(id?: string): Promise<void> {
    for (const message of this.received) {
      if (message.read || (id !== undefined && message.id !== id)) continue;
      message.read = true;
      await this.#statuses.report(message.id, 'read');
    }
  }

  /** He takes a username, and businesses do not see his number any more. */
  hideNumber(username: string): void {
    this.state.username = username;
    this.state.hidesNumber = true;
  }

  /** He moves to another number, and gets another id with it. @returns how the webhook was answered */
  async changeNumber(to: string, written: Pick<Written, 'to'> = {}): Promise<number | null> {
    const number = this.#numberFor(written.to);
    const digits = to.replace(/\D/g, '');
    const { state } = this;
    const from = this.#from();
    const before = state.number;
    this.state.number = digits;
    this.state.userId = userIdOf(digits);
    const message = {
      ...from,
      id: this.#world.nextMessageId(),
      timestamp: String(Math.floor(this.#world.clock.now() / 1000)),
      type: 'system',
      system: {
        body: `User ${state.name} changed from ${before} to ${digits}`,
        type: 'user_changed_number',
        wa_id: digits,
        user_id: state.userId,
      },
    };
    return this.#webhooks.tell(this.#news(number, { messages: [message] }));
  }

  readonly #files = new Map<string, { id: string }>();

  #numberFor(id: string | undefined): BusinessNumber {
    const number = id === undefined ? this.#world.numbers[0] : this.#world.numberOf(id);
    if (!number) throw new Error(`The business has no number with the id ${id}.`);
    return number;
  }

  #from(): Record<string, string> {
    const { number, userId, hidesNumber, parentUserId } = this.state;
    const parent = parentUserId === null ? {} : { from_parent_user_id: parentUserId };
    return { ...(!hidesNumber && { from: number }), from_user_id: userId, ...parent };
  }

  #contact(): unknown {
    const { name, username, number, userId, hidesNumber, parentUserId } = this.state;
    return {
      profile: { name, ...(username !== null && { username }) },
      ...(!hidesNumber && { wa_id: number }),
      user_id: userId,
      ...(parentUserId !== null && { parent_user_id: parentUserId }),
    };
  }

  #news(number: BusinessNumber, more: Readonly<Record<string, unknown>>): News {
    const value = { messaging_product: 'whatsapp', metadata: metadataOf(number), ...more };
    return { account: number.account, field: 'messages', value };
  }
}

interface Tappable {
  buttons?: { reply: { id: string; title: string } }[];
  sections?: { rows: { id: string; title: string }[] }[];
}

function kindOf(contentType: string): string {
  const [kind = ''] = contentType.split('/', 1);
  if (contentType === 'image/webp') return 'sticker';
  return ['image', 'video', 'audio'].includes(kind) ? kind : 'document';
}

/** What people do on their phones: each makes an update for the bot. */
import type { Scheduler } from '../clock.ts';
import type { PhoneLog, PhoneMessage } from '../phones/phone-log.ts';
import { shown } from './methods.ts';
import type { UploadedFile } from './parameters.ts';
import { addressOfChat, textOfMessage } from './phones.ts';
import type { Chat, TelegramMessage, TelegramState, TelegramUser } from './state.ts';
import type { Update, Updates } from './updates.ts';

export interface WrittenToBot {
  /** Of the person's chat with the bot, or below 0 a group. */
  chat: number;
  /** Who writes in a group; the person himself elsewhere. */
  from?: number;
  name?: string;
  text?: string;
  /** The text goes with it as its caption. */
  file?: UploadedFile & { kind: 'photo' | 'document' | 'voice' | 'audio' | 'video' | 'sticker' };
  location?: { latitude: number; longitude: number };
  /** With a location: a place that has a name. */
  venue?: { title: string; address: string };
  contact?: { phone_number: string; first_name: string };
  /** Of the message that this one answers. */
  replyTo?: number;
}

export class People {
  readonly #state: TelegramState;
  readonly #updates: Updates;
  readonly #clock: Scheduler;
  readonly #log: PhoneLog;

  constructor(state: TelegramState, updates: Updates, clock: Scheduler, log: PhoneLog) {
    this.#state = state;
    this.#updates = updates;
    this.#clock = clock;
    this.#log = log;
  }

  write(written: WrittenToBot): { message: TelegramMessage; update: Update | null; shown: PhoneMessage } {
    const { chat: id, name = 'Ann', text, file, location, venue, contact, replyTo } = written;
    const { chat, messages } = this.#state.begin(id, name);
    const words = text === undefined ? {} : file ? { caption: text } : { text };
    const message: TelegramMessage = {
      message_id: this.#state.nextMessageId(),
      date: this.#seconds(),
      chat,
      from: userOf(written.from ?? id, name),
      ...words,
      ...(file && shown(this.#state, file.kind, file)),
      ...(location && { location }),
      ...(location && venue && { venue: { location, ...venue } }),
      ...(contact && { contact }),
      ...(replyTo !== undefined && { reply_to_message: this.#state.message(id, replyTo) }),
      ...(text?.startsWith('/') && {
        entities: [{ type: 'bot_command', offset: 0, length: text.split(' ', 1)[0]?.length }],
      }),
    };
    messages.push(message);
    const from = addressOfChat(id);
    const onPhone = this.#log.write({ from, to: this.#state.address, ...textOfMessage(message) });
    return { message, update: this.#updates.add('message', message), shown: onPhone };
  }

  edit(chat: number, id: number, text: string): Update | null {
    const message = this.#require(chat, id);
    Object.assign(message, message.caption === undefined ? { text } : { caption: text });
    return this.#updates.add('edited_message', { ...message, edit_date: this.#seconds() });
  }

  /** @param emoji none takes the reaction back */
  react(chat: number, id: number, emoji: string | null): Update | null {
    const message = this.#require(chat, id);
    const reaction = emoji === null ? [] : [{ type: 'emoji', emoji }];
    return this.#updates.add('message_reaction', {
      chat: message.chat,
      message_id: id,
      user: userOf(chat, 'Ann'),
      date: this.#seconds(),
      old_reaction: [],
      new_reaction: reaction,
    });
  }

  /** Presses the button with this label below a message of the bot's. */
  press(chat: number, id: number, label: string): Update | null {
    const message = this.#require(chat, id);
    const markup = message['reply_markup'] as
      | { inline_keyboard: { text: string; callback_data?: string }[][] }
      | undefined;
    const button = markup?.inline_keyboard.flat().find(({ text }) => text === label);
    if (!button?.callback_data) throw new Error(`The message ${id} has no button ${label}.`);
    const query = {
      id: `query-${this.#state.nextMessageId()}`,
      from: userOf(chat, 'Ann'),
      message,
      data: button.callback_data,
    };
    return this.#updates.add('callback_query', query);
  }

  /** Stops the bot, or starts it again. */
  block(chat: number, blocked: boolean): Update | null {
    const begun = this.#chat(chat);
    begun.blocked = blocked;
    return this.#updates.add('my_chat_member', {
      chat: begun.chat,
      from: userOf(chat, 'Ann'),
      date: this.#seconds(),
      old_chat_member: { user: this.#state.bot, status: blocked ? 'member' : 'kicked' },
      new_chat_member: { user: this.#state.bot, status: blocked ? 'kicked' : 'member' },
    });
  }

  /** A group becomes a supergroup, which has another id. */
  migrate(from: number, to: number): Update | null {
    const old = this.#chat(from);
    const moved = this.#state.begin(to, old.chat.title ?? '');
    moved.chat.type = 'supergroup';
    old.migratedTo = to;
    const message = { message_id: this.#state.nextMessageId(), date: this.#seconds(), from: userOf(1, 'Ann') };
    this.#updates.add('message', { ...message, chat: old.chat, migrate_to_chat_id: to });
    return this.#updates.add('message', { ...message, chat: moved.chat, migrate_from_chat_id: from });
  }

  #chat(id: number): Chat {
    const chat = this.#state.chats.get(id);
    if (!chat) throw new Error(`There is no chat ${id}.`);
    return chat;
  }

  #require(chat: number, id: number): TelegramMessage {
    const message = this.#state.message(chat, id);
    if (!message) throw new Error(`There is no message ${id} in the chat ${chat}.`);
    return message;
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}

function userOf(id: number, name: string): TelegramUser {
  return { id: Math.abs(id), is_bot: false, first_name: name, username: name.toLowerCase(), language_code: 'en' };
}

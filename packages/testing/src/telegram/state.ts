/** What a bot knows: chats with people, their messages, and files. */

export interface TelegramFile {
  file_id: string;
  file_unique_id: string;
  file_path: string;
  file_size: number;
  bytes: Uint8Array;
  contentType: string;
  filename: string | null;
}

/** A message as the Bot API shows it; what is shared by all kinds of them. */
export interface TelegramMessage {
  message_id: number;
  date: number;
  chat: TelegramChat;
  from: TelegramUser;
  text?: string;
  caption?: string;
  [field: string]: unknown;
}

export interface TelegramUser {
  id: number;
  is_bot: boolean;
  first_name: string;
  username?: string;
  language_code?: string;
}

export interface TelegramChat {
  id: number;
  type: 'private' | 'group' | 'supergroup';
  first_name?: string;
  title?: string;
}

export interface Chat {
  chat: TelegramChat;
  /** In order, from both sides. */
  messages: TelegramMessage[];
  /** The person does not want to hear from the bot. */
  blocked: boolean;
  /** The group has become another one. */
  migratedTo: number | null;
  /** Message → the bot's reaction. */
  reactions: Map<number, string>;
}

/** A request that Telegram refuses. */
export class TelegramRefusal extends Error {
  readonly code: number;
  readonly parameters: { retry_after?: number; migrate_to_chat_id?: number } | undefined;

  constructor(code: number, description: string, parameters?: TelegramRefusal['parameters']) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}

export class TelegramState {
  readonly bot: TelegramUser;
  readonly chats = new Map<number, Chat>();
  readonly files = new Map<string, TelegramFile>();
  #messages = 100;
  #files = 0;

  constructor(username: string) {
    this.bot = { id: 4711, is_bot: true, first_name: 'Simulated', username };
  }

  /** The bot's, as phones have it. */
  get address(): string {
    return `telegram:@${this.bot.username}`;
  }

  /** A person's chat with the bot, begun when it is not there yet; a negative id is a group. */
  begin(id: number, name: string): Chat {
    const known = this.chats.get(id);
    if (known) return known;
    const chat: TelegramChat = id < 0 ? { id, type: 'group', title: name } : { id, type: 'private', first_name: name };
    const begun: Chat = { chat, messages: [], blocked: false, migratedTo: null, reactions: new Map() };
    this.chats.set(id, begun);
    return begun;
  }

  nextMessageId(): number {
    this.#messages += 1;
    return this.#messages;
  }

  keep(bytes: Uint8Array, contentType: string, filename: string | null, folder: string): TelegramFile {
    this.#files += 1;
    const file: TelegramFile = {
      file_id: `file-${this.#files}`,
      file_unique_id: `unique-${this.#files}`,
      file_path: `${folder}/file_${this.#files}`,
      file_size: bytes.length,
      bytes,
      contentType,
      filename,
    };
    this.files.set(file.file_id, file);
    return file;
  }

  message(chat: number, id: number): TelegramMessage | undefined {
    return this.chats.get(chat)?.messages.find(({ message_id }) => message_id === id);
  }
}

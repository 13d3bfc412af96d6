/** The methods of the Bot API that send, and refuse what Telegram refuses. */
import type { PhoneLog } from '../phones/phone-log.ts';
import type { Parameters, UploadedFile } from './parameters.ts';
import { addressOfChat, textOfMessage } from './phones.ts';
import { type Chat, type TelegramMessage, TelegramRefusal, type TelegramState } from './state.ts';

export interface MethodContext {
  state: TelegramState;
  parameters: Parameters;
  /** In milliseconds. */
  now: number;
  /** Hears what happens. */
  log: PhoneLog;
}

const longestText = 4096;
const longestCaption = 1024;
/** A bot may get files of so many bytes. Source: Bot API, `getFile`. */
const largestDownload = 20 * 1024 * 1024;

/** Some of those that Telegram allows. Source: Bot API, `ReactionTypeEmoji`. */
const reactions = new Set([
  '👍',
  '👎',
  '❤',
  '🔥',
  '🥰',
  '👏',
  '😁',
  '🤔',
  '🤯',
  '😱',
  '🎉',
  '🤩',
  '🙏',
  '👌',
  '💯',
  '😢',
  '👀',
]);

function bad(what: string): TelegramRefusal {
  return new TelegramRefusal(400, `Bad Request: ${what}`);
}

export function requireChat({ state, parameters }: MethodContext): Chat {
  const chat = state.chats.get(parameters.number('chat_id'));
  if (!chat) throw bad('chat not found');
  if (chat.migratedTo !== null) {
    const moved = { migrate_to_chat_id: chat.migratedTo };
    throw new TelegramRefusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', moved);
  }
  if (chat.blocked) throw new TelegramRefusal(403, 'Forbidden: bot was blocked by the user');
  return chat;
}

function send(context: MethodContext, chat: Chat, content: Partial<TelegramMessage>): TelegramMessage {
  const { state, parameters, now, log } = context;
  const message: TelegramMessage = {
    message_id: state.nextMessageId(),
    date: Math.floor(now / 1000),
    chat: chat.chat,
    from: state.bot,
    ...content,
    ...replyIn(chat, parameters),
    ...keyboardIn(parameters),
  };
  chat.messages.push(message);
  const to = addressOfChat(chat.chat.id);
  log.arrive(`${to} ${message.message_id}`, { from: state.address, to, ...textOfMessage(message) });
  return message;
}

function replyIn(chat: Chat, parameters: Parameters) {
  const reply = parameters.json('reply_parameters') as
    | { message_id?: number; allow_sending_without_reply?: boolean }
    | undefined;
  if (!reply) return {};
  const answered = chat.messages.find(({ message_id }) => message_id === reply.message_id);
  if (answered) return { reply_to_message: answered };
  if (reply.allow_sending_without_reply) return {};
  throw bad('message to be replied not found');
}

interface Button {
  text?: string;
  url?: string;
  callback_data?: string;
}

function keyboardIn(parameters: Parameters) {
  const markup = parameters.json('reply_markup') as { inline_keyboard?: Button[][] } | undefined;
  if (!markup?.inline_keyboard) return {};
  for (const button of markup.inline_keyboard.flat()) {
    if (!button.text) throw bad('inline keyboard button text is empty');
    if (button.url === undefined && button.callback_data === undefined) {
      throw bad('inline keyboard button must have exactly one of optional fields');
    }
    const data = Buffer.byteLength(button.callback_data ?? 'x');
    if (data < 1 || data > 64) throw bad('BUTTON_DATA_INVALID');
    if (button.url !== undefined && !/^(https?|tg):\/\/\S+$/.test(button.url))
      throw bad(`inline keyboard button URL '${button.url}' is invalid`);
  }
  return { reply_markup: markup };
}

export function sendMessage(context: MethodContext): TelegramMessage {
  const chat = requireChat(context);
  const text = context.parameters.text('text');
  if (text.trim() === '') throw bad('message text is empty');
  if (text.length > longestText) throw bad('message is too long');
  return send(context, chat, { text });
}

/** `sendPhoto` and so on: the field has the name of the kind, and the file or the id of one that is there. */
export function sendFile(kind: string) {
  return (context: MethodContext): TelegramMessage => {
    const { state, parameters } = context;
    const chat = requireChat(context);
    const caption = parameters.text('caption');
    if (caption.length > longestCaption) throw bad('message caption is too long');
    // Under the name of the field, or under another one that the field names.
    const uploaded =
      parameters.files.get(kind) ?? parameters.files.get(parameters.text(kind).replace(/^attach:\/\//, ''));
    if (!uploaded) throw bad(`there is no ${kind} in the request`);
    if (uploaded.bytes.length === 0) throw bad('file must be non-empty');
    if (kind === 'photo' && uploaded.bytes.length > 10 * 1024 * 1024) throw bad('file is too big for a photo');
    return send(context, chat, { ...(caption !== '' && { caption }), ...shown(state, kind, uploaded) });
  };
}

/** Photos come in several sizes, the largest last. */
export function shown(state: TelegramState, kind: string, { bytes, contentType, filename }: UploadedFile) {
  const folder = `${kind}s`;
  const file = state.keep(bytes, contentType, filename, folder);
  const { file_id, file_unique_id, file_size } = file;
  const described = { file_id, file_unique_id, file_size };
  if (kind !== 'photo') {
    const named = filename !== null && kind !== 'voice' && { file_name: filename };
    return { [kind]: { ...described, mime_type: contentType, ...named } };
  }
  const small = state.keep(new Uint8Array([1]), contentType, null, folder);
  const thumbnail = {
    file_id: small.file_id,
    file_unique_id: small.file_unique_id,
    file_size: 1,
    width: 90,
    height: 90,
  };
  return { photo: [thumbnail, { ...described, width: 800, height: 600 }] };
}

export function sendPlace(venue: boolean) {
  return (context: MethodContext): TelegramMessage => {
    const { parameters } = context;
    const chat = requireChat(context);
    const location = { latitude: Number(parameters.text('latitude')), longitude: Number(parameters.text('longitude')) };
    if (!Number.isFinite(location.latitude) || !Number.isFinite(location.longitude)) throw bad('wrong location');
    if (!venue) return send(context, chat, { location });
    const [title, address] = [parameters.text('title'), parameters.text('address')];
    if (title === '' || address === '') throw bad('venue title and address are required');
    return send(context, chat, { location, venue: { location, title, address } });
  };
}

export function setMessageReaction(context: MethodContext): true {
  const { state, parameters } = context;
  const chat = requireChat(context);
  const id = parameters.number('message_id');
  if (!state.message(chat.chat.id, id)) throw bad('message to react not found');
  const [reaction] = (parameters.json('reaction') ?? []) as { type?: string; emoji?: string }[];
  if (!reaction) chat.reactions.delete(id);
  else if (reaction.type !== 'emoji' || !reactions.has(reaction.emoji ?? '')) throw bad('REACTION_INVALID');
  else chat.reactions.set(id, reaction.emoji ?? '');
  return true;
}

export function getFile({ state, parameters }: MethodContext) {
  const file = state.files.get(parameters.text('file_id'));
  if (!file) throw bad('invalid file_id');
  if (file.file_size > largestDownload) throw bad('file is too big');
  const { file_id, file_unique_id, file_size, file_path } = file;
  return { file_id, file_unique_id, file_size, file_path };
}

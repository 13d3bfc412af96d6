import type { Json } from '../json.ts';
import type { OutboundMedia, SendRequest } from '../message.ts';
import { textOf } from '../message.ts';
import type { BotAnswer, BotApi } from './api.ts';
import { messageOf } from './ids.ts';
import type { PieceData } from './plan.ts';

const mebibyte = 1024 * 1024;

/** Makes the one call that a piece is. @throws SendFailure, or Error when the file is gone */
export async function post(api: BotApi, chat: number, request: SendRequest, signal: AbortSignal): Promise<BotAnswer> {
  const { reaction, parts, piece } = request;
  if (reaction) return react(api, chat, reaction, signal);
  const { buttons, location } = (request.data ?? {}) as PieceData;
  const common: Json = {
    chat_id: chat,
    // What is answered may have been deleted meanwhile.
    ...(piece === 0 && replyIn(request)),
    ...(buttons && { reply_markup: { inline_keyboard: buttons.map((button) => [button]) } }),
  };
  const text = textOf(parts);
  const file = parts.find((part) => part.kind === 'media');
  if (location) return sendPlace(api, common, location, signal);
  if (!file) return api.call('sendMessage', { ...common, text }, signal);
  return sendFile(api, { ...common, ...(text !== '' && { caption: text }) }, file, signal);
}

function replyIn({ replyTo }: SendRequest): Json {
  const answered = replyTo === null ? undefined : messageOf(replyTo);
  if (!answered) return {};
  return { reply_parameters: { message_id: answered.message, allow_sending_without_reply: true } };
}

function react(
  api: BotApi,
  chat: number,
  { to, emoji }: NonNullable<SendRequest['reaction']>,
  signal: AbortSignal,
): Promise<BotAnswer> {
  const reaction = emoji === null ? [] : [{ type: 'emoji', emoji: plainEmoji(emoji) }];
  return api.call('setMessageReaction', { chat_id: chat, message_id: messageOf(to)?.message ?? 0, reaction }, signal);
}

/** Telegram's list has hearts and the like without the sign that has them shown in colour (U+FE0F). */
function plainEmoji(emoji: string): string {
  return emoji.replace(/\uFE0F/g, '');
}

function sendPlace(
  api: BotApi,
  common: Json,
  { latitude, longitude, label }: NonNullable<PieceData['location']>,
  signal: AbortSignal,
): Promise<BotAnswer> {
  const place = { ...common, latitude, longitude };
  if (label === undefined) return api.call('sendLocation', place, signal);
  return api.call('sendVenue', { ...place, title: label, address: `${latitude}, ${longitude}` }, signal);
}

async function sendFile(api: BotApi, common: Json, file: OutboundMedia, signal: AbortSignal): Promise<BotAnswer> {
  const field = fieldFor(file);
  const { contentType, size, sid } = file;
  const filename = file.filename ?? `${sid}${extensions[essenceOf(contentType)] ?? ''}`;
  const bytes = await file.open();
  const method = `send${field.slice(0, 1).toUpperCase()}${field.slice(1)}`;
  return api.upload(method, common, { field, filename, contentType, size, bytes }, signal);
}

const extensions: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/gif': '.gif',
  'audio/mpeg': '.mp3',
  'audio/ogg': '.ogg',
  'video/mp4': '.mp4',
  'application/pdf': '.pdf',
};

function essenceOf(contentType: string): string {
  return contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** As what people see it; whatever has no way of its own is a document. Source: Bot API, `sendPhoto` and the like. */
function fieldFor({ contentType, size }: OutboundMedia): string {
  switch (essenceOf(contentType)) {
    case 'image/jpeg':
    case 'image/png':
      return size <= 10 * mebibyte ? 'photo' : 'document';
    case 'image/gif':
      return 'animation';
    case 'audio/mpeg':
    case 'audio/mp4':
      return 'audio';
    case 'audio/ogg':
      return 'voice';
    case 'video/mp4':
      return 'video';
    default:
      return 'document';
  }
}

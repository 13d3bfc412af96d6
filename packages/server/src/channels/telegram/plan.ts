import { asObjects } from '../json.ts';
import type { Capabilities, OutboundMessage, Part, Plan, RichPart } from '../message.ts';
import { planFor } from '../plan.ts';

/** What a piece is besides its text and file. */
export interface PieceData {
  /** Below the message, a row each. */
  buttons?: Button[];
  location?: { latitude: number; longitude: number; label?: string };
}

/** Source: Bot API, `InlineKeyboardButton`. */
export type Button = { text: string; callback_data: string } | { text: string; url: string };

/** In bytes. */
const longestData = 64;

/** Choices become buttons, a place a place; everything else text and files. */
export function planForTelegram(capabilities: Capabilities, message: OutboundMessage): Plan {
  const { rich } = message;
  const shown = rich && capabilities.rich.includes(rich.type) ? show(rich) : null;
  if (!shown) return planFor(capabilities, message);
  if (shown.location) {
    const parts: Part[] = message.parts.filter(({ kind }) => kind === 'text');
    return { ok: true, pieces: [{ parts, data: { location: shown.location } satisfies PieceData }], changes: [] };
  }
  const files = message.parts.filter(({ kind }) => kind === 'media');
  const plan = planFor(capabilities, { ...message, parts: [{ kind: 'text', text: shown.text }, ...files] });
  if (!plan.ok) return plan;
  const at = plan.pieces.findLastIndex(({ parts }) => parts.some(({ kind }) => kind === 'text'));
  const data: PieceData = { buttons: shown.buttons };
  const pieces = plan.pieces.map((piece, index) => (index === at ? { ...piece, data } : piece));
  return { ok: true, pieces, changes: [...plan.changes, ...shown.changes] };
}

interface Shown {
  text: string;
  buttons: Button[];
  changes: string[];
  location?: NonNullable<PieceData['location']>;
}

function show({ type, content }: RichPart): Shown | null {
  const shown: Shown = { text: textIn(content, 'body') ?? '', buttons: [], changes: [] };
  switch (type) {
    case 'twilio/location': {
      const [latitude, longitude] = [Number(content['latitude']), Number(content['longitude'])];
      if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) return null;
      const label = textIn(content, 'label');
      return { ...shown, location: { latitude, longitude, ...(label !== undefined && { label }) } };
    }
    case 'twilio/quick-reply':
      for (const action of asObjects(content['actions']))
        addChoice(shown, textIn(action, 'title'), textIn(action, 'id'));
      break;
    case 'twilio/list-picker':
      for (const item of asObjects(content['items'])) addChoice(shown, textIn(item, 'item'), textIn(item, 'id'));
      break;
    case 'twilio/call-to-action':
      for (const action of asObjects(content['actions'])) addLink(shown, action);
      break;
    default:
      return null;
  }
  return shown.text === '' || shown.buttons.length === 0 ? null : shown;
}

function addChoice({ buttons, changes }: Shown, title: string | undefined, id: string | undefined): void {
  if (title === undefined) return;
  const data = id ?? title;
  const short = cut(data);
  if (short !== data) changes.push(`The id of the button ${title} was cut to ${longestData} bytes.`);
  buttons.push({ text: title, callback_data: short });
}

/** Telegram's buttons open pages; numbers to call are for the text. */
function addLink(shown: Shown, action: Record<string, unknown>): void {
  const [title, url, phone] = [textIn(action, 'title'), textIn(action, 'url'), textIn(action, 'phone')];
  if (title !== undefined && url !== undefined && /^https?:\/\/\S+$/.test(url))
    shown.buttons.push({ text: title, url });
  else if (phone !== undefined) {
    shown.text += `\n${title ?? ''} ${phone}`.trimEnd();
    shown.changes.push(`The button ${title ?? phone} went as text.`);
  }
}

/** Never within a sign. */
function cut(data: string): string {
  let short = '';
  for (const sign of data) {
    if (Buffer.byteLength(short + sign) > longestData) break;
    short += sign;
  }
  return short;
}

function textIn(object: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

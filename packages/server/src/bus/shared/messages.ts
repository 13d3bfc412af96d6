/**
 * What nodes tell each other. Each message is of one topic: a stream, or `wakes`. Events are lines of text, so that their
 * data passes as it is stored, never parsed (JSON of `JSON.stringify` has no line breaks).
 */
import type { LoggedEvent } from '../../storage/driver.ts';
import type { Signal } from '../bus.ts';

/** The topic of names that are woken. A stream's topic is its SID. */
export const wakes = 'wakes';

export type Message =
  | { kind: 'events'; events: LoggedEvent[] }
  /** There are events up to that position, to be read from the log. */
  | { kind: 'moved'; position: number }
  | { kind: 'signal'; signal: Signal }
  | { kind: 'woken'; names: string[] };

/** @param events of one stream, in order; more than one message where they are larger than a message may be */
export function writeEvents(events: readonly LoggedEvent[], maxBytes: number): Buffer[] {
  let text = 'events';
  for (const { id, position, type, time, data } of events) text += `\n${id} ${position} ${type} ${time}\n${data}`;
  const message = Buffer.from(text);
  if (message.length <= maxBytes) return [message];
  const half = events.length >> 1;
  if (half > 0) return [...writeEvents(events.slice(0, half), maxBytes), ...writeEvents(events.slice(half), maxBytes)];
  return [Buffer.from(`moved\n${events[0]?.position}`)];
}

export function writeSignal(signal: Signal): Buffer {
  return Buffer.from(`signal\n${JSON.stringify(signal)}`);
}

export function writeWoken(names: Iterable<string>): Buffer {
  return Buffer.from(['woken', ...names].join('\n'));
}

/** @returns undefined when it is none of ours, or of a later version */
export function readMessage(topic: string, message: Uint8Array): Message | undefined {
  const [kind, ...lines] = Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString().split('\n');
  switch (kind) {
    case 'events':
      return { kind, events: readEvents(topic, lines) };
    case 'moved':
      return { kind, position: Number(lines[0]) };
    case 'signal':
      return { kind, signal: JSON.parse(lines[0] ?? '') as Signal };
    case 'woken':
      return { kind, names: lines };
    default:
      return undefined;
  }
}

function readEvents(stream: string, lines: readonly string[]): LoggedEvent[] {
  const events: LoggedEvent[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [id, position, type = '', time] = (lines[at] ?? '').split(' ');
    const event = {
      id: Number(id),
      stream,
      position: Number(position),
      type,
      time: Number(time),
      data: lines[at + 1] ?? '',
    };
    if (event.position > 0) events.push(event);
  }
  return events;
}

import type { RealtimeNotifications } from '@colloquy/protocol';
import type { LoggedEvent } from '../../storage/driver.ts';

/** A WebSocket text frame from a server: final, unmasked (RFC 6455, section 5.2). */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const { frame, head } = begin(0x81, length);
  frame.write(text, head, 'utf8');
  return frame;
}

/** The same with bytes that are no text. */
export function binaryFrame(bytes: Buffer): Buffer {
  const { frame, head } = begin(0x82, bytes.length);
  bytes.copy(frame, head);
  return frame;
}

/** @returns a frame without its payload, which begins after `head` bytes */
function begin(opcode: number, length: number): { frame: Buffer; head: number } {
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = opcode;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  return { frame, head };
}

/** The texts of frames that `textFrame` made, joined; the bytes are the same, not copies. */
export function payloadsOf(frames: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 0; at < frames.length; ) {
    const short = frames.readUInt8(at + 1);
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length =
      head === 2 ? short : head === 4 ? frames.readUInt16BE(at + 2) : Number(frames.readBigUInt64BE(at + 2));
    payloads.push(frames.subarray(at + head, at + head + length));
    at += head + length;
  }
  return payloads;
}

/** An event as its notification, without parsing what the log holds as text. */
export function eventText(event: LoggedEvent): string {
  return `{"jsonrpc":"2.0","method":"event","params":${eventJson(event)}}`;
}

/** An event as the protocol's `StreamEvent`. SIDs and types need no escaping. */
export function eventJson(event: LoggedEvent): string {
  return `{"stream":"${event.stream}","position":${event.position},"type":"${event.type}","time":${event.time},"data":${event.data}}`;
}

export function notificationText<M extends Exclude<keyof RealtimeNotifications, 'event'>>(
  method: M,
  params: RealtimeNotifications[M],
): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

/**
 * WebSocket clients that cost next to nothing, so that a figure is the server's: a handshake over node:net,
 * and frames that are counted by their lengths without reading what is in them.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface CountingSocket {
  socket: Socket;
  /** Text frames that came. */
  frames: number;
  /** Called with the text of each frame while it is set; reading costs, so only while connecting. */
  onText: ((text: string) => void) | undefined;
  send(text: string): void;
}

export function openSocket(port: number, path: string, protocol?: string): Promise<CountingSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', reject);
    const lines = [
      `GET ${path} HTTP/1.1`,
      'Host: 127.0.0.1',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      'Sec-WebSocket-Version: 13',
      ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const counting: CountingSocket = {
      socket,
      frames: 0,
      onText: undefined,
      send: (text) => socket.write(clientFrame(text)),
    };
    let head = Buffer.alloc(0);
    const onHead = (data: Buffer) => {
      head = Buffer.concat([head, data]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      socket.off('data', onHead);
      if (!head.toString('latin1').startsWith('HTTP/1.1 101')) return reject(new Error(head.toString('latin1')));
      const count = frameCounter(counting);
      socket.on('data', count);
      if (head.length > end + 4) count(head.subarray(end + 4));
      resolve(counting);
    };
    socket.on('data', onHead);
  });
}

/** A masked text frame (RFC 6455, section 5.2), with a mask of zeros: it only has to be there. */
function clientFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const head =
    body.length < 126
      ? Buffer.from([0x81, 0x80 | body.length])
      : Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4), body]);
}

/** Follows the frames through a stream of chunks, wherever those are cut. */
function frameCounter(counting: CountingSocket): (data: Buffer) => void {
  let rest: Buffer | undefined;
  let skip = 0;
  return (chunk) => {
    let data = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    let at = Math.min(skip, data.length);
    skip -= at;
    while (at < data.length) {
      const left = data.length - at;
      const short = left > 1 ? (data[at + 1] as number) & 127 : 0;
      const headLength = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (left < headLength) break;
      const length =
        short === 127 ? Number(data.readBigUInt64BE(at + 2)) : short === 126 ? data.readUInt16BE(at + 2) : short;
      const text = ((data[at] as number) & 15) === 1;
      if (counting.onText && left < headLength + length) break;
      if (text) counting.frames += 1;
      if (counting.onText && text) counting.onText(data.toString('utf8', at + headLength, at + headLength + length));
      at += headLength + length;
    }
    if (at > data.length) skip = at - data.length;
    else if (at < data.length) {
      rest = data.subarray(at);
      data = Buffer.alloc(0);
    }
  };
}

/** The other side of a session, which does only what a test says. */
import { type Duplex, duplexPair } from 'node:stream';
import {
  type Answer,
  answerOf,
  type Body,
  bodyOf,
  decode,
  encode,
  Framer,
  type Pdu,
  type Request,
} from '../src/index.ts';

export class RawPeer {
  readonly #stream: Duplex;
  readonly #framer = new Framer();
  readonly #came: Pdu[] = [];
  #awaited: ((pdu: Pdu) => void)[] = [];
  /** Resolves when the other side has ended its half. */
  readonly ended: Promise<void>;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      for (const frame of this.#framer.push(chunk)) this.#take(decode(frame));
    });
    this.ended = new Promise((resolve) => stream.once('close', resolve).once('end', resolve));
    stream.on('error', () => {});
  }

  /** The next PDU that came, or comes. */
  next(): Promise<Pdu> {
    const pdu = this.#came.shift();
    return pdu ? Promise.resolve(pdu) : new Promise((resolve) => this.#awaited.push(resolve));
  }

  raw(octets: Uint8Array): void {
    this.#stream.write(octets);
  }

  send<Name extends Request | 'generic_nack'>(
    command: Name,
    body: Partial<Body<Name>>,
    sequence = 1,
    status = 0,
  ): void {
    this.raw(encode({ command, status, sequence, ...bodyOf(command, body) } as Pdu));
  }

  answer<Name extends Request>(request: Pdu, command: Name, body: Partial<Body<Answer<Name>>> = {}, status = 0): void {
    const answer = answerOf(command);
    this.raw(encode({ command: answer, status, sequence: request.sequence, ...bodyOf(answer, body) } as Pdu));
  }

  close(): void {
    this.#stream.end();
  }

  #take(pdu: Pdu): void {
    const awaited = this.#awaited.shift();
    if (awaited) awaited(pdu);
    else this.#came.push(pdu);
  }
}

/** Two ends of one connection. */
export function connection(): { stream: Duplex; peer: RawPeer } {
  const [stream, other] = duplexPair();
  return { stream, peer: new RawPeer(other) };
}

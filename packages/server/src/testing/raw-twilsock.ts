import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { twilsockPath } from '../api/twilsock/gateway.ts';
import { type Packet, readPacket, writePacket } from '../api/twilsock/packet.ts';

export interface TunnelledAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests know what they asked for
  body: any;
}

export interface SyncMessage {
  event_type: string;
  correlation_id?: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  events: any[];
}

/** A client of the official SDK's protocol with nothing clever in it: what the server sends is kept as it came. */
export class RawTwilsock {
  /** Packets that answer nothing. */
  readonly packets: Packet[] = [];
  closed: { code: number } | undefined;
  readonly #webSocket: WebSocket;
  readonly #waiting = new Map<string, (reply: Packet) => void>();
  readonly #watchers = new Set<() => void>();
  #correlation = 0;

  static async open(address: string): Promise<RawTwilsock> {
    const webSocket = new WebSocket(address + twilsockPath);
    const client = new RawTwilsock(webSocket);
    await new Promise((resolve, reject) => webSocket.once('open', resolve).once('error', reject));
    return client;
  }

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.on('message', (data: Buffer) => this.#take(readPacket(data)));
    webSocket.on('close', (code) => {
      this.closed = { code };
      this.#tell();
    });
  }

  /** Sends a packet and waits for its reply. */
  call(fields: { method: string } & Record<string, unknown>, payload = ''): Promise<Packet> {
    const id = `TM${randomUUID()}`;
    const replied = new Promise<Packet>((resolve) => this.#waiting.set(id, resolve));
    this.send(writePacket({ ...fields, id }, payload));
    return replied;
  }

  /** @returns the status of the reply */
  async init(token: string, more: object = {}): Promise<{ code: number; status: string; errorCode?: number }> {
    const { header } = await this.call({ method: 'init', token, continuation_token: null, ...more });
    return header['status'] as { code: number; status: string };
  }

  /** A request that travels through the socket. @param path with its query */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<TunnelledAnswer> {
    const [plain = '', query = ''] = path.split('?');
    const params = Object.fromEntries(
      query.split('&').flatMap((pair) => {
        const [name = '', value = ''] = pair.split('=');
        return name === '' ? [] : [[name, value]];
      }),
    );
    const http_request = { host: 'aim.us1.example', path: plain, method, params, headers };
    const payload = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
    const reply = await this.call({ method: 'message', active_grant: 'ip_messaging', http_request }, payload);
    const { code } = reply.header['http_status'] as { code: number };
    return { status: code, body: JSON.parse(reply.payload.toString() || 'null') };
  }

  get(path: string): Promise<TunnelledAnswer> {
    return this.request('GET', path);
  }

  /** Waits for an event of the Sync layer, of that type. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  event(type: string): Promise<any> {
    return this.until(() => this.messages.find(({ event_type }) => event_type === type)?.events[0]);
  }

  /** Subscribes, and waits for what comes of it. @param objects SID, type and up to which id they are known */
  async subscribe(...objects: [sid: string, type: string, known: number | null][]): Promise<SyncMessage[]> {
    this.#correlation += 1;
    const correlation_id = this.#correlation;
    await this.request('POST', '/v4/Subscriptions', {
      event_protocol_version: 4,
      action: 'establish',
      correlation_id,
      requests: objects.map(([object_sid, object_type, last_event_id]) => ({ object_sid, object_type, last_event_id })),
    });
    const outcome = () => this.messages.filter((message) => message.correlation_id === correlation_id);
    await this.until(() => outcome().reduce((sum, { events }) => sum + events.length, 0) === objects.length);
    return outcome();
  }

  /** What the Sync layer was told, in order. */
  get messages(): SyncMessage[] {
    return this.notifications('twilio.sync.event') as SyncMessage[];
  }

  notifications(type: string): unknown[] {
    return this.packets
      .filter(({ header }) => header.method === 'notification' && header['message_type'] === type)
      .map(({ payload }) => JSON.parse(payload.toString()));
  }

  send(data: Buffer | string): void {
    this.#webSocket.send(data);
  }

  cut(): void {
    this.#webSocket.terminate();
  }

  /** Reads nothing more until `continue`. */
  pause(): void {
    this.#webSocket.pause();
  }

  continue(): void {
    this.#webSocket.resume();
  }

  /** Waits until something that came makes it true. */
  async until<T>(condition: () => T | undefined | false): Promise<T> {
    for (;;) {
      const value = condition();
      if (value) return value;
      if (this.closed) throw new Error('The socket closed before that.');
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  /** Waits until the socket is closed. */
  async end(): Promise<number> {
    while (!this.closed) await new Promise<void>((resolve) => this.#watchers.add(resolve));
    return this.closed.code;
  }

  #take(packet: Packet | undefined): void {
    if (!packet) throw new Error('The server sent what is no packet.');
    const reply = packet.header.method === 'reply' ? this.#waiting.get(packet.header.id) : undefined;
    if (reply) {
      this.#waiting.delete(packet.header.id);
      reply(packet);
    } else this.packets.push(packet);
    this.#tell();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }
}

import {
  type AnyStreamEvent,
  type CloseCode,
  type ConnectParams,
  type ConnectResult,
  errors,
  type RealtimeMethod,
  type RealtimeMethods,
  type RealtimeNotifications,
  type RpcRequest,
  rpcErrors,
  type StreamSid,
} from '@colloquy/protocol';
import { fakeMethods } from './fake-methods.ts';
import { FakeRefusal, type FakeServer, type Handler, type Listener } from './fake-server.ts';

/** Those of a server that nobody has set up otherwise. */
export const attachmentLimits = {
  mediaAttachmentsCountLimit: 10,
  mediaAttachmentSizeLimitInMb: 150,
  mediaAttachmentsTotalSizeLimitInMb: 1500,
  emailHistoriesAllowedContentTypes: ['text/plain', 'text/html'],
  emailBodiesAllowedContentTypes: ['text/plain', 'text/html'],
};

/** Where a session's frames go. */
export interface Wire {
  send(frame: string): void;
  close(code: CloseCode): void;
}

/** One connection, from the server's side. A token is an identity; `bad`, `old` and `away` are refused. */
export class FakeSession implements Listener {
  identity = '';
  readonly streams = new Set<string>();
  readonly watched = new Set<string>();
  token = '';
  readonly #server: FakeServer;
  readonly #wire: Wire;

  constructor(server: FakeServer, wire: Wire) {
    this.#server = server;
    this.#wire = wire;
  }

  notify<N extends keyof RealtimeNotifications>(method: N, params: RealtimeNotifications[N]): void {
    this.#send({ method, params });
  }

  close(code: CloseCode): void {
    this.gone();
    this.#wire.close(code);
  }

  /** The socket is no more. */
  gone(): void {
    this.#server.listeners.delete(this);
  }

  receive(frame: string): void {
    const { id, method, params } = JSON.parse(frame) as RpcRequest;
    this.#server.requests.push({ method, params });
    try {
      this.#send({ id, result: this.#answer(method, params) });
    } catch (error) {
      if (!(error instanceof FakeRefusal)) throw error;
      const { code } = error;
      const { message, status, help } = errors[code];
      this.#send({ id, error: { code, message, data: { status, help } } });
      if (method === 'connect') this.close(4401);
    }
  }

  #answer(method: string, params: unknown): unknown {
    if (method === 'connect') return this.#connect(params as ConnectParams);
    if (method === 'ping') return { time: this.#server.now };
    if (method === 'token.update') return this.#updateToken((params as { token: string }).token);
    return call(this.#server, this, method as RealtimeMethod, params as never);
  }

  #updateToken(token: string): { tokenExpires: number } {
    if (identityOf(token) !== this.identity) throw new FakeRefusal(20106);
    this.token = token;
    return { tokenExpires: this.#server.now + 3_600_000 };
  }

  #connect({ token, resume }: ConnectParams): ConnectResult {
    const server = this.#server;
    this.identity = identityOf(token);
    this.token = token;
    const user = server.user(this.identity);
    server.listeners.add(this);
    this.streams.add(user.data.sid);
    const conversations = server.conversationsOf(this.identity);
    for (const { data } of conversations) this.streams.add(data.sid);
    const common = {
      session: 'session',
      user: user.data,
      position: user.head,
      cursor: String(server.log.length),
      tokenExpires: server.now + 3_600_000,
      heartbeat: server.heartbeat,
      typingTimeout: 5000,
      limits: attachmentLimits,
    };
    const page = fakeMethods['conversations.list'](server, this, {});
    if (!resume) return { ...common, conversations: page, events: [], reset: [] };
    const own = this.#missed(user.data.sid, resume.positions[user.data.sid] ?? 0, user.head);
    if (!own) return { ...common, conversations: page, events: [], reset: [user.data.sid] };
    const events = [...own];
    const reset: StreamSid[] = [];
    for (const { data, head } of conversations) {
      const since = server.log.slice(Number(resume.cursor)).find((event) => event.stream === data.sid);
      const joined = own.findLast((event) => event.type === 'membership.added' && isOf(event, data.sid));
      const from =
        joined?.type === 'membership.added'
          ? joined.data.position
          : (resume.positions[data.sid] ?? (since ? since.position - 1 : head));
      const missed = this.#missed(data.sid, from, head);
      if (missed) events.push(...missed);
      else reset.push(data.sid);
    }
    return { ...common, conversations: null, events, reset };
  }

  #missed(stream: string, after: number, head: number): AnyStreamEvent[] | undefined {
    const events = this.#server.after(stream, after);
    return head - after > this.#server.missedAtMost || events.length < head - after ? undefined : events;
  }

  #send(message: object): void {
    this.#wire.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }
}

/** Calls a method as somebody, with or without a connection. A key that was used answers as it did before. */
export function call<M extends RealtimeMethod>(
  server: FakeServer,
  caller: Listener,
  method: M,
  params: RealtimeMethods[M]['params'],
): RealtimeMethods[M]['result'] {
  const handler = (fakeMethods as Record<string, unknown>)[method] as Handler<M> | undefined;
  if (!handler) throw new Error(rpcErrors.unknownMethod.message);
  const { key } = params as { key?: string };
  const scoped = key && `${caller.identity} ${key}`;
  if (scoped && server.answers.has(scoped)) return server.answers.get(scoped) as RealtimeMethods[M]['result'];
  const code = server.turnsDown(method, params);
  if (code) throw new FakeRefusal(code);
  const { after } = params as { after?: string };
  if (method === 'messages.send' && after && !server.answers.has(`${caller.identity} ${after}`))
    throw new FakeRefusal(20412);
  const answer = structuredClone(handler(server, caller, params));
  if (scoped) server.answers.set(scoped, answer);
  return answer;
}

/** Somebody else at the server. */
export function as(server: FakeServer, identity: string) {
  server.user(identity);
  const caller: Listener = { identity, streams: new Set(), watched: new Set(), notify: () => {} };
  return <M extends RealtimeMethod>(method: M, params: RealtimeMethods[M]['params']) =>
    call(server, caller, method, params);
}

function identityOf(token: string): string {
  if (token === 'bad') throw new FakeRefusal(20107);
  if (token === 'old') throw new FakeRefusal(20104);
  if (token === 'away') throw new FakeRefusal(20503);
  return token.split('#', 1)[0] ?? '';
}

function isOf(event: AnyStreamEvent, conversation: string): boolean {
  return event.type === 'membership.added' && event.data.membership.conversationSid === conversation;
}

import { randomUUID } from 'node:crypto';
import { type CloseCode, closeCodes, limits, type RestErrorBody } from '@colloquy/protocol';
import type { Signal } from '../../bus/bus.ts';
import type { UserActor } from '../../core/actor.ts';
import { idempotencyOf } from '../../core/core.ts';
import { retryAfterOf } from '../../core/rates/too-many.ts';
import { Refusal, refuse } from '../../core/refusal.ts';
import { findUser } from '../../core/users/actions.ts';
import { binaryFrame } from '../../delivery/realtime/frames.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import { Intake } from '../sessions/intake.ts';
import { LifeSigns } from '../sessions/life-signs.ts';
import { aboutToExpire, type HeldSession, type Sessions } from '../sessions/sessions.ts';
import type { Wire } from '../sessions/wire.ts';
import { connectingUser, renewedToken } from '../token-user.ts';
import { type AccessToken, verifyToken } from '../tokens.ts';
import type { Answer } from './call.ts';
import type { TwilsockDependencies } from './dependencies.ts';
import { type Header, type Packet, readPacket, writePacket } from './packet.ts';
import { isRead, readRequest, type TunnelledRequest } from './request.ts';
import { typingRepeat } from './rest/typing.ts';
import { type Route, routeOf } from './routes.ts';
import { errorOf, ok, reasonOf, type Status, tokenStatus } from './statuses.ts';
import type { Documents } from './sync/documents.ts';
import { Missing, missingBody } from './sync/missing.ts';
import { notificationFrame } from './sync/notes.ts';
import { subscribe } from './sync/subscribe.ts';
import { Subscriptions } from './sync/subscriptions.ts';

/** A client that reads slower than this much behind is cut off; it gets what it missed when it is back. Bytes. */
const unsentLimit = 32 * 1024 * 1024;
/** The same for who has not said who he is. */
const strangerUnsentLimit = 64 * 1024;
/** Changes of one client that are under way. */
const writesAtOnce = 64;
/** Messages that are no packets, and tokens that are refused, after which the peer is taken for something else. */
const badLimit = 20;
/** How long the right to see a conversation that one is not in may last after a role was changed; milliseconds. */
const lookEvery = 30_000;
/** What a client is to wait that is refused for how many come; milliseconds. */
const comeAgain = 2500;

export interface TwilsockSessionParts {
  /** Under which address the client reaches the server, without a slash at its end. */
  address: string;
  wire: Wire;
  sessions: Sessions;
  documents: Documents;
  dependencies: TwilsockDependencies;
}

/** One connection of the official client, from its first packet to its last. */
export class TwilsockSession implements HeldSession {
  readonly id: string = randomUUID();
  readonly api = 'twilsock';
  readonly opened: number;
  readonly watched = new Set<string>();
  readonly #parts: TwilsockSessionParts;
  readonly #subscriptions: Subscriptions;
  readonly #intake: Intake;
  readonly #signs: LifeSigns;
  #actor: UserActor | undefined;
  #token: AccessToken | undefined;
  #beginning = false;
  #bad = 0;
  #looked = 0;
  #isUpdating = false;
  #warned = false;
  #closed = false;

  constructor(parts: TwilsockSessionParts) {
    const { dependencies, sessions, documents } = parts;
    this.#parts = parts;
    this.#intake = new Intake(parts.wire, writesAtOnce, () => this.user || this);
    const { clock } = dependencies.core;
    this.#signs = new LifeSigns(parts.wire, this.#intake, clock);
    this.opened = clock.now();
    this.#subscriptions = new Subscriptions({
      core: dependencies.core,
      hub: sessions.hub,
      documents,
      listener: this,
      write: (frame) => this.#write(frame),
    });
  }

  get user(): string {
    return this.#actor?.user ?? '';
  }

  get lastHeard(): number {
    return this.#signs.last;
  }

  get mostOfUser(): number {
    return this.#parts.wire.mostOfUser;
  }

  get memory(): number {
    return this.#intake.held + this.#parts.wire.begun + this.#parts.wire.unsent;
  }

  get isIdle(): boolean {
    return !this.#beginning && this.#intake.isIdle;
  }

  get connected(): boolean {
    return this.#token !== undefined;
  }

  deliver(events: readonly LoggedEvent[]): void {
    this.#subscriptions.take(events);
  }

  notify(signal: Signal): void {
    if (signal.type === 'user') return this.#subscriptions.takeUser(signal.user);
    const { conversation, identity } = signal;
    // A little longer than the typist's client waits before it says so again.
    const typing = { channel_sid: conversation, identity, typing_timeout: typingRepeat + 1 };
    this.#subscriptions.tellOf(conversation, () =>
      this.#write(notificationFrame('twilio.ipmsg.typing_indicator', typing)),
    );
  }

  cork(): void {
    this.#parts.wire.cork();
  }

  uncork(): void {
    this.#parts.wire.uncork();
  }

  userRemoved(): void {
    this.close(4403);
  }

  interrupted(): void {
    this.close(1001);
  }

  ping(): void {
    this.#signs.ask();
  }

  heard(): void {
    this.#signs.heard();
  }

  drained(): void {
    this.#signs.drained();
  }

  checkToken(now: number): void {
    if (!this.#token) return;
    if (now >= this.#token.expires) return this.close(4402);
    this.#subscriptions.proceed();
    if (now - this.#looked >= lookEvery) {
      this.#looked = now;
      this.#subscriptions.look();
    }
    if (this.#warned || now < this.#token.expires - aboutToExpire) return;
    this.#warned = true;
    this.#send({ method: 'client_update', id: newId(), client_update_type: 'token_about_to_expire' });
  }

  finish(): void {
    this.#intake.finish(() => this.close(1001));
  }

  /**
   * The client comes back at once by itself, unless it is told that its user is no more. When its token has expired it
   * reads so in the answer to its next `init`: after a packet that says it (410) the client takes no new token for three
   * seconds, and what an app asks of it then in its listener for `tokenExpired` never ends.
   */
  close(code: CloseCode): void {
    if (this.#closed) return;
    if (code === 4403) this.#send({ method: 'close', id: newId(), status: { code: 401, status: 'USER_REMOVED' } });
    this.#end();
    this.#parts.wire.close(code, closeCodes[code].why);
  }

  terminate(): void {
    this.#end();
    this.#parts.wire.terminate();
  }

  /** What carried it is gone. */
  ended(): void {
    this.#end();
  }

  #end(): void {
    this.#closed = true;
    this.#intake.end();
    this.#subscriptions.end();
  }

  receive(message: Buffer, isBinary: boolean): void {
    if (this.#closed) return;
    this.heard();
    const packet = isBinary ? readPacket(message) : undefined;
    if (!packet) return this.#noteBad();
    const { header } = packet;
    switch (header.method) {
      case 'init':
        return void this.#watched('init', () => this.#init(header));
      case 'update':
        return void this.#update(header);
      case 'message':
        return this.#takeRequest(packet);
      case 'close':
        return this.close(1001);
      case 'put_notification_ctx':
      case 'delete_notification_ctx':
        if (!this.connected) return this.#noteBad();
        return this.#intake.add({ isRead: false, bytes: packet.takes, run: async () => this.#reply(header, ok) });
      // Confirmations of what the server sent, telemetry, and what later clients may send.
      default:
    }
  }

  #noteBad(): void {
    this.#bad += 1;
    if (this.#bad > badLimit) this.close(4400);
  }

  #takeRequest(packet: Packet): void {
    const { header, payload, takes } = packet;
    if (!this.connected) {
      this.#noteBad();
      return this.#refuse(header, refuse(20003));
    }
    if (payload.length > limits.requestBodyBytes) {
      return this.#refuse(header, refuse(20413, { limit: `${limits.requestBodyBytes} bytes` }));
    }
    this.#intake.add({
      isRead: isRead(packet),
      bytes: takes,
      run: async () => {
        this.#respond(header, await this.#answer(packet));
        this.#subscriptions.proceed();
      },
    });
  }

  #watched(method: string, run: () => Promise<number>): Promise<unknown> {
    const { watch } = this.#parts.dependencies;
    return watch ? watch.request({ api: this.api, session: this.id, method }, run) : run();
  }

  /** @returns the code of the error that it was answered with, 0 for none */
  async #init(header: Header): Promise<number> {
    const { dependencies, sessions } = this.#parts;
    const { core, keys, logger } = dependencies;
    if (this.#beginning) {
      this.#noteBad();
      this.#reply(header, conflict);
      return 20409;
    }
    this.#beginning = true;
    try {
      const token = await verifyToken(String(header['token'] ?? ''), keys, core.clock.now());
      sessions.rates.connect(this, `${token.service} ${token.identity}`);
      const actor = await connectingUser(core, token);
      // Before it is looked whether he is there: a removal later than that is heard.
      await sessions.hub.listen(this, actor.user);
      await sessions.presence.enter(this, actor);
      if (!(await findUser(core.db, actor.service, actor.user))) {
        this.close(4403);
        return 50200;
      }
      this.#actor = actor;
      this.#token = token;
      this.#reply(header, ok, {
        // Whatever node it comes back to tells it what it missed, object by object: there is no more to a session.
        continuation_token: continuationOf(header) ?? this.id,
        continuation_token_status: { reissued: false, reissue_message: '' },
        capabilities: ['client_update'],
        init_registrations: [],
        debug_info: {},
      });
      this.checkToken(core.clock.now());
      return 0;
    } catch (error) {
      const status = tokenStatus(error, logger);
      const wait = error instanceof Refusal ? retryAfterOf(error) : undefined;
      const policy = { backoff_policy: { reconnect_min_ms: wait === undefined ? comeAgain : wait * 1000 } };
      this.#reply(header, status, {}, status.code === 429 ? JSON.stringify(policy) : '');
      // Of a refused token nothing has begun. After anything else the client comes on another connection.
      this.#beginning = false;
      if (status.code === 401) this.#noteBad();
      else this.close(4429);
      return status.errorCode ?? status.code;
    }
  }

  async #update(header: Header): Promise<void> {
    const { core, keys, logger } = this.#parts.dependencies;
    // One at a time: the client waits for the answer.
    if (this.#isUpdating) return this.#noteBad();
    this.#isUpdating = true;
    try {
      if (!this.#actor || !this.connected) throw refuse(20003);
      this.#token = await renewedToken(String(header['token'] ?? ''), keys, core.clock.now(), this.#actor);
      this.#warned = false;
      this.#reply(header, ok);
      this.checkToken(core.clock.now());
    } catch (error) {
      this.#reply(header, tokenStatus(error, logger));
      this.#noteBad();
    } finally {
      this.#isUpdating = false;
    }
  }

  #refuse(header: Header, refusal: Refusal): void {
    const body = errorOf(refusal, this.#parts.dependencies.logger);
    this.#respond(header, { status: body.status, body });
  }

  #respond(header: Header, { status, body }: Answer): void {
    const http = { http_status: { code: status, status: reasonOf(status) }, http_headers };
    this.#reply(header, ok, http, JSON.stringify(body));
  }

  async #answer({ header, payload }: Packet): Promise<Answer> {
    let answer: Answer | undefined;
    try {
      const request = readRequest(header);
      const route = routeOf(request.method, request.path);
      if (!route) throw refuse(20404, { path: request.path });
      await this.#watched(route.name, async () => {
        answer = await this.#handle(route, request, payload);
        return answer.status < 400 ? 0 : (answer.body as RestErrorBody).code;
      });
    } catch (error) {
      const body = errorOf(error, this.#parts.dependencies.logger);
      this.#parts.dependencies.watch?.turnedAway(this.api, body.code);
      answer = { status: body.status, body };
    }
    return answer as Answer;
  }

  async #handle(route: Route, { method, query, mutationId }: TunnelledRequest, payload: Buffer): Promise<Answer> {
    const { dependencies, sessions, address } = this.#parts;
    try {
      if (!this.#actor || !this.#token) throw refuse(20003);
      // What a client reads when it starts, it reads all at once; it would not cope with being refused any of it.
      if (method !== 'GET' && route.handle !== subscribe) sessions.rates.request(this);
      return await route.handle({
        ...dependencies,
        actor: this.#actor,
        token: this.#token,
        address,
        subscriptions: this.#subscriptions,
        names: route.names,
        query,
        body: payload,
        idempotency: idempotencyOf(this.#actor, mutationId),
      });
    } catch (error) {
      if (error instanceof Missing) return { status: missingBody.status, body: missingBody };
      const body = errorOf(error, dependencies.logger);
      return { status: body.status, body };
    }
  }

  #reply({ id }: Header, status: Status, more: object = {}, payload = ''): void {
    this.#send({ method: 'reply', id, status, ...more }, payload);
  }

  #send(fields: { method: string; id: string } & Record<string, unknown>, payload = ''): void {
    this.#write(binaryFrame(writePacket(fields, payload)));
  }

  #write(frame: Buffer): void {
    const { wire } = this.#parts;
    if (this.#closed || !wire.isOpen) return;
    if (wire.unsent > (this.connected ? unsentLimit : strangerUnsentLimit)) {
      this.#parts.dependencies.watch?.fellBehind(this.api);
      return this.close(4413);
    }
    wire.write(frame);
  }
}

const http_headers = { 'Content-Type': 'application/json' };
const conflict: Status = { code: 409, status: 'Conflict', description: 'This connection has begun already.' };

function newId(): string {
  return `TM${randomUUID()}`;
}

function continuationOf(header: Header): string | undefined {
  const given = header['continuation_token'];
  return typeof given === 'string' && given.length <= 200 ? given : undefined;
}

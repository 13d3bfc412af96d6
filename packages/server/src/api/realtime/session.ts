import { type CloseCode, closeCodes, limits, type RealtimeMethod, type RpcError, rpcErrors } from '@colloquy/protocol';
import type { Signal } from '../../bus/bus.ts';
import type { UserActor } from '../../core/actor.ts';
import { Refusal, refuse } from '../../core/refusal.ts';
import { eventText, notificationText, textFrame } from '../../delivery/realtime/frames.ts';
import { conversationOf } from '../../delivery/realtime/membership-events.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import type { SessionApi } from '../../telemetry/watch.ts';
import { Intake } from '../sessions/intake.ts';
import { LifeSigns } from '../sessions/life-signs.ts';
import { aboutToExpire } from '../sessions/sessions.ts';
import type { Wire } from '../sessions/wire.ts';
import type { AccessToken } from '../tokens.ts';
import { presentError } from './errors.ts';
import type { Caller, RealtimeDependencies } from './method.ts';
import { isRead } from './method-kinds.ts';
import { methods } from './methods.ts';
import { parseRequest } from './requests.ts';

/** A client that reads slower than this much behind is cut off; it gets what it missed on resuming. */
const unsentLimit = 8 * 1024 * 1024;
/** The same for who has not said who he is: errors are all that he is told. */
const strangerUnsentLimit = 64 * 1024;
/** Changes of one connection that are under way: whoever sends many has them written together. */
const writesAtOnce = 512;
/** Frames that are no requests, after which the peer is taken for something else than a client. */
const badFrameLimit = 20;

/**
 * Where there are other nodes, the database shows what this one has not been told of yet. It has been by then, unless
 * the database was away; milliseconds.
 */
const shownFor = 30_000;

/** What the client was shown when it connected. */
interface Snapshot {
  /** By stream. */
  positions: ReadonlyMap<string, number>;
  /** The event up to which the streams are shown that are not listed. */
  cursor: number;
  time: number;
}

function shows({ positions, cursor }: Snapshot, { stream, position, id }: LoggedEvent): boolean {
  const shown = positions.get(stream);
  return shown === undefined ? id <= cursor : position <= shown;
}

/** One connection, from its first frame to its last, whatever carries them. */
export class Session implements Caller {
  readonly id: string;
  readonly address: string;
  readonly opened: number;
  readonly watched = new Set<string>();
  actor: UserActor | undefined;
  token: AccessToken | undefined;
  isBack = false;

  readonly #wire: Wire;
  readonly #dependencies: RealtimeDependencies;
  /** Events since the streams were listened to, until the snapshot is out; then undefined. */
  #held: LoggedEvent[] | undefined = [];
  /** The same of streams that are listened to later than that, until they can go on. */
  readonly #waiting = new Map<string, LoggedEvent[]>();
  /** Up to where the log has told of streams that the hub has not gone on with since. It may be a moment behind the log. */
  readonly #told = new Map<string, number>();
  /** What the snapshot shows, as long as this node may be told of something that is in it. */
  #shown: Snapshot | undefined;
  #replies: Buffer[] = [];
  readonly #intake: Intake;
  readonly #signs: LifeSigns;
  /** Is one of the requests that are here larger than others may be? */
  #hasLarge = false;
  #badFrames = 0;
  /** What was written for this client alone since it had read everything; bytes. */
  #written = 0;
  /** When the client is told that its token is about to end. */
  #warnAt = 0;
  #finishing = false;
  #closed = false;

  constructor(id: string, address: string, wire: Wire, dependencies: RealtimeDependencies) {
    this.id = id;
    this.address = address;
    this.#wire = wire;
    this.#intake = new Intake(wire, writesAtOnce, () => this.user || this);
    this.#dependencies = dependencies;
    const { clock } = dependencies.core;
    this.#signs = new LifeSigns(wire, this.#intake, clock);
    this.opened = clock.now();
  }

  get lastHeard(): number {
    return this.#signs.last;
  }

  get user(): string {
    return this.actor?.user ?? '';
  }

  get connected(): boolean {
    return this.token !== undefined;
  }

  get api(): SessionApi {
    return this.#wire.isPolling ? 'polling' : 'realtime';
  }

  get mostOfUser(): number {
    return this.#wire.mostOfUser;
  }

  /** Is nothing under way that the client asked for? */
  get isIdle(): boolean {
    return this.#intake.isIdle;
  }

  get memory(): number {
    // Over requests, what waits for the client has a room of its own: `PollRoom`.
    const unread = this.#wire.isPolling ? 0 : Math.min(this.#written, this.#wire.unsent);
    return this.#intake.held + this.#wire.begun + unread;
  }

  get closed(): boolean {
    return this.#closed;
  }

  deliver(events: readonly LoggedEvent[], frames: () => Buffer): void {
    const stream = events[0]?.stream ?? '';
    const waiting = this.#waiting.size > 0 && this.#waiting.get(stream);
    const told = this.#told.size > 0 && this.#told.get(stream);
    if (waiting) waiting.push(...events);
    else if (told) this.#goOn(stream, told, events);
    else if (this.#held) this.#held.push(...events);
    else if (!this.#shown) this.#write(frames(), true);
    else this.#deliverUnshown(events, this.#shown, frames);
  }

  #deliverUnshown(events: readonly LoggedEvent[], shown: Snapshot, frames: () => Buffer): void {
    const first = events.findIndex((event) => !shows(shown, event));
    if (first === 0) this.#write(frames(), true);
    for (const event of first > 0 ? events.slice(first) : []) this.#write(textFrame(eventText(event)));
  }

  notify(_signal: Signal, frame: () => Buffer): void {
    if (!this.#held) this.#write(frame(), true);
  }

  userRemoved(): void {
    this.close(4403);
  }

  interrupted(): void {
    this.close(1001);
  }

  /**
   * Ends the holding back: what the snapshot does not show yet goes out now.
   *
   * @param positions the positions that the snapshot shows, by stream
   * @param cursor the event up to which it shows the streams that are not listed
   */
  release(positions: ReadonlyMap<string, number>, cursor: number): void {
    // The answer that has the snapshot comes before what follows it.
    this.#flushReplies();
    const held = this.#held ?? [];
    this.#held = undefined;
    const shown = { positions, cursor, time: this.#dependencies.core.clock.now() };
    if (this.#dependencies.hub.isShared) this.#shown = shown;
    const out = new Set<string>();
    for (const event of held) {
      if (shows(shown, event)) continue;
      if (event.type === 'membership.removed') out.add(conversationOf(event));
      if (event.type === 'membership.added') out.delete(conversationOf(event));
      this.#write(textFrame(eventText(event)));
    }
    // The list of conversations was read after these began to be held: a removal may be in neither. Whoever was let in again
    // since then is listened for already.
    for (const conversation of out) this.#dependencies.hub.stopListening(this, conversation);
  }

  hold(streams: readonly string[]): void {
    for (const stream of streams) this.#waiting.set(stream, []);
  }

  /**
   * A stream that was held goes on.
   *
   * @param missed what happened in it before it was listened to
   * @param after up to where the client was told of it already
   */
  letGo(stream: string, missed: readonly LoggedEvent[], after: number): void {
    const held = this.#waiting.get(stream) ?? [];
    this.#waiting.delete(stream);
    this.#goOn(stream, after, missed);
    this.#goOn(stream, missed.at(-1)?.position ?? after, held);
    const last = missed.at(-1)?.position;
    if (last !== undefined && !held.some(({ position }) => position >= last)) this.#told.set(stream, last);
  }

  /** @param told up to where the client was told of the stream */
  #goOn(stream: string, told: number, events: readonly LoggedEvent[]): void {
    for (const event of events) {
      if (event.position >= told) this.#told.delete(stream);
      if (event.position > told) this.#write(textFrame(eventText(event)));
    }
  }

  cork(): void {
    this.#wire.cork();
  }

  uncork(): void {
    this.#wire.uncork();
  }

  reply(id: number | string, result: unknown): void {
    this.#queueReply(textFrame(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result)}}`));
  }

  /** @returns the error's code */
  fail(id: number | string | null, error: RpcError): number {
    this.#queueReply(textFrame(JSON.stringify({ jsonrpc: '2.0', id, error })));
    return error.code;
  }

  finish(): void {
    this.#finishing = true;
    this.#intake.finish(() => this.close(1001));
  }

  close(code: CloseCode): void {
    if (this.#closed) return;
    this.#flushReplies();
    this.ended();
    this.#wire.close(code, closeCodes[code].why);
  }

  terminate(): void {
    this.ended();
    this.#wire.terminate();
  }

  /** What carried it is gone: nothing more is begun for the client. */
  ended(): void {
    this.#closed = true;
    this.#intake.end();
  }

  drained(): void {
    this.#signs.drained();
  }

  ping(): void {
    this.#signs.ask();
  }

  /** Looks at the token's time; called about once a second. */
  checkToken(now: number): void {
    if (!this.token) return;
    if (this.#shown && now - this.#shown.time > shownFor) this.#shown = undefined;
    if (now >= this.token.expires) return this.close(4402);
    if (now >= this.#warnAt) {
      this.#warnAt = Number.POSITIVE_INFINITY;
      if (!this.#held)
        this.#write(textFrame(notificationText('token.aboutToExpire', { tokenExpires: this.token.expires })));
    }
  }

  renew(token: AccessToken): void {
    this.token = token;
    // Of one that lives shortly, two thirds are used up first: whoever renews it then does not do so all the time.
    const left = token.expires - this.#dependencies.core.clock.now();
    this.#warnAt = token.expires - Math.min(aboutToExpire, left / 3);
  }

  heard(): void {
    this.#signs.heard();
  }

  /** Takes a frame from the client. */
  receive(data: Buffer, isBinary: boolean): void {
    // After our farewell the peer may leave its side open for a while: its token may have expired by then.
    if (this.#closed || this.#finishing) return;
    this.heard();
    const request = parseRequest(data, isBinary, this.connected);
    if ('error' in request) {
      this.fail(request.id, request.error);
      this.#badFrames += 1;
      if (this.#badFrames > badFrameLimit) this.close(4400);
      return;
    }
    // Hundreds of requests of one socket may wait at a time. Only what says all that a client knows needs more room.
    const isLarge = this.connected && data.length > limits.requestBodyBytes;
    if (isLarge && (request.method !== 'conversations.changes' || this.#hasLarge)) {
      const refusal = refuse(20413, { limit: `${limits.requestBodyBytes} bytes` });
      return this.#turnAway(request.id, refusal);
    }
    if (this.connected) {
      try {
        this.#dependencies.rates.request(this);
      } catch (error) {
        return this.#turnAway(request.id, error);
      }
    }
    this.#hasLarge ||= isLarge;
    const { id, method, params } = request;
    this.#intake.add({
      isRead: isRead(method),
      bytes: request.takes,
      run: async () => {
        await this.#watched(method, () => this.#answer(id, method, params));
        if (isLarge) this.#hasLarge = false;
      },
    });
  }

  // One commit answers many requests of a busy client: they go out together at the end of this turn of the event loop.
  #queueReply(frame: Buffer): void {
    this.#replies.push(frame);
    if (this.#replies.length === 1) setImmediate(() => this.#flushReplies());
  }

  #flushReplies(): void {
    const replies = this.#replies;
    this.#replies = [];
    const [only] = replies;
    if (only) this.#write(replies.length === 1 ? only : Buffer.concat(replies));
  }

  /** @param isShared are the same bytes written to others as well? */
  #write(frames: Buffer, isShared = false): void {
    if (this.#closed || !this.#wire.isOpen) return;
    const { unsent } = this.#wire;
    if (unsent > (this.connected ? unsentLimit : strangerUnsentLimit)) {
      this.#dependencies.watch?.fellBehind(this.api);
      return this.close(4413);
    }
    if (unsent === 0) this.#written = 0;
    if (!isShared) this.#written += frames.length;
    this.#wire.write(frames);
  }

  /** Before it is looked at what is asked for. */
  #turnAway(id: number | string, error: unknown): void {
    const { logger, watch } = this.#dependencies;
    const code = this.fail(id, presentError(error, logger));
    watch?.turnedAway(this.api, code);
  }

  #watched(name: string, run: () => Promise<number>): Promise<unknown> {
    const { watch } = this.#dependencies;
    if (!watch) return run();
    const method = Object.hasOwn(methods, name) ? name : 'unknown';
    return watch.request({ api: this.api, session: this.id, method }, run);
  }

  /** @returns the code of the error that it was answered with, 0 for none */
  async #answer(id: number | string, name: string, params: unknown): Promise<number> {
    const method = Object.hasOwn(methods, name) ? methods[name as RealtimeMethod] : undefined;
    if (!method) return this.fail(id, rpcErrors.unknownMethod);
    // Before the parameters are looked at, which may be many: a stranger has none to say.
    if (!this.connected && name !== 'connect') {
      return this.fail(id, presentError(refuse(20003), this.#dependencies.logger));
    }
    const parsed = method.params.safeParse(params ?? {});
    if (!parsed.success) {
      const first = parsed.error.issues[0];
      const help = `${first?.path.join('.') || 'params'}: ${first?.message}`;
      return this.fail(id, { ...rpcErrors.invalidParams, data: { status: 400, help } });
    }
    try {
      await method.answer(this, id, parsed.data, this.#dependencies);
      return 0;
    } catch (error) {
      const isRepeated = this.isBack && (parsed.data as { key?: string }).key !== undefined;
      const code = this.fail(id, presentError(error, this.#dependencies.logger, isRepeated));
      // A second one does not end the first; and what is not the token's fault must not cost the client its token.
      if (name === 'connect' && !this.connected)
        this.close(error instanceof Refusal && error.status !== 429 ? 4401 : 4429);
      return code;
    }
  }
}

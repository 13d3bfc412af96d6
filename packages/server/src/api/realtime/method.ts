import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Bus } from '../../bus/bus.ts';
import type { UserActor } from '../../core/actor.ts';
import type { Core } from '../../core/core.ts';
import type { Hub } from '../../delivery/realtime/hub.ts';
import type { Presence } from '../../delivery/realtime/presence.ts';
import type { Subscriber } from '../../delivery/realtime/subscriber.ts';
import type { MediaLinks } from '../../media/links.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import type { SessionApi, Watch } from '../../telemetry/watch.ts';
import type { ConnectionRates } from '../sessions/connection-rates.ts';
import type { AccessToken, TokenKeys } from '../tokens.ts';

export interface RealtimeDependencies {
  core: Core;
  hub: Hub;
  bus: Bus;
  presence: Presence;
  keys: TokenKeys;
  logger: Logger;
  /** Does a channel of this server own that address? */
  ownsAddress: (proxyAddress: string) => Promise<boolean>;
  /** Makes addresses at which media can be read. */
  links: MediaLinks;
  /** Who may connect and ask, and how often. */
  rates: ConnectionRates;
  watch?: Watch;
}

/** The connection that a request came on, as its method sees it. */
export interface Caller extends Subscriber {
  readonly id: string;
  /** Under which address the client reaches the server, without a slash at its end. */
  readonly address: string;
  /** Set by `connect`. */
  actor: UserActor | undefined;
  /** What the connection's newest token says. */
  readonly token: AccessToken | undefined;
  readonly connected: boolean;
  /** Has the client come back? Then what it asks for under a key it may have asked for before. Set by `connect`. */
  isBack: boolean;
  readonly api: SessionApi;
  /** Connections of its API that one user may have at a time. */
  readonly mostOfUser: number;
  /** SIDs of the other users whose changes it wants to know of. */
  readonly watched: Set<string>;
  reply(id: number | string, result: unknown): void;
  /** Takes a token, or a newer one. */
  renew(token: AccessToken): void;
  /** See `Session.release`. */
  release(positions: ReadonlyMap<string, number>, cursor: number): void;
  /** Is the connection at its end? */
  readonly closed: boolean;
  /** From now on, what is delivered of these streams waits for `letGo`. */
  hold(streams: readonly string[]): void;
  /** See `Session.letGo`. */
  letGo(stream: string, missed: readonly LoggedEvent[], after: number): void;
}

/** One of which the session has made sure that it is known whose it is. */
export interface ConnectedCaller extends Caller {
  actor: UserActor;
}

/** A method: what its parameters must be, and what it does. All but `connect` are asked of a `ConnectedCaller`. */
export interface Method {
  params: z.ZodType;
  // biome-ignore lint/suspicious/noExplicitAny: what the schema let pass; `define` and the schema agree on it
  answer(caller: Caller, id: number | string, params: any, dependencies: RealtimeDependencies): Promise<void>;
}

import { lookup } from 'node:dns/promises';
import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import { type Bus, isWoken } from '../../bus/bus.ts';
import { isLoopback } from '../../config/loopback.ts';
import type { Scheduler } from '../../core/clock.ts';
import type { Core } from '../../core/core.ts';
import { noteForSender, sendersNews } from '../../core/senders/actions.ts';
import { allSenders, readNote, readNotes, type Sender, type ShownSender } from '../../core/senders/store.ts';
import { storable } from '../../core/storable.ts';
import { Guard } from '../../delivery/http/guard.ts';
import { addressJudge } from '../../delivery/http/networks.ts';
import type { Outgoing } from '../../delivery/http/outgoing.ts';
import type { Vault } from '../../storage/vault.ts';
import type { Channel, ChannelModule, Health, Host, SenderHost } from '../channel.ts';
import type { Address } from '../message.ts';
import type { ChannelSource } from '../registry.ts';
import { type Configuration, openConfiguration } from './configuration.ts';

export interface SenderChannelsOptions {
  core: Core;
  bus: Bus;
  vault: Vault;
  outgoing: Outgoing;
  /** What may be called beyond the public internet, in CIDR form. */
  networks: readonly string[];
  clock: Scheduler;
  logger: Logger;
  account: Sid<'AC'>;
  modules: readonly ChannelModule[];
  /** Null where none is configured: then providers cannot reach the server. */
  publicUrl: string | null;
  /** Where programs on this machine reach the server, if that may be told to them. */
  localUrl?: () => string | null;
  hostFor(name: string): Host;
  /** Own addresses that can be sent from now, or that something changed about. */
  onReady(addresses: readonly Address[]): Promise<void>;
}

interface Running {
  sender: Sender;
  /** Undefined: it could not be made, and `problem` says why. */
  channel: Channel | undefined;
  problem: string | null;
}

/** So often it looks whether another server has changed senders, should the news of it have got lost; milliseconds. */
const lookEvery = 30_000;
/** After it could not be found out which senders there are, as when the database was away; milliseconds. */
const retryAfter = 2000;

/** Does the configuration name a provider on this machine? */
function isSimulated(configuration: Configuration): boolean {
  return Object.values(configuration).some(
    (value) => typeof value === 'string' && URL.canParse(value) && isLoopback(new URL(value).hostname),
  );
}

/** The channels of the senders that are configured: made when one is added, and anew when it changes. */
export class SenderChannels implements ChannelSource {
  readonly #options: SenderChannelsOptions;
  readonly #guard: Guard;
  readonly #forbids: (address: string) => string | undefined;
  #running = new Map<string, Running>();
  /** The own addresses of all of them, also of those that are not at work now. */
  #addresses = new Set<Address>();
  #work: Promise<void> = Promise.resolve();
  /** The work that has not begun. */
  #next: Promise<void> | undefined;
  #unsubscribe: () => void = () => {};
  #callOff: () => void = () => {};
  #stopped = false;

  constructor(options: SenderChannelsOptions) {
    this.#options = options;
    this.#guard = new Guard(options.networks, (hostname) => lookup(hostname, { all: true }));
    this.#forbids = addressJudge(options.networks);
  }

  /** Resolves when those that are configured are at work. */
  start(): Promise<void> {
    this.#unsubscribe = this.#options.bus.subscribe(({ woken }) => {
      if (isWoken(woken, sendersNews)) void this.refresh();
    });
    this.#lookLater();
    return this.refresh();
  }

  #lookLater(after = lookEvery): void {
    const { clock } = this.#options;
    this.#callOff();
    if (this.#stopped) return;
    this.#callOff = clock.at(clock.now() + after, () => {
      this.#lookLater();
      void this.refresh();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#callOff();
    await this.settled();
    await Promise.all([...this.#running.values()].map(({ channel }) => channel?.stop?.()));
  }

  get channels(): readonly Channel[] {
    return [...this.#running.values()].flatMap(({ channel }) => (channel ? [channel] : []));
  }

  pausedFor(address: Address): string | null {
    for (const { sender } of this.#running.values()) {
      if (sender.state === 'paused' && sender.addresses.includes(address)) return sender.reason ?? 'It is paused.';
    }
    return null;
  }

  claims(address: Address): boolean {
    return this.#addresses.has(address);
  }

  /** Does the provider refuse the sender that has this address? */
  isRefused(address: Address): boolean {
    const all = [...this.#running.values()];
    return all.some(({ sender }) => sender.state === 'refused' && sender.addresses.includes(address));
  }

  addressesOf(sender: string): readonly Address[] {
    return this.#running.get(sender)?.sender.addresses ?? [];
  }

  typeOf(channel: Channel): string | undefined {
    return [...this.#running.values()].find((running) => running.channel === channel)?.sender.type;
  }

  channelOf(sender: string): Channel | undefined {
    return this.#running.get(sender)?.channel;
  }

  healthOf({ sid, state, reason }: ShownSender): Health {
    const running = this.#running.get(sid);
    if (!running?.channel) return { state: 'down', reason: running?.problem ?? 'It was not started yet.' };
    if (state === 'refused') return { state: 'down', reason: reason ?? 'The provider refuses it.' };
    return running.channel.health?.() ?? { state: 'up' };
  }

  get modules(): readonly ChannelModule[] {
    return this.#options.modules;
  }

  moduleOf(type: string): ChannelModule | undefined {
    return this.#options.modules.find((module) => module.type === type);
  }

  /** Resolves when nothing is being changed. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /**
   * Resolves when the channels are those of the senders that are configured now. Whoever asks while it is being looked
   * shares the next look with all others, however often and by however many it is asked.
   */
  refresh(): Promise<void> {
    this.#next ??= this.#refreshAfter(this.#work);
    this.#work = this.#next;
    return this.#next;
  }

  async #refreshAfter(work: Promise<void>): Promise<void> {
    await work;
    this.#next = undefined;
    try {
      await this.#refresh();
    } catch (error) {
      this.#options.logger.error({ error }, 'senders could not be read; it is tried again');
      this.#lookLater(retryAfter);
    }
  }

  async #refresh(): Promise<void> {
    if (this.#stopped) return;
    const { core, account, onReady } = this.#options;
    const senders = await allSenders(core.db, account);
    this.#addresses = new Set(senders.flatMap(({ addresses }) => addresses));
    const former = this.#running;
    const ready: Address[] = [];
    const kept = new Map<string, Running>();
    for (const sender of senders) {
      const known = former.get(sender.sid);
      if (known?.sender.revision !== sender.revision) ready.push(...sender.addresses);
      else {
        kept.set(sender.sid, { ...known, sender });
        if (known.sender.state !== 'active' && sender.state === 'active') ready.push(...sender.addresses);
      }
    }
    const gone = [...former.values()].filter(({ sender }) => !kept.has(sender.sid));
    // One at a time speaks for an address: the old one stops before the new one starts.
    this.#running = kept;
    await Promise.all(gone.map(({ channel }) => channel?.stop?.()));
    for (const sender of senders) {
      if (kept.has(sender.sid)) continue;
      const running = this.#make(sender);
      kept.set(sender.sid, running);
      running.channel?.start?.();
    }
    if (ready.length > 0) await onReady(ready);
  }

  #make(sender: Sender): Running {
    const { vault, logger } = this.#options;
    const failed = (problem: string): Running => ({ sender, channel: undefined, problem });
    const module = this.moduleOf(sender.type);
    if (!module) return failed(`This server has no channel of the type ${sender.type}.`);
    const configuration = openConfiguration(vault, sender);
    if (!configuration) return failed('The key that its secrets were sealed with is gone: enter them again.');
    const parsed = module.schema.safeParse(configuration);
    if (!parsed.success) return failed('Its configuration does not fit this version: check it.');
    try {
      const channel = module.create(parsed.data, this.hostOf(sender.sid, sender.addresses, configuration), sender.sid);
      return { sender, channel, problem: null };
    } catch (error) {
      logger.error({ error, sender: sender.sid }, 'the channel of a sender could not be made');
      return failed('Its channel could not be made; the log says more.');
    }
  }

  /** @throws Error where the configuration was not checked */
  check(module: ChannelModule, configuration: Configuration, addresses: readonly Address[], signal: AbortSignal) {
    const host = this.hostOf('check', addresses, configuration);
    return module.check(module.schema.parse(configuration), host, signal);
  }

  #peersOf(sid: string): Channel[] {
    const type = this.#running.get(sid)?.sender.type;
    const peers = [...this.#running.values()].filter(({ sender }) => sender.type === type);
    return peers.flatMap(({ channel }) => (channel ? [channel] : []));
  }

  /** Providers are told the public URL; a simulator of one, on this machine, that of this machine where there is none. */
  #webhookUrlOf(sender: string, configuration: Configuration): string | null {
    const { publicUrl, localUrl } = this.#options;
    const url = publicUrl ?? (isSimulated(configuration) ? (localUrl?.() ?? null) : null);
    return url === null ? null : `${url}/v1/x/senders/${sender}/webhook`;
  }

  hostOf(sender: string, addresses: readonly Address[], configuration: Configuration): SenderHost {
    const { core, account, outgoing } = this.#options;
    const actor = { kind: 'system', account } as const;
    return {
      ...this.#options.hostFor(sender),
      outgoing,
      lookup: this.#guard.lookup,
      forbids: this.#forbids,
      addresses,
      peers: () => this.#peersOf(sender),
      webhookUrl: this.#webhookUrlOf(sender, configuration),
      recall: async <T>(name: string) => {
        const value = await readNote(core.db, sender, storable(name));
        return value === undefined ? undefined : (JSON.parse(value) as T);
      },
      recallAll: async <T>(prefix: string) =>
        (await readNotes(core.db, sender, storable(prefix))).map(({ name, value }) => ({
          name,
          value: JSON.parse(value) as T,
        })),
      note: async (given, value) => {
        const name = storable(given);
        const text = value === undefined ? null : JSON.stringify(value);
        await core.run(noteForSender, actor, { sender, name, value: text });
      },
      noteOnce: async <T>(given: string, value: T) => {
        const note = { sender, name: storable(given), value: JSON.stringify(value), once: true };
        return JSON.parse((await core.run(noteForSender, actor, note)).value ?? 'null') as T;
      },
      claim: (name, onLost) => core.claim(`sender ${sender} ${name}`, onLost),
    };
  }
}

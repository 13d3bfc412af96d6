import { parseProxyAddress } from '../core/addresses.ts';
import type { Channel } from './channel.ts';
import type { Address } from './message.ts';

/** Channels that come and go. */
export interface ChannelSource {
  readonly channels: readonly Channel[];
  /** Is this own address one of its channels', though that one may not be at work now? Then it is no other's. */
  claims(address: Address): boolean;
  /** Why an operator does not want anything sent from this address now; null when he has nothing against it. */
  pausedFor(address: Address): string | null;
  /** The type of one of its channels. */
  typeOf(channel: Channel): string | undefined;
}

/** Which channel sends from which own address. */
export class Registry {
  readonly #sources: readonly ChannelSource[];

  /** @param sources the first that owns an address has it, so the one that takes all that is left comes last */
  constructor(...sources: readonly (ChannelSource | Channel)[]) {
    this.#sources = sources.map((source) => ('channels' in source ? source : alone(source)));
  }

  get channels(): readonly Channel[] {
    return this.#sources.flatMap((source) => source.channels);
  }

  ownerOf(address: Address): Channel | undefined {
    for (const source of this.#sources) {
      const channel = source.channels.find((one) => one.owns(address));
      if (channel || source.claims(address)) return channel;
    }
    return undefined;
  }

  /** What kind of channel it is: `twilio`, `email` … or `sandbox`. */
  typeOf(channel: Channel): string {
    for (const source of this.#sources) {
      const type = source.typeOf(channel);
      if (type !== undefined) return type;
    }
    return 'unknown';
  }

  /** See `ChannelSource.pausedFor`. */
  pausedFor(address: Address): string | null {
    return this.#sources.map((source) => source.pausedFor(address)).find((reason) => reason !== null) ?? null;
  }

  /**
   * Does this proxy address, in any spelling, belong to the account (contract: error 50413)? What is no address
   * at all passes: the command that it is meant for tells what is wrong with it.
   */
  owns(proxyAddress: string): boolean {
    const parsed = parseProxyAddress(proxyAddress);
    return !parsed.ok || this.#sources.some((source) => isClaimed(source, parsed.address));
  }
}

function alone(channel: Channel): ChannelSource {
  return {
    channels: [channel],
    claims: (address) => channel.owns(address),
    pausedFor: () => null,
    typeOf: (one) => (one === channel ? channel.name : undefined),
  };
}

function isClaimed(source: ChannelSource, address: Address): boolean {
  return source.claims(address) || source.channels.some((channel) => channel.owns(address));
}

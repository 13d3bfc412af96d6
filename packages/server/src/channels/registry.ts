import { parseProxyAddress } from '../core/addresses.ts';
import type { Channel } from './channel.ts';
import type { Address } from './message.ts';

/** Channels that come and go. */
export interface ChannelSource {
  readonly channels: readonly Channel[];
  /** Why an operator does not want anything sent from this address now; null when he has nothing against it. */
  pausedFor(address: Address): string | null;
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
    return this.channels.find((channel) => channel.owns(address));
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
    return !parsed.ok || this.ownerOf(parsed.address) !== undefined;
  }
}

function alone(channel: Channel): ChannelSource {
  return { channels: [channel], pausedFor: () => null };
}

import { parseProxyAddress } from '../core/addresses.ts';
import type { Address, Channel } from './channel.ts';

/** Which channel sends from which own address. */
export class Registry {
  readonly channels: readonly Channel[];

  /** @param channels the first that owns an address has it, so the one that takes all that is left comes last */
  constructor(channels: readonly Channel[]) {
    this.channels = channels;
  }

  ownerOf(address: Address): Channel | undefined {
    return this.channels.find((channel) => channel.owns(address));
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

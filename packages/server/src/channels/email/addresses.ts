/** The own addresses of a sender, and the plus-addresses that belong to them. */
import { parseAddress } from '../../core/addresses.ts';
import type { Address } from '../message.ts';
import { conversationIn, makeToken, readToken } from './tokens.ts';

/** RFC 5321, 4.5.3.1.1. */
const longestLocalPart = 64;

/** What a recipient of a mail turned out to be. */
export interface OwnRecipient {
  /** As it is configured, canonical. */
  address: Address;
  /** What comes after the plus; null without one. */
  tag: string | null;
}

export class OwnAddresses {
  readonly all: readonly Address[];
  readonly #key: Buffer;
  readonly #plus: boolean;
  readonly #byName: ReadonlyMap<string, Address>;

  /**
   * @param plus whether mail to `name+anything@domain` reaches `name@domain`
   * @param key what tokens in plus-addresses are made with
   */
  constructor(all: readonly Address[], key: Buffer, plus: boolean) {
    this.all = all;
    this.#key = key;
    this.#plus = plus;
    // Nobody tells "Support@" from "support@", whatever the standard allows.
    this.#byName = new Map(all.map((address) => [bare(address).toLowerCase(), address]));
  }

  /** @param raw in any spelling, with or without a prefix */
  find(raw: string): OwnRecipient | undefined {
    const parsed = parseAddress(raw.startsWith('mailto:') ? raw : `mailto:${raw}`);
    if (!parsed.ok || parsed.type !== 'email') return undefined;
    const whole = this.#byName.get(bare(parsed.address).toLowerCase());
    if (whole) return { address: whole, tag: null };
    const { local, domain } = split(parsed.address);
    const plus = local.indexOf('+');
    if (plus < 1) return undefined;
    const address = this.#byName.get(`${local.slice(0, plus)}@${domain}`.toLowerCase());
    return address === undefined ? undefined : { address, tag: local.slice(plus + 1) };
  }

  /** Where answers to a conversation go, bare; undefined where the own address cannot have such. */
  answersTo(own: Address, conversation: string): string | undefined {
    return this.#tagged(own, makeToken(this.#key, conversation));
  }

  /** Where reports on a delivery go, bare; undefined where the own address cannot have such. */
  reportsTo(own: Address, delivery: string): string | undefined {
    return this.#tagged(own, makeToken(this.#key, delivery));
  }

  conversationOf({ tag }: OwnRecipient): string | undefined {
    return tag === null ? undefined : conversationIn(this.#key, tag);
  }

  /** The delivery that mail to this address is a report on. */
  deliveryOf(recipient: OwnRecipient): string | undefined {
    if (recipient.tag === null || this.conversationOf(recipient) !== undefined) return undefined;
    return readToken(this.#key, recipient.tag);
  }

  #tagged(own: Address, tag: string): string | undefined {
    if (!this.#plus) return undefined;
    const { local, domain } = split(this.find(own)?.address ?? own);
    const tagged = `${local}+${tag}`;
    return tagged.length > longestLocalPart ? undefined : `${tagged}@${domain}`;
  }
}

/** Without the prefix. */
export function bare(address: Address): string {
  return address.replace(/^mailto:/, '');
}

export function domainOf(address: Address): string {
  return split(address).domain;
}

function split(address: Address): { local: string; domain: string } {
  const text = bare(address);
  const at = text.lastIndexOf('@');
  return { local: text.slice(0, at), domain: text.slice(at + 1) };
}

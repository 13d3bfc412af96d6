import type { SenderHost } from '../channel.ts';
import type { Json } from '../json.ts';
import type { Address } from '../message.ts';
import { asText } from './graph.ts';

/** What a payload calls one person, the phone number first. Source: "Business-scoped user IDs" of the platform. */
export interface Person {
  address: Address;
  others: readonly Address[];
}

type Notes = Pick<SenderHost, 'recall' | 'note'>;

/** The most addresses that are looked at for one person: a number, two ids, and some that he had before. */
const most = 8;

const phoneForm = /^whatsapp:\+/;
const userIdForm = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;

/** A number as Meta writes it: digits, the plus left out. */
export function phoneAddress(digits: unknown): Address | undefined {
  const number = asText(digits)?.replace(/[\s()+-]/g, '');
  return number !== undefined && /^[1-9][0-9]{4,14}$/.test(number) ? `whatsapp:+${number}` : undefined;
}

export function userAddress(id: unknown): Address | undefined {
  const text = asText(id);
  return text !== undefined && userIdForm.test(text) ? `whatsapp:${text}` : undefined;
}

/** Whom a message or a status is about; undefined where nothing in it says that. */
export function personIn(...named: readonly unknown[]): Person | undefined {
  const [address, ...others] = [
    ...new Set([...named.map(phoneAddress), ...named.map(userAddress)].filter((one) => one !== undefined)),
  ];
  return address === undefined ? undefined : { address, others };
}

/** How a request names him: `to` a number, or `recipient` for an id. */
export function recipientFields(address: Address): { to: string } | { recipient: string } {
  const name = address.slice('whatsapp:'.length);
  return phoneForm.test(address) ? { to: name } : { recipient: name };
}

/**
 * Who is whom: the same person may be named by his number, by an id that the business knows him by, and by one of the
 * business's parent. Once two of them came together, each finds the others, over restarts.
 */
export class People {
  readonly #notes: Notes;

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  /** These are one person. Resolves when that is on disk. */
  async learn(addresses: readonly Address[]): Promise<void> {
    const all = [...new Set(addresses)];
    if (all.length < 2) return;
    for (const address of all) {
      const known = await this.#sameAs(address);
      const others = all.filter((other) => other !== address);
      // A number with another id than before has another owner: ids change with the number, never the other way.
      const kept = phoneForm.test(address) && contradicts(known, others) ? [] : known;
      await this.#setSame(address, [...new Set([...others, ...kept])].slice(0, most));
    }
  }

  /** He has another number now: what goes to the old one goes there, and whoever writes from there is still he. */
  async move(from: Address, to: readonly Address[]): Promise<void> {
    const [target] = to;
    if (target === undefined || target === from) return;
    const before = await this.#sameAs(from);
    for (const address of to) {
      const others = [...to.filter((other) => other !== address), from, ...before];
      await this.#setSame(address, [...new Set([...others, ...(await this.#sameAs(address))])].slice(0, most));
    }
    await this.#notes.note(`moved/${from}`, target);
    await this.#notes.note(`moved/${target}`, undefined);
  }

  /** Somebody wrote from this number, so that it is in use, whoever had it before. */
  async isBack(address: Address): Promise<void> {
    if ((await this.#notes.recall(`moved/${address}`)) !== undefined) {
      await this.#notes.note(`moved/${address}`, undefined);
    }
  }

  /** Where to send what is for this address. */
  async currentOf(address: Address): Promise<Address> {
    let current = address;
    for (let step = 0; step < most; step += 1) {
      const next = await this.#notes.recall<Address>(`moved/${current}`);
      if (next === undefined) break;
      current = next;
    }
    return current;
  }

  /** All other addresses of a person, the nearest first. */
  async othersOf({ address, others }: Person): Promise<Address[]> {
    const found = [address, ...others];
    for (const known of found) {
      for (const other of await this.#sameAs(known)) {
        if (!found.includes(other) && found.length < 2 * most) found.push(other);
      }
    }
    return found.slice(1);
  }

  /** Not remembered here: another server may have learned more. */
  async #sameAs(address: Address): Promise<readonly Address[]> {
    return (await this.#notes.recall<Address[]>(`same/${address}`)) ?? [];
  }

  async #setSame(address: Address, others: readonly Address[]): Promise<void> {
    const known = await this.#sameAs(address);
    const isNew = others.length !== known.length || others.some((other) => !known.includes(other));
    if (!isNew) return;
    await this.#notes.note(`same/${address}`, others);
  }
}

/** Does one list have an id, and the other a different one of the same kind? */
function contradicts(known: readonly Address[], now: readonly Address[]): boolean {
  const idOf = (list: readonly Address[], parent: boolean) =>
    list.find((address) => !phoneForm.test(address) && address.includes('.ENT.') === parent);
  return [true, false].some((parent) => {
    const before = idOf(known, parent);
    const after = idOf(now, parent);
    return before !== undefined && after !== undefined && before !== after;
  });
}

/** The contact of a payload that a message is from: there may be several. */
export function contactOf(contacts: readonly Json[], ...names: readonly unknown[]): Json | undefined {
  const wanted = names.map(asText).filter((name) => name !== undefined);
  const found = contacts.find((contact) =>
    [contact['wa_id'], contact['user_id'], contact['parent_user_id']].some((name) =>
      wanted.includes(asText(name) ?? ''),
    ),
  );
  return found ?? (contacts.length === 1 && wanted.length === 0 ? contacts[0] : undefined);
}

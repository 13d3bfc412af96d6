import type { Db } from '../../storage/db.ts';
import type { AddressConfigurationsTable } from '../../storage/schema/addresses.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { checkFriendlyName } from '../checks.ts';
import { defineCommand } from '../command.ts';
import type { Page, PageRequest } from '../paging.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { type ConfigurableType, parseConfiguredAddress } from './address.ts';
import { type AutoCreationInput, changeAutoCreation } from './auto-creation.ts';
import {
  deleteConfiguration,
  insertConfiguration,
  selectByAddress,
  selectConfiguration,
  selectConfigurations,
  updateConfiguration,
} from './store.ts';

export interface ConfigureAddress {
  type: ConfigurableType;
  address: string;
  friendlyName?: string | undefined;
  /** ISO 3166-1 alpha-2. */
  addressCountry?: string | undefined;
  autoCreation: AutoCreationInput;
}

/** Whether the address is one that a channel owns does not matter: nothing comes in at others. */
export const configureAddress = defineCommand({
  name: 'addresses.configure',
  orderKey: (input: ConfigureAddress) => input.address,
  run: async (tx, actor, input: ConfigureAddress): Promise<AddressConfigurationsTable> => {
    requireBackEnd(actor);
    const parsed = parseConfiguredAddress(input.type, input.address, tx.limits.address);
    if (!parsed.ok) throw refuse(20422, { parameter: 'Address', reason: parsed.reason });
    const row: AddressConfigurationsTable = {
      sid: tx.newSid('IG'),
      account_sid: actor.account,
      type: input.type,
      address: parsed.address,
      friendly_name: checkFriendlyName(input.friendlyName, tx.limits),
      address_country: checkCountry(input.addressCountry),
      ...(await changeAutoCreation(tx, actor.account, input.autoCreation)),
      date_created: tx.now,
      date_updated: tx.now,
    };
    // Two at once are told apart by the table; the slower one looks again and finds the other here.
    if (await selectByAddress(tx, actor.account, row.address)) {
      throw refuse(20409, { reason: 'this address is configured already' });
    }
    await insertConfiguration(tx, row);
    return row;
  },
});

function checkCountry(country: string | undefined): string | null {
  if (country === undefined || country === '') return null;
  if (/^[a-z]{2}$/i.test(country)) return country.toUpperCase();
  throw refuse(20422, { parameter: 'AddressCountry', reason: 'not the two letters of a country' });
}

export interface UpdateAddressConfiguration {
  /** SID or address. */
  configuration: string;
  friendlyName?: string | undefined;
  autoCreation: AutoCreationInput;
}

/** False: there is none. */
export const updateAddressConfiguration = defineCommand({
  name: 'addresses.update-configuration',
  orderKey: (input: UpdateAddressConfiguration) => input.configuration,
  run: async (tx, actor, input: UpdateAddressConfiguration): Promise<AddressConfigurationsTable | false> => {
    requireBackEnd(actor);
    const row = await selectConfiguration(tx, actor.account, input.configuration);
    if (!row) return false;
    const updated: AddressConfigurationsTable = {
      ...row,
      friendly_name:
        input.friendlyName === undefined ? row.friendly_name : checkFriendlyName(input.friendlyName, tx.limits),
      ...(await changeAutoCreation(tx, actor.account, input.autoCreation, row)),
      date_updated: tx.now,
    };
    await updateConfiguration(tx, updated);
    return updated;
  },
});

/** Conversations that it made stay. False: there is none. */
export const removeAddressConfiguration = defineCommand({
  name: 'addresses.remove-configuration',
  orderKey: (input: { configuration: string }) => input.configuration,
  run: async (tx: Transaction, actor, input: { configuration: string }): Promise<boolean> => {
    requireBackEnd(actor);
    const row = await selectConfiguration(tx, actor.account, input.configuration);
    if (row) await deleteConfiguration(tx, row.sid);
    return row !== undefined;
  },
});

/** By SID, or by the address in any spelling. */
export function findAddressConfiguration(
  db: Db,
  account: string,
  ref: string,
): Promise<AddressConfigurationsTable | undefined> {
  return selectConfiguration(db, account, ref);
}

/** @param type only those of this type */
export function listAddressConfigurations(
  db: Db,
  account: string,
  type: string | undefined,
  request: PageRequest,
): Promise<Page<AddressConfigurationsTable>> {
  return selectConfigurations(db, account, type, request);
}

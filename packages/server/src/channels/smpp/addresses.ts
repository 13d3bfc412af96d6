/** Addresses as SMPP has them, and as we have them. */
import type { PduAddress } from '@colloquy/smpp';
import type { Address } from '../message.ts';
import type { SmppConfig } from './config.ts';

const international = 1;
const telephone = 1;

/** Numbers with a +, and short codes. */
export function isSmsAddress(address: Address): boolean {
  return /^\+\d{5,15}$|^\d{3,8}$/.test(address);
}

export function numberOf(address: Address, { shortCodeTon, shortCodeNpi }: SmppConfig): PduAddress {
  if (address.startsWith('+')) return { ton: international, npi: telephone, address: address.slice(1) };
  return { ton: shortCodeTon, npi: shortCodeNpi, address };
}

/** The own address that this is; where it is none of them, what it seems to be. */
export function ownAddress(number: PduAddress, own: readonly Address[]): Address {
  const digits = digitsOf(number.address);
  return own.find((address) => digitsOf(address) === digits) ?? addressOf(number);
}

/**
 * Of short numbers and of letters it stays what it is. Whole numbers are international ones whatever they say they are:
 * most SMSCs that leave the type away mean that.
 */
export function addressOf({ ton, address }: PduAddress): Address {
  const digits = digitsOf(address);
  if (!/^\d+$/.test(digits)) return address;
  return ton === international || digits.length > 8 ? `+${digits}` : digits;
}

function digitsOf(address: string): string {
  return address.replace(/^\+/, '');
}

/** Addresses and ids: a message's number is only unique within its chat. */
import type { Address } from '../message.ts';

export function addressOfChat(chat: number): Address {
  return `telegram:${chat}`;
}

export function chatOfAddress(address: Address): number {
  return Number(address.slice('telegram:'.length));
}

export function addressOfBot(username: string): Address {
  return `telegram:@${username.toLowerCase()}`;
}

export function providerIdOf(chat: number, message: number): string {
  return `${chat}:${message}`;
}

/** The number within the chat, and the chat. */
export function messageOf(providerId: string): { chat: number; message: number } | undefined {
  const [, chat, message] = /^(-?[0-9]+):([0-9]+)(?::.*)?$/.exec(providerId) ?? [];
  return chat === undefined ? undefined : { chat: Number(chat), message: Number(message) };
}

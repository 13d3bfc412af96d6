import type { Limits, ParticipantType } from '@colloquy/protocol';
import { parseAddress, parseProxyAddress } from '../addresses.ts';
import { checkIdentity } from '../checks.ts';
import { refuse } from '../refusal.ts';

export interface ParticipantShapeInput {
  identity?: string | undefined;
  address?: string | undefined;
  proxyAddress?: string | undefined;
  projectedAddress?: string | undefined;
}

/** What a participant is: a chat user, or an address that is reached through an own one. */
export type ParticipantShape =
  | { type: 'chat'; identity: string }
  | { type: Exclude<ParticipantType, 'chat'>; address: string; proxyAddress: string };

/** Contract: behaviour reference, section 10.1, and the error dictionary. */
export function checkShape(input: ParticipantShapeInput, limits: Limits): ParticipantShape {
  const { identity, address, proxyAddress, projectedAddress } = input;
  if (projectedAddress !== undefined) {
    throw refuse(50407, {
      reason: 'Group texting (projected addresses) is not available; send Address and ProxyAddress.',
    });
  }
  if (identity !== undefined) {
    if (address !== undefined || proxyAddress !== undefined) throw refuse(50211);
    return { type: 'chat', identity: checkIdentity(identity, limits) };
  }
  if (address === undefined && proxyAddress === undefined) {
    throw refuse(50407, { reason: 'Send an Identity, or an Address with a ProxyAddress.' });
  }
  if (address === undefined || address === '') throw refuse(50411);
  if (proxyAddress === undefined || proxyAddress === '') throw refuse(50412);
  return checkPair(address, proxyAddress, limits);
}

/** Both must be addresses, of one channel, and not the same. */
export function checkPair(
  address: string,
  proxyAddress: string,
  limits: Limits,
): Exclude<ParticipantShape, { type: 'chat' }> {
  const tooLong = { reason: `At most ${limits.address} characters.` };
  if (address.length > limits.address) throw refuse(50407, tooLong);
  if (proxyAddress.length > limits.address) throw refuse(50408, tooLong);
  const person = parseAddress(address);
  if (!person.ok) throw refuse(50407, { reason: person.reason });
  const own = parseProxyAddress(proxyAddress);
  if (!own.ok) throw refuse(50408, { reason: own.reason });
  if (person.type !== own.type) throw refuse(50414);
  if (person.address === own.address) throw refuse(50409);
  return { type: person.type, address: person.address, proxyAddress: own.address };
}

import type { Limits, ParticipantType } from '@colloquy/protocol';
import { parseAddress, parseProxyAddress } from '../addresses.ts';
import { checkIdentity } from '../checks.ts';
import { refuse } from '../refusal.ts';

export interface ParticipantShapeInput {
  identity?: string | undefined;
  address?: string | undefined;
  proxyAddress?: string | undefined;
  projectedAddress?: string | undefined;
  /** Of e-mail: `to`, `cc` or `from`, and what the person is called. */
  level?: string | undefined;
  name?: string | undefined;
  /** Is it allowed here at all? */
  groupTexting?: boolean | undefined;
}

/**
 * What a participant is: a chat user; an address that is reached through an own one; or a member of a group text,
 * who has only an address, or only an own number that stands for him. Somebody by e-mail has only an address, too.
 */
export interface ParticipantShape {
  /** `chat` without any address. */
  type: ParticipantType;
  identity: string | null;
  address: string | null;
  proxyAddress: string | null;
  projectedAddress: string | null;
  level: string | null;
  name: string | null;
}

export interface AddressPair {
  type: Exclude<ParticipantType, 'chat'>;
  address: string;
  proxyAddress: string;
}

/** What of a shape nobody has unless it is said. */
export const blankShape = {
  identity: null,
  address: null,
  proxyAddress: null,
  projectedAddress: null,
  level: null,
  name: null,
};

/** Contract: behaviour reference, section 10.1, and the error dictionary. */
export function checkShape(input: ParticipantShapeInput, limits: Limits): ParticipantShape {
  const { identity, address, proxyAddress, projectedAddress } = input;
  if (projectedAddress !== undefined) return checkProjected(input, projectedAddress, limits);
  if (identity !== undefined) {
    if (address !== undefined || proxyAddress !== undefined) throw refuse(50211);
    requireNoMailFields(input);
    return { ...blankShape, type: 'chat', identity: checkIdentity(identity, limits) };
  }
  if (address === undefined && proxyAddress === undefined) {
    throw refuse(50407, { reason: 'Send an Identity, or an Address with a ProxyAddress.' });
  }
  if (address === undefined || address === '') throw refuse(50411);
  requireShort(address, 50407, limits);
  const person = parseAddress(address);
  if (person.ok && person.type === 'email') {
    // What goes out is sent from the conversation's own address.
    if (proxyAddress !== undefined) throw refuse(50453);
    return { ...blankShape, type: 'email', address: person.address, ...checkMailFields(input, limits) };
  }
  requireNoMailFields(input);
  if (proxyAddress === undefined && input.groupTexting && person.ok && person.type === 'sms') {
    return { ...blankShape, type: 'sms', address: person.address };
  }
  if (proxyAddress === undefined || proxyAddress === '') throw refuse(50412);
  return { ...blankShape, ...checkPair(address, proxyAddress, limits) };
}

function checkProjected(input: ParticipantShapeInput, projectedAddress: string, limits: Limits): ParticipantShape {
  if (input.address !== undefined) {
    throw refuse(50407, { reason: 'Send either an Address or a ProjectedAddress.' });
  }
  if (input.proxyAddress !== undefined) {
    throw refuse(50408, { reason: 'Send either a ProxyAddress or a ProjectedAddress.' });
  }
  requireNoMailFields(input);
  requireShort(projectedAddress, 50407, limits);
  const identity = input.identity === undefined ? null : checkIdentity(input.identity, limits);
  return {
    ...blankShape,
    type: 'sms',
    identity,
    projectedAddress: checkProjectedAddress(projectedAddress, input.groupTexting),
  };
}

/** An own number that can be in a group text: not a short code, and not of another channel. */
export function checkProjectedAddress(raw: string, groupTexting: boolean | undefined): string {
  if (!groupTexting) throw refuse(50452);
  const own = parseAddress(raw);
  if (!own.ok) throw refuse(50407, { reason: own.reason });
  if (own.type !== 'sms') throw refuse(50407, { reason: 'A projected address is a phone number, without a prefix.' });
  return own.address;
}

/** Both must be addresses, of one channel, and not the same. */
export function checkPair(address: string, proxyAddress: string, limits: Limits): AddressPair {
  requireShort(address, 50407, limits);
  requireShort(proxyAddress, 50408, limits);
  const person = parseAddress(address);
  if (!person.ok) throw refuse(50407, { reason: person.reason });
  const own = parseProxyAddress(proxyAddress);
  if (!own.ok) throw refuse(50408, { reason: own.reason });
  if (person.type !== own.type) throw refuse(50414);
  if (person.address === own.address) throw refuse(50409);
  return { type: person.type, address: person.address, proxyAddress: own.address };
}

function requireShort(address: string, code: 50407 | 50408, limits: Limits): void {
  if (address.length > limits.address) throw refuse(code, { reason: `At most ${limits.address} characters.` });
}

const mailLevels = ['to', 'cc', 'from'];

function checkMailFields({ level = 'to', name }: ParticipantShapeInput, limits: Limits) {
  if (!mailLevels.includes(level)) {
    throw refuse(20422, { parameter: 'MessagingBinding.Level', reason: `not one of ${mailLevels.join(', ')}` });
  }
  if (name !== undefined && name.length > limits.friendlyName) {
    const reason = `longer than ${limits.friendlyName} characters`;
    throw refuse(20422, { parameter: 'MessagingBinding.Name', reason });
  }
  return { level, name: name ?? null };
}

function requireNoMailFields({ level, name }: ParticipantShapeInput): void {
  if (level !== undefined || name !== undefined) throw refuse(50420);
}

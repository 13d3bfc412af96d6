import { z } from 'zod';
import { contractRates, type RateLimits } from '../core/rates/rate-limits.ts';
import { type Amount, readAmounts } from './amounts.ts';

const rate = (about: string): Amount => ({ min: 0, max: 1_000_000, about });

/** The rates that an operator can set; 0 stands for none. */
export const settableRates = {
  requests: rate('REST requests a second by one user name (20429)'),
  actions: rate('changes a second in the whole account (50074)'),
  conversations: rate('conversations made or removed a second in a service (50063)'),
  users: rate('users made, changed or removed a second in a service (50063)'),
  roles: rate('roles made, changed or removed a second in a service (50063)'),
  conversationUpdates: rate('changes a second of one conversation itself (50063)'),
  participants: rate('participants added, changed or removed a second in one conversation (50063)'),
  messages: rate('messages sent, changed or removed a second in one conversation (50063)'),
  connections: rate('connections of SDKs at a time (51001)'),
  newConnections: rate('new connections of SDKs a second (51201)'),
  connectionRequests: rate('requests a second on one connection of an SDK (51128)'),
  accountRequests: rate('requests a second on all connections of SDKs together (51129)'),
} satisfies Record<keyof RateLimits, Amount>;

/** `off`, `contract`, or pairs, which begin with `contract` to change or add some. In a file also an object. */
export const ratesSetting = z
  .union([z.string(), z.record(z.string(), z.unknown())])
  .transform((given, context): RateLimits => {
    if (given === 'off') return {};
    if (typeof given !== 'string') return readAmounts(given, settableRates, context);
    const [first, ...rest] = given.split(',');
    if (first?.trim() !== 'contract') return readAmounts(given, settableRates, context);
    return rest.length === 0
      ? contractRates
      : { ...contractRates, ...readAmounts(rest.join(','), settableRates, context) };
  })
  .optional();

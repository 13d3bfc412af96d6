import type { Provider } from '../provider.ts';
import { twilio } from './twilio.ts';

/** Those that can be simulated, in the order in which people are told of them. */
export const providers: readonly Provider[] = [twilio];

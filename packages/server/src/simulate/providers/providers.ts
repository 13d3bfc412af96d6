import type { Provider } from '../provider.ts';
import { email } from './email.ts';
import { smpp } from './smpp.ts';
import { telegram } from './telegram.ts';
import { twilio } from './twilio.ts';
import { whatsapp } from './whatsapp.ts';

/** Those that can be simulated, in the order in which people are told of them. */
export const providers: readonly Provider[] = [twilio, whatsapp, smpp, telegram, email];

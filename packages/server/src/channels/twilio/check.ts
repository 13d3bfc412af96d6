import { SendFailure } from '../../delivery/http/send-failure.ts';
import type { Check, SenderHost } from '../channel.ts';
import type { Json } from '../json.ts';
import type { Address } from '../message.ts';
import { rowsOf, type TwilioAnswer, TwilioApi, textIn } from './api.ts';
import { networkOf } from './capabilities.ts';
import type { TwilioConfig } from './config.ts';

/** Thrown with what is wrong, for people. */
class Wrong extends Error {}

/** Are the credentials right, and do the own numbers belong to the account? */
export async function checkTwilio(config: TwilioConfig, host: SenderHost, signal: AbortSignal): Promise<Check> {
  const api = new TwilioApi(host.outgoing, config);
  try {
    requireOneNetwork(config, host.addresses);
    await checkAccount(api, signal);
    const numbers = await numbersOf(api, signal);
    const own =
      host.addresses.length > 0 ? host.addresses : [...numbers.keys()].filter((phone) => canText(numbers.get(phone)));
    const notes = [...reachNotes(host), ...own.flatMap((address) => notesOf(config, host, address, numbers))];
    return { ok: true, addresses: own.filter((address) => numbers.has(address)), notes };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, reason: error.message };
    if (error instanceof SendFailure) return { ok: false, reason: `Twilio was not reached: ${error.message}` };
    throw error;
  }
}

function requireOneNetwork(config: TwilioConfig, addresses: readonly Address[]): void {
  if ((config.apiKeySid === undefined) !== (config.apiKeySecret === undefined)) {
    throw new Wrong('An API key consists of its SID and its secret: give both, or neither.');
  }
  const networks = new Set(addresses.map(networkOf));
  if (networks.size > 1) {
    throw new Wrong('Phone numbers, WhatsApp, Messenger and RCS each need a sender of their own: their rules differ.');
  }
}

/** The auth token is checked for itself: it signs what comes in, whatever goes out with. */
async function checkAccount(api: TwilioApi, signal: AbortSignal): Promise<void> {
  const answer = await api.account(signal);
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
    throw new Wrong('Twilio does not know this account SID with this auth token.');
  }
  requireOk(answer, 'the account');
  const status = textIn(answer.body, 'status');
  if (status === 'suspended' || status === 'closed') throw new Wrong(`The account at Twilio is ${status}.`);
}

async function numbersOf(api: TwilioApi, signal: AbortSignal): Promise<Map<string, Json>> {
  const numbers = new Map<string, Json>();
  for await (const page of api.pages('/IncomingPhoneNumbers.json', { PageSize: '1000' }, signal)) {
    if (page.status === 401 || page.status === 403) throw new Wrong('Twilio refuses the API key.');
    requireOk(page, 'the list of phone numbers');
    for (const row of rowsOf(page, 'incoming_phone_numbers')) numbers.set(textIn(row, 'phone_number'), row);
  }
  return numbers;
}

function requireOk({ status, body }: TwilioAnswer, what: string): void {
  if (status === 200 && body) return;
  throw new Wrong(`Twilio answered ${status} when asked for ${what}: ${textIn(body, 'message') || 'no reason given'}.`);
}

function* reachNotes({ webhookUrl }: SenderHost): Generator<string> {
  if (webhookUrl === null) {
    yield 'Without a public URL Twilio cannot call this server: it looks for messages every 15 seconds, and sends no files.';
  }
}

function notesOf(
  config: TwilioConfig,
  { webhookUrl }: SenderHost,
  address: Address,
  numbers: ReadonlyMap<string, Json>,
): string[] {
  if (!address.startsWith('+')) {
    const set = webhookUrl === null ? '' : ' Set its webhook there to that of this sender.';
    return [`Whether ${address} belongs to the account, Twilio does not say here.${set}`];
  }
  const number = numbers.get(address);
  if (!number) throw new Wrong(`${address} is no phone number of this account.`);
  if (!canText(number)) throw new Wrong(`${address} cannot send or receive SMS.`);
  const now = textIn(number, 'sms_url');
  if (webhookUrl === null || config.setUpNumbers || now.startsWith(`${new URL(webhookUrl).origin}/`)) return [];
  return [
    `What people write to ${address} goes to ${now || 'nowhere'}: set it to the webhook of this sender, or let setUpNumbers do it.`,
  ];
}

function canText(number: Json | undefined): boolean {
  const capabilities = number?.['capabilities'] as Json | undefined;
  return capabilities?.['sms'] !== false;
}

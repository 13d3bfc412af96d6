/**
 * The phones over HTTP, in the shape of the sandbox's, for people and pages on this machine:
 *
 * - `GET /phones`: the network's title, own addresses, and phones to begin with
 * - `GET /phones/{number}/messages?after=&wait=`: what is on a phone, the oldest first; with `wait`, up to 25 seconds,
 *   the answer is held back until there is something
 * - `POST /phones/{number}/messages` `{to?, body}`: it writes, to the first own address if it does not say
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scheduler } from '../clock.ts';
import { answerJson, bodyOf } from '../web-server.ts';
import { allowPage, isFromHere } from './loopback.ts';
import type { PhoneMessage } from './phone-log.ts';
import type { PhoneNetwork } from './phone-network.ts';

/** Below what browsers and proxies wait, in seconds. */
const longestWait = 25;
const longestText = 64 * 1024;

class Unfit extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Is it for the phones? Everything else is the API's, or the control's. */
export function isForPhones({ url = '' }: IncomingMessage): boolean {
  return /^\/phones(?:[/?]|$)/.test(url);
}

export function servePhones(network: PhoneNetwork, clock: Scheduler) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      if (!isFromHere(request)) throw new Unfit(403, 'These phones are for programs and pages on this machine.');
      allowPage(request, response);
      if (request.method === 'OPTIONS') {
        response.writeHead(204).end();
        return;
      }
      await answer(network, clock, request, response);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      answerJson(response, error.status, { message: error.message });
    }
  };
}

async function answer(
  network: PhoneNetwork,
  clock: Scheduler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://simulator');
  const number = /^\/phones\/([^/]+)\/messages$/.exec(pathname)?.[1];
  if (request.method === 'GET' && pathname === '/phones') {
    const { title, own, phones, note } = network;
    answerJson(response, 200, { title, own, phones, note });
    return;
  }
  if (number === undefined || (request.method !== 'GET' && request.method !== 'POST')) {
    throw new Unfit(404, `There is no ${request.method} ${pathname}.`);
  }
  const phone = addressOf(network, number);
  if (request.method === 'POST') {
    const { to, body } = await readText(request, network);
    answerJson(response, 201, await network.write(phone, to, body));
    return;
  }
  const after = wholeNumber(searchParams, 'after', Number.MAX_SAFE_INTEGER);
  const wait = wholeNumber(searchParams, 'wait', longestWait);
  const messages = await whenThere(network, phone, after, clock, wait, response);
  answerJson(response, 200, { messages });
}

/** Answers at once where there is something, or nothing is to be waited for. */
function whenThere(
  { log }: PhoneNetwork,
  phone: string,
  after: number,
  clock: Scheduler,
  wait: number,
  response: ServerResponse,
): Promise<PhoneMessage[]> {
  const now = log.messages(phone, after);
  if (now.length > 0 || wait === 0) return Promise.resolve(now);
  return new Promise((resolve) => {
    const look = () => {
      const messages = log.messages(phone, after);
      if (messages.length > 0) done(messages);
    };
    const done = (messages: PhoneMessage[]) => {
      stop();
      callOff();
      response.off('close', gone);
      resolve(messages);
    };
    const gone = () => done([]);
    const stop = log.onNews(look);
    const callOff = clock.at(clock.now() + wait * 1000, gone);
    response.once('close', gone);
  });
}

function addressOf(network: PhoneNetwork, encoded: string): string {
  const raw = decoded(encoded);
  const address = network.addressOf(raw);
  if (address === undefined) {
    throw new Unfit(400, `${raw} is no phone of this network; ${network.phones[0]} is one.`);
  }
  return address;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Unfit(400, 'The number in the path is not encoded as it should be.');
  }
}

async function readText(request: IncomingMessage, network: PhoneNetwork): Promise<{ to: string; body: string }> {
  // Pages of other sites may post plain text without asking first.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new Unfit(415, 'Send JSON, as application/json: {"body": "hello"}.');
  }
  const bytes = await bodyOf(request, longestText).catch(() => {
    throw new Unfit(413, `A message has at most ${longestText} bytes.`);
  });
  const given = parsed(bytes.toString());
  const { to = network.own[0], body } = (given ?? {}) as { to?: unknown; body?: unknown };
  if (typeof body !== 'string' || body === '') throw new Unfit(400, 'body: what the phone writes, as text.');
  const own =
    typeof to === 'string' ? network.own.find((one) => one === to || one === network.addressOf(to)) : undefined;
  if (own === undefined) throw new Unfit(400, `to: one of ${network.own.join(', ')}.`);
  return { to: own, body };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unfit(400, 'Send JSON: {"body": "hello"}.');
  }
}

function wholeNumber(query: URLSearchParams, name: string, most: number): number {
  const text = query.get(name) ?? '0';
  if (!/^[0-9]{1,16}$/.test(text) || Number(text) > most) {
    throw new Unfit(400, `${name}: a whole number from 0 to ${most}.`);
  }
  return Number(text);
}

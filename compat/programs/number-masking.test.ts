import { once } from 'node:events';
import twilio from 'twilio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountSid, authToken, ownNumbers, type RunningServer, runServer } from '../rest/running-server.ts';
import { NumberMasking } from './number-masking.ts';

const [proxyNumber = ''] = ownNumbers;
const driver = '+12025550110';
const passenger = '+12025550111';
const nextPassenger = '+12025550112';

let server: RunningServer;
let program: NumberMasking;
beforeAll(async () => {
  server = await runServer();
  program = new NumberMasking({ accountSid, authToken, proxyNumber, baseUrl: server.url });
  await program.start();
});
afterAll(async () => {
  await program.stop();
  await server.stop();
});

async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${program.url}${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
  const said = await answer.text();
  return { status: answer.status, body: said === '' ? undefined : JSON.parse(said) };
}

interface PhoneMessage {
  id: number;
  direction: string;
  from: string;
  to: string;
  body: string;
}

/** A person and his phone. */
class Phone {
  readonly #number: string;
  #seen = 0;
  constructor(number: string) {
    this.#number = number;
  }

  async #call<T>(method: string, query: string, body?: object): Promise<T> {
    const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
    const url = `${server.url}/v1/x/sandbox/phones/${encodeURIComponent(this.#number)}/messages${query}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    expect(answer.ok, url).toBe(true);
    return (await answer.json()) as T;
  }

  /** What became of it: the conversation, or why it found none. */
  write(body: string): Promise<{ conversationSid: string | null; reason: string | null }> {
    return this.#call('POST', '', { to: proxyNumber, body });
  }

  /** The next text that arrives. */
  async read(): Promise<PhoneMessage> {
    for (;;) {
      const { messages } = await this.#call<{ messages: PhoneMessage[] }>(
        'GET',
        `?after=${this.#seen}&limit=1&wait=20`,
      );
      const [message] = messages;
      this.#seen = message?.id ?? this.#seen;
      if (message?.direction === 'in') return message;
    }
  }
}

const phones = { driver: new Phone(driver), passenger: new Phone(passenger), next: new Phone(nextPassenger) };

test('Both people of a ride text each other through one number, and the back end is told of each text.', async () => {
  expect(await ask('POST', '/rides', { ride: 'r1', driver, passenger })).toMatchObject({ status: 201 });

  let told = once(program, 'said');
  await phones.passenger.write('Where are you?');
  expect(await told).toEqual(['r1', 'passenger', 'Where are you?']);
  expect(await phones.driver.read()).toMatchObject({ from: proxyNumber, to: driver, body: 'Where are you?' });

  told = once(program, 'said');
  await phones.driver.write('At the corner.');
  expect(await told).toEqual(['r1', 'driver', 'At the corner.']);
  expect(await phones.passenger.read()).toMatchObject({ from: proxyNumber, to: passenger, body: 'At the corner.' });
});

test('Who is on a ride cannot be put on another behind the same number, and the attempt leaves nothing behind.', async () => {
  const refused = await ask('POST', '/rides', { ride: 'r2', driver, passenger: nextPassenger });
  expect(refused).toMatchObject({
    status: 409,
    body: { error: expect.stringMatching(/Conversation CH[0-9a-f]{32}$/) },
  });
  expect(await server.api.v1.conversations.list()).toHaveLength(1);
});

test('A request that this server did not sign is not believed.', async () => {
  const event = { EventType: 'onMessageAdded', ConversationSid: 'CH', Body: 'x' };
  const url = `${program.url}/events`;
  const signature = twilio.getExpectedTwilioSignature('another token', url, event);
  const headers = { 'X-Twilio-Signature': signature, 'Content-Type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(event) });
  expect(answer.status).toBe(403);
});

test('The ride ends with the word for it: both are told, the number connects nobody, and the next ride can begin.', async () => {
  await phones.passenger.write('done');
  expect(await phones.driver.read()).toMatchObject({ body: 'done' });
  const farewell = 'Your ride has ended. This number is no longer connected.';
  expect(await phones.driver.read()).toMatchObject({ from: proxyNumber, body: farewell });
  expect(await phones.passenger.read()).toMatchObject({ from: proxyNumber, body: farewell });
  while ((await server.api.v1.conversations('r1').fetch()).state !== 'closed');

  expect(await phones.passenger.write('Hello?')).toMatchObject({ conversationSid: null });
  expect(await ask('POST', '/rides', { ride: 'r3', driver, passenger: nextPassenger })).toMatchObject({ status: 201 });
  const told = once(program, 'said');
  await phones.next.write('I am here.');
  expect(await told).toEqual(['r3', 'passenger', 'I am here.']);
  expect(await phones.driver.read()).toMatchObject({ from: proxyNumber, body: 'I am here.' });

  // What the back end itself wrote it was not told of: it did not ask for that.
  expect(await ask('GET', '/rides/r1/transcript')).toEqual({
    status: 200,
    body: [
      { from: 'passenger', body: 'Where are you?' },
      { from: 'driver', body: 'At the corner.' },
      { from: 'passenger', body: 'done' },
    ],
  });
  expect(await ask('POST', '/rides/r3/end')).toMatchObject({ status: 204 });
  expect(await phones.next.read()).toMatchObject({ body: farewell });
});

test('Nobody ever saw the number of another.', async () => {
  const { v1 } = server.api;
  for (const ride of ['r1', 'r3']) {
    const messages = await v1.conversations(ride).messages.list();
    expect(messages.length).toBeGreaterThan(0);
  }
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  for (const number of [driver, passenger, nextPassenger]) {
    const url = `${server.url}/v1/x/sandbox/phones/${encodeURIComponent(number)}/messages?limit=1000`;
    const { messages } = (await (await fetch(url, { headers: { authorization } })).json()) as {
      messages: PhoneMessage[];
    };
    const arrived = messages.filter(({ direction }) => direction === 'in');
    expect(arrived.length).toBeGreaterThan(0);
    for (const { from, body } of arrived) {
      expect(from).toBe(proxyNumber);
      expect(body).not.toMatch(/\+1202/);
    }
  }
});

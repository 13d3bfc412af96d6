/**
 * Messages to people behind an SMSC that fails every fifth of them in every way it can, and texts from them, while the
 * server is killed; then both ends are compared.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type FaultAction, Smsc } from '@colloquy/testing';
import { Random } from '../random.ts';
import { hastenedClock } from './hastened-clock.ts';
import { Killable } from './killable.ts';

export interface SoakOptions {
  /** Of these, a fifth as many come back. */
  messages: number;
  people: number;
  kills: number;
  seed: number;
  /** How much faster than the system's clock all of it runs. */
  speed: number;
  say(text: string): void;
}

export interface SoakResult {
  sent: number;
  received: number;
  /** What a phone shows more than once, and how many of these no record says it of. */
  doubled: number;
  unmarked: number;
  /** Messages without the receipt that they arrived, and what is known of each. */
  unreceipted: string[];
  /** What is wrong: lost, out of order, or made up. */
  problems: string[];
  seconds: number;
}

/** Together a fifth. */
const faults: readonly [number, FaultAction][] = [
  [0.07, { type: 'refuse', status: 0x08 }],
  [0.04, { type: 'refuse', status: 0x64 }],
  [0.02, { type: 'refuse', status: 0x58 }],
  [0.01, { type: 'refuse', status: 0x14 }],
  [0.03, { type: 'answer-lost' }],
  [0.01, { type: 'late', ms: 8000 }],
  [0.01, { type: 'garbled' }],
  [0.005, { type: 'cut-after' }],
  [0.005, { type: 'cut-before' }],
];

const own = '+12025550100';

interface Person {
  number: string;
  conversation: string;
  /** What was sent to him and what he wrote, in order. */
  texts: string[];
  written: string[];
}

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { messages, people, kills, seed, speed, say } = options;
  const folder = mkdtempSync(join(tmpdir(), 'colloquy-soak-smpp-'));
  const began = Date.now();
  const random = new Random(seed);
  const smsc = new Smsc({ clock: hastenedClock(began, speed), random: () => random.next() });
  const server = new Killable(folder, began, speed);
  try {
    await smsc.start();
    await server.start();
    const everybody = await setUp(server, smsc, people);
    for (const [share, action] of conditional(faults)) smsc.faults.add({ action, share });

    const talking = Promise.all(everybody.map((person, at) => talk(person, at, options, server, smsc)));
    const killing = killAt(kills, messages, server, smsc, say);
    await Promise.all([talking, killing]);
    say('Everything is said; waiting for what is under way.');
    await settled(server, smsc, say);
    const result = await compare(everybody, server, smsc);
    return { ...result, seconds: Math.round((Date.now() - began) / 1000) };
  } finally {
    await server.kill();
    await smsc.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each is asked only when those before it did not meet: so its share is one of what they leave. */
function conditional(all: typeof faults): [number, FaultAction][] {
  let left = 1;
  return all.map(([share, action]) => {
    const given = share / left;
    left -= share;
    return [given, action];
  });
}

async function setUp(server: Killable, smsc: Smsc, people: number): Promise<Person[]> {
  const config = {
    ...{ host: '127.0.0.1', port: smsc.port, systemId: 'conv', password: 'secret1' },
    ...{ binds: 2, window: 50, perSecond: 500, responseSeconds: 5, userMessageReference: true },
  };
  await server.post('/v1/x/senders', { type: 'smpp', addresses: [own], config }, 'sender', true);
  return Promise.all(
    Array.from({ length: people }, async (_, at) => {
      const number = `+4477009${String(10_100 + at)}`;
      const { sid: conversation } = await server.post('/v1/Conversations', {}, `conversation-${at}`);
      const binding = { 'MessagingBinding.Address': number, 'MessagingBinding.ProxyAddress': own };
      await server.post(`/v1/Conversations/${conversation}/Participants`, binding, `participant-${at}`);
      return { number, conversation, texts: [], written: [] };
    }),
  );
}

/** One after the other to each person; every tenth is long; he writes after every fifth. */
async function talk(person: Person, at: number, options: SoakOptions, server: Killable, smsc: Smsc): Promise<void> {
  const { number, conversation, texts, written } = person;
  for (let n = at; n < options.messages; n += options.people) {
    const text = `to ${number} ${texts.length}${texts.length % 10 === 9 ? ' Привет 👋'.repeat(20) : ''}`;
    texts.push(text);
    await server.post(`/v1/Conversations/${conversation}/Messages`, { Body: text }, `message-${n}`);
    if (texts.length % 5 !== 0) continue;
    const back = `from ${number} ${written.length}${written.length % 3 === 2 ? ' long'.repeat(80) : ''}`;
    written.push(back);
    await smsc.write({ from: number, to: own, text: back });
  }
}

async function killAt(
  kills: number,
  messages: number,
  server: Killable,
  smsc: Smsc,
  say: (text: string) => void,
): Promise<void> {
  for (let kill = 1; kill <= kills; kill += 1) {
    const taken = Math.floor((messages * kill) / (kills + 1));
    while (smsc.taken.length < taken) await smsc.journal.next(({ type }) => type === 'in');
    await server.kill();
    say(`Killed after ${smsc.taken.length} messages.`);
    await server.start();
  }
}

/** Nothing is to be sent and nothing to be told any more. */
async function settled(server: Killable, smsc: Smsc, say: (text: string) => void): Promise<void> {
  for (let look = 1; ; look += 1) {
    const pages = await Promise.all(
      ['pending', 'sending', 'waiting'].map((state) => server.get(`/v1/x/outbox?state=${state}`)),
    );
    const left = pages.reduce((sum, { outbox }) => sum + outbox.length, 0);
    if (left === 0 && smsc.untold === 0) return;
    if (look % 50 === 0) say(`${smsc.taken.length} taken, ${left} and more to send, ${smsc.untold} to be told.`);
    await wait(200);
  }
}

async function compare(everybody: readonly Person[], server: Killable, smsc: Smsc) {
  const result: Omit<SoakResult, 'seconds'> = {
    ...{ sent: 0, received: 0, doubled: 0, unmarked: 0 },
    unreceipted: [],
    problems: [],
  };
  const { outbox: dead } = await server.get('/v1/x/outbox?state=dead');
  for (const { body, error } of dead) result.problems.push(`given up: ${body} (${JSON.stringify(error)})`);
  for (const person of everybody) {
    result.sent += person.texts.length;
    const shown = smsc.handsets.shown(person.number).map(({ text }) => text);
    const once = shown.filter((text, at) => shown.indexOf(text) === at);
    differ(result.problems, `the phone ${person.number}`, person.texts, once);
    const kept = await messagesOf(server, person.conversation);
    const received = kept.filter(({ author }) => author === person.number).map(({ body }) => body);
    result.received += received.length;
    differ(result.problems, `the conversation with ${person.number}`, person.written, received);
    for (const { sid, body, delivery } of kept) {
      if (!person.texts.includes(body)) continue;
      const life = async () => {
        const path = `/v1/x/conversations/${person.conversation}/messages/${sid}/deliveries`;
        return JSON.stringify((await server.get(path)).copies);
      };
      if (delivery?.delivered !== 'all') result.unreceipted.push(`${body}: ${await life()}`);
      if (shown.filter((text) => text === body).length < 2) continue;
      result.doubled += 1;
      if (!(await life()).includes('may have come twice')) result.unmarked += 1;
    }
  }
  return result;
}

function differ(problems: string[], where: string, wanted: readonly string[], found: readonly string[]): void {
  const missing = wanted.filter((text) => !found.includes(text));
  const extra = found.filter((text) => !wanted.includes(text));
  if (missing.length > 0) problems.push(`${where} has not got ${JSON.stringify(missing)}`);
  if (extra.length > 0) problems.push(`${where} has got ${JSON.stringify(extra)} too`);
  if (missing.length + extra.length > 0) return;
  const at = wanted.findIndex((text, n) => found[n] !== text);
  if (at >= 0 || found.length !== wanted.length) {
    problems.push(`${where} has ${found.length} of ${wanted.length}, or another order from ${at} on: ${found[at]}`);
  }
}

interface Message {
  sid: string;
  author: string;
  body: string;
  delivery: { delivered: string } | null;
}

async function messagesOf(server: Killable, conversation: string): Promise<Message[]> {
  const all: Message[] = [];
  let page = `/v1/Conversations/${conversation}/Messages?PageSize=100`;
  while (page) {
    const { messages, meta } = await server.get(page);
    all.push(...messages);
    page = meta.next_page_url ? new URL(meta.next_page_url).pathname + new URL(meta.next_page_url).search : '';
  }
  return all;
}

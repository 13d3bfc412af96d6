/**
 * A page with the SDK whose line is cut again and again while others write, for minutes; then what it holds is compared
 * with what a fresh page reads. Run by hand: `npm run soak -- --minutes 10`.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createServer, loadConfig, makeToken } from '@colloquy/server';
import { openBrowser } from '../../scripts/browser.mjs';
import { differences } from './differences.ts';
import { Line } from './line.ts';
import { Random } from './random.ts';
import { Rest } from './rest.ts';
import type * as watching from './watcher.ts';
import { Writers } from './writers.ts';

/** In the pages. */
declare global {
  var Watcher: typeof watching.Watcher;
  var watcher: watching.Watcher;
  var soakToken: () => Promise<string>;
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(randomBytes(4).readUInt32BE()) },
    transport: { type: 'string', default: 'websocket' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const transport = values.transport as 'websocket' | 'polling';
if (!(minutes > 0) || !Number.isSafeInteger(seed) || !['websocket', 'polling'].includes(transport)) {
  throw new Error('Give --minutes more than 0, --seed a whole number, --transport websocket or polling.');
}
const say = (text: string) => process.stdout.write(`${text}\n`);
say(`${minutes} minutes, --transport ${transport} --seed ${seed}`);

const rooms = 20;
const identity = 'page';
const writers = ['ann', 'ben', 'cem'];
/** Short, so that new ones are asked for, as the line allows; seconds. */
const lifetime = 240;
/** In which all that happened has to arrive once the line is good again; milliseconds. */
const patience = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'colloquy-soak-'));
const config = loadConfig([], { COLLOQUY_PORT: '0', COLLOQUY_LOG_LEVEL: 'error' }, folder);
const server = await createServer(config);
const { url } = await server.listen();
const rest = new Rest(url, config.credentials);
const service = String((await rest.get('/Configuration')).default_chat_service_sid);
const token = (who: string, seconds = 86_400) =>
  makeToken(config.credentials, { identity: who, service, lifetime: seconds }, Date.now());
const line = await Line.open(url);
const browser = await openBrowser();
const complaints: string[] = [];

/** A page with the script that is published, and the watcher in it. */
async function openPage(options: watching.WatcherOptions) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => complaints.push(`the page: ${error}`));
  await page.exposeFunction('soakToken', () => token(identity, lifetime));
  await page.goto(`${options.url}/health`);
  const script = new URL('../../packages/client/dist/colloquy-client.min.js', import.meta.url);
  await page.addScriptTag({ path: fileURLToPath(script) });
  const code = stripTypeScriptTypes(readFileSync(new URL('watcher.ts', import.meta.url), 'utf8'));
  await page.addScriptTag({ type: 'module', content: `${code}\nglobalThis.Watcher = Watcher;` });
  await page.evaluate(async (given) => {
    globalThis.watcher = await Watcher.begin(soakToken, given);
  }, options);
  return page;
}

const all = new Writers(rest, new Random(seed), identity);
const tokens = await Promise.all(writers.map(async (who) => [who, await token(who)] as const));
await all.begin(url, Object.fromEntries(tokens), rooms);
const page = await openPage({ url: line.url, transports: [transport] });

const stop = new AbortController();
const began = Date.now();
const random = new Random(seed + 1);
async function writeInPage(): Promise<void> {
  for (let n = 0; !stop.signal.aborted; n += 1) {
    const nth = Math.floor(random.between(0, 1000));
    if (random.next() < 0.7) await page.evaluate(([nth, body]) => watcher.say(nth, body), [nth, `Said ${n}`] as const);
    else await page.evaluate((nth) => watcher.markRead(nth), nth);
    await wait(1000 * random.between(0, 1));
  }
}
const work = Promise.all([
  all.write(stop.signal),
  line.makeTrouble(new Random(seed + 2), stop.signal),
  writeInPage(),
]).finally(() => stop.abort());
await Promise.race([wait(minutes * 60_000), work]);
stop.abort();
await work;

const last = 'The end.';
const watched = await all.end(last);
const isThere = await page
  .waitForFunction(([rooms, body]) => watcher.hasSeen(rooms, body), [watched, last] as const, { timeout: patience })
  .catch(() => undefined);
if (!isThere) complaints.push(`not everything arrived within ${patience / 1000} s`);

const sent = await page.evaluate(() => watcher.sent());
const held = await page.evaluate(() => watcher.dump());
complaints.push(...(await page.evaluate(() => watcher.complaints)));
const events = await page.evaluate(() => watcher.events);
const fresh = await openPage({ url, transports: ['websocket'] });
const there = await fresh.evaluate(() => watcher.dump());
complaints.push(...(await fresh.evaluate(() => watcher.complaints)).map((text) => `fresh: ${text}`));
complaints.push(...differences(held, there));
if (held.unread !== held.unreadOfServer) complaints.push(`unread: ${held.unread}, not ${held.unreadOfServer}`);

for (const { conversation, body, index } of sent) {
  const found = there.conversations[conversation]?.messages.filter((message) => message.body === body);
  // It is gone with its conversation, or the user is.
  if (!found) continue;
  const isOnce = index === null ? found.length === 0 : found.length === 1 && found[0]?.index === index;
  if (!isOnce)
    complaints.push(`"${body}" of the page is there ${found.length} times, as ${found[0]?.index}, not ${index}`);
}

await browser.close();
await line.close();
await server.close();
rmSync(folder, { recursive: true, force: true });

const conversations = Object.values(there.conversations);
const total = (of: (one: (typeof conversations)[number]) => number) =>
  conversations.reduce((sum, one) => sum + of(one), 0);
say(`${Math.round((Date.now() - began) / 1000)} s, the line: ${JSON.stringify(line.counts)}`);
say(`written: ${JSON.stringify(all.counts)}`);
say(`said in the page: ${sent.length}, refused ${sent.filter(({ index }) => index === null).length}`);
say(`events in the page: ${JSON.stringify(events)}`);
say(
  `compared: ${conversations.length} conversations, ${total(({ messages }) => messages.length)} messages, ` +
    `${total(({ participants }) => Object.keys(participants).length)} participants, ${there.unread} unread`,
);
for (const complaint of complaints.slice(0, 50)) say(`WRONG: ${complaint}`);
say(complaints.length === 0 ? 'no difference' : `${complaints.length} WRONG, --seed ${seed}`);
process.exitCode = complaints.length === 0 ? 0 : 1;

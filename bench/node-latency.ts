/** From a send at one server to the event at a socket of another: what the way between servers adds. */

import { makeToken } from '../packages/server/src/index.ts';
import { natsServer, runNats } from '../packages/server/src/testing/run-nats.ts';
import { Child } from './child.ts';
import { messageBody } from './message-body.ts';
import type { RunningPostgres } from './nodes.ts';
import { RestCaller } from './rest-caller.ts';
import type { ServerFacts } from './server-process.ts';
import { type CountingSocket, openSocket } from './sockets.ts';

export interface Latency {
  path: string;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

/** One message after the other, as in a conversation that is not busy; the pause in milliseconds. */
const messages = 200;
const pause = 5;
/** The way without a bus takes up to a second. */
const messagesWithoutBus = 20;

/** Two servers with NATS between them, and two without. */
export async function nodeLatencies(postgres: RunningPostgres): Promise<Latency[]> {
  const found: Latency[] = [];
  if (natsServer) {
    const nats = await runNats();
    await betweenTwo(postgres, { COLLOQUY_BENCH_NATS: nats.url }, async (here, there) => {
      found.push({ path: 'to a socket of the same server', ...(await here(messages)) });
      found.push({ path: 'to a socket of another server, by NATS', ...(await there(messages)) });
    });
    await nats.stop();
  }
  await betweenTwo(postgres, {}, async (_here, there) => {
    found.push({ path: 'to a socket of another server, without NATS', ...(await there(messagesWithoutBus)) });
  });
  return found;
}

type Measure = (count: number) => Promise<{ p50: number; p99: number }>;

async function betweenTwo(
  postgres: RunningPostgres,
  bus: Record<string, string>,
  use: (here: Measure, there: Measure) => Promise<void>,
): Promise<void> {
  const env = { COLLOQUY_BENCH_DATABASE: await postgres.create(), ...bus };
  const first = await Child.start<ServerFacts>('./server-process.ts', env);
  const { credentials } = first.facts;
  const shared = { ...env, COLLOQUY_BENCH_CREDENTIALS: JSON.stringify(credentials) };
  const second = await Child.start<ServerFacts>('./server-process.ts', shared);
  const rest = new RestCaller(first.facts.url, credentials);
  const { sid, chat_service_sid: service } = await rest.post('/v1/Conversations', {});
  await rest.post(`/v1/Conversations/${sid}/Participants`, { Identity: 'ann' });
  const listen = async ({ facts }: Child<ServerFacts>) => {
    const socket = await openSocket(Number(new URL(facts.url).port), '/v1/x/realtime', 'colloquy.v1');
    const token = await makeToken(credentials, { identity: 'ann', service: String(service) }, Date.now());
    const connected = nextText(socket, '"session"');
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'connect', params: { token } }));
    await connected;
    return socket;
  };
  const sockets = [await listen(first), await listen(second)] as const;
  const send = () => rest.post(`/v1/Conversations/${sid}/Messages`, { Author: 'system', Body: messageBody });
  const at = (socket: CountingSocket): Measure => {
    return async (count) => {
      const times: number[] = [];
      for (let n = 0; n < count; n += 1) {
        await new Promise((resolve) => setTimeout(resolve, pause));
        const arrived = nextText(socket, '"message.added"');
        const begun = performance.now();
        await Promise.all([send(), arrived]);
        times.push((await arrived) - begun);
      }
      times.sort((a, b) => a - b);
      const share = (of: number) => times[Math.floor(times.length * of)] ?? Number.NaN;
      return { p50: share(0.5), p99: share(0.99) };
    };
  };
  await use(at(sockets[0]), at(sockets[1]));
  for (const { socket } of sockets) socket.destroy();
  rest.close();
  await Promise.all([first.stop(), second.stop()]);
}

/** @returns when a frame with such a text came, by `performance.now()` */
function nextText(socket: CountingSocket, part: string): Promise<number> {
  return new Promise((resolve) => {
    socket.onText = (text) => {
      if (!text.includes(part)) return;
      socket.onText = undefined;
      resolve(performance.now());
    };
  });
}

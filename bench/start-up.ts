/** What it takes an app from `new Client` to `initialized`, by the number of conversations that its user is in. */
import { Client } from '../packages/client/src/index.ts';
import { makeToken } from '../packages/server/src/index.ts';
import { Child } from './child.ts';
import { RestCaller } from './rest-caller.ts';
import type { ServerFacts } from './server-process.ts';

export interface StartUp {
  conversations: number;
  /** Frames that the client sent until it was initialized: each is a round trip. */
  requests: number;
  /** Of all frames that came. */
  bytes: number;
  /** Milliseconds. */
  time: number;
  /** Of a bare socket that asks once and gets as many bytes. */
  floor: number;
}

const callers = 16;

class CountedSocket extends WebSocket {
  static requests = 0;
  static bytes = 0;

  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    this.addEventListener('message', ({ data }) => {
      CountedSocket.bytes += Buffer.byteLength(data);
    });
  }

  override send(data: string): void {
    CountedSocket.requests += 1;
    super.send(data);
  }
}

export async function startUps(counts: readonly number[], runs: number): Promise<StartUp[]> {
  const child = await Child.start<ServerFacts>('./server-process.ts');
  const floor = await Child.start<{ url: string }>('./floor-answer.ts');
  const { url, credentials } = child.facts;
  const rest = new RestCaller(url, credentials, callers);
  const { chat_service_sid } = await rest.post('/v1/Conversations', {});
  const found: StartUp[] = [];
  for (const conversations of counts) {
    const identity = `user-${conversations}`;
    await fill(rest, identity, conversations);
    const token = await makeToken(credentials, { identity, service: String(chat_service_sid) }, Date.now());
    const measured: StartUp[] = [];
    // The first one finds nothing compiled and nothing in memory, here and at the server.
    for (let run = 0; run <= runs; run += 1) {
      const figures = await startUp(url, token);
      measured.push({ conversations, ...figures, floor: await bareStart(floor.facts.url, figures.bytes) });
    }
    const counted = measured.slice(1);
    const median = (of: 'time' | 'floor') =>
      counted.map((figures) => figures[of]).sort((a, b) => a - b)[runs >> 1] ?? 0;
    found.push({ ...(counted[0] as StartUp), time: median('time'), floor: median('floor') });
  }
  rest.close();
  await child.stop();
  await floor.stop();
  return found;
}

async function startUp(url: string, token: string): Promise<Pick<StartUp, 'requests' | 'bytes' | 'time'>> {
  CountedSocket.requests = CountedSocket.bytes = 0;
  const begin = performance.now();
  const client = new Client(token, { url, webSocket: CountedSocket });
  await new Promise<void>((resolve) => client.once('initialized', resolve));
  const time = performance.now() - begin;
  const { requests, bytes } = CountedSocket;
  await client.shutdown();
  return { requests, bytes, time };
}

function bareStart(url: string, bytes: number): Promise<number> {
  const begin = performance.now();
  const socket = new WebSocket(url);
  return new Promise((resolve) => {
    socket.onopen = () => socket.send(String(bytes));
    socket.onmessage = () => {
      resolve(performance.now() - begin);
      socket.close();
    };
  });
}

async function fill(rest: RestCaller, identity: string, conversations: number): Promise<void> {
  let left = conversations;
  const worker = async (line: number) => {
    while (left-- > 0) {
      const { sid } = await rest.post('/v1/Conversations', { FriendlyName: `Conversation ${left}` }, line);
      await rest.post(`/v1/Conversations/${sid}/Participants`, { Identity: identity }, line);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, line) => worker(line)));
}

/** What it takes an app from `new Client` to `initialized`, by the number of conversations that its user is in. */
import official from '@twilio/conversations';
import { Client } from '../packages/client/src/index.ts';
import { makeToken } from '../packages/server/src/index.ts';
import { Child } from './child.ts';
import { RestCaller } from './rest-caller.ts';
import type { ServerFacts } from './server-process.ts';

/** Until some moment of a start. */
interface Reached {
  /** Frames that the client sent. */
  requests: number;
  /** Of all frames that came. */
  bytes: number;
  /** Milliseconds. */
  time: number;
  /** Milliseconds of the processor, of server and client together. */
  processor: number;
}

export interface StartUp {
  conversations: number;
  sdk: string;
  initialized: Reached;
  /** When the client has given a page of conversations. */
  listed: Reached;
  /** Milliseconds of a bare socket that asks once and gets as many bytes as came until `initialized`. */
  floor: number;
}

/** What both SDKs have. */
interface AnyClient {
  once(event: 'initialized', listener: () => void): unknown;
  getSubscribedConversations(): Promise<unknown>;
  shutdown(): Promise<unknown>;
}

const sdks: Record<string, (url: string, token: string) => AnyClient> = {
  '@colloquy/client': (url, token) => new Client(token, { url, webSocket: CountedSocket }),
  '@twilio/conversations': (url, token) =>
    new official.Client(token, { Twilsock: { uri: `${url.replace('http', 'ws')}/v3/wsconnect` } }),
};
/** The official SDK asks four times for each conversation before it lists any. */
const mostForOfficial = 1000;
const callers = 16;

class CountedSocket extends WebSocket {
  static requests = 0;
  static bytes = 0;

  constructor(url: string, protocols?: string[]) {
    super(url, protocols);
    this.addEventListener('message', ({ data }) => {
      CountedSocket.bytes += typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
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
  // The official SDK takes it from there.
  globalThis.WebSocket = CountedSocket as unknown as typeof WebSocket;
  for (const conversations of counts) {
    const identity = `user-${conversations}`;
    await fill(rest, identity, conversations);
    const token = await makeToken(credentials, { identity, service: String(chat_service_sid) }, Date.now());
    for (const [sdk, start] of Object.entries(sdks)) {
      if (sdk !== '@colloquy/client' && conversations > mostForOfficial) continue;
      const measured: StartUp[] = [];
      // The first one finds nothing compiled and nothing in memory, here and at the server.
      for (let run = 0; run <= runs; run += 1) {
        const reached = await startUp(() => start(url, token), child);
        const bare = await bareStart(floor.facts.url, reached.initialized.bytes);
        measured.push({ conversations, sdk, ...reached, floor: bare });
      }
      const byTime = measured.slice(1).sort((a, b) => a.initialized.time - b.initialized.time);
      found.push(byTime[runs >> 1] as StartUp);
    }
  }
  rest.close();
  await child.stop();
  await floor.stop();
  return found;
}

async function startUp(
  start: () => AnyClient,
  server: Child<ServerFacts>,
): Promise<Pick<StartUp, 'initialized' | 'listed'>> {
  CountedSocket.requests = CountedSocket.bytes = 0;
  const before = await cpu(server);
  const begin = performance.now();
  const client = start();
  const reached = async (): Promise<Reached> => {
    const { requests, bytes } = CountedSocket;
    const time = performance.now() - begin;
    return { requests, bytes, time, processor: ((await cpu(server)) - before) / 1000 };
  };
  await new Promise<void>((resolve) => client.once('initialized', resolve));
  const initialized = await reached();
  await client.getSubscribedConversations();
  const listed = await reached();
  await client.shutdown();
  return { initialized, listed };
}

/** Of this process and the server's, in microseconds. */
async function cpu(server: Child<ServerFacts>): Promise<number> {
  const { user, system } = process.cpuUsage();
  return user + system + (await server.cpu());
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

/** Deliveries a second to many sockets: a plain `ws` broadcast, and one conversation of ours. */
import { makeToken } from '../packages/server/src/index.ts';
import { Child } from './child.ts';
import { messageBody } from './message-body.ts';
import { RestCaller } from './rest-caller.ts';
import type { ServerFacts } from './server-process.ts';
import { type CountingSocket, openSocket } from './sockets.ts';

export interface FanOut {
  deliveriesPerSecond: number;
  messagesPerSecond: number;
  /** Of the server, in microseconds. */
  cpuPerDelivery: number;
}

/** Messages under way at a time: enough that nobody waits for the network. */
const senders = 4;
const window = 4;

export async function broadcastFloor(sockets: number, seconds: number): Promise<FanOut> {
  const child = await Child.start<{ url: string }>('./floor-broadcast.ts');
  const port = Number(new URL(child.facts.url).port);
  const all: CountingSocket[] = [];
  for (let n = 0; n < sockets; n += 1) all.push(await openSocket(port, '/'));
  // About as many bytes as an event of ours has, so that both move the same.
  const text = JSON.stringify({ type: 'message.added', filler: 'x'.repeat(480), body: messageBody });
  const figures = await measure(child, all, seconds, (sender) => sender.send(text));
  await child.stop();
  return figures;
}

export async function conversationFanOut(sockets: number, seconds: number): Promise<FanOut> {
  const child = await Child.start<ServerFacts>('./server-process.ts');
  const { url, credentials } = child.facts;
  const rest = new RestCaller(url, credentials);
  const { sid: conversation, chat_service_sid: service } = await rest.post('/v1/Conversations', {});
  const port = Number(new URL(url).port);
  const all: CountingSocket[] = [];
  for (let n = 0; n < sockets; n += 1) {
    const identity = `member-${n}`;
    await rest.post(`/v1/Conversations/${conversation}/Participants`, { Identity: identity });
    const socket = await openSocket(port, '/v1/x/realtime', 'colloquy.v1');
    const token = await makeToken(credentials, { identity, service: String(service) }, Date.now());
    await new Promise<void>((resolve) => {
      socket.onText = (text) => {
        if (text.includes('"session"')) resolve();
      };
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'connect', params: { token } }));
    });
    socket.onText = undefined;
    all.push(socket);
  }
  let id = 0;
  const figures = await measure(child, all, seconds, (sender) => {
    id += 1;
    const params = { conversation, body: messageBody };
    sender.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'messages.send', params }));
  });
  rest.close();
  await child.stop();
  return figures;
}

/** Keeps so many messages under way that a sender sends the next one when its own has come back to it. */
async function measure(
  child: Child<unknown>,
  all: CountingSocket[],
  seconds: number,
  send: (sender: CountingSocket) => void,
): Promise<FanOut> {
  const witness = all.at(-1) as CountingSocket;
  const total = () => all.reduce((sum, socket) => sum + socket.frames, 0);
  let sent = 0;
  let stop = false;
  const before = witness.frames;
  const pump = () => {
    if (stop) return;
    while (sent - (witness.frames - before) < senders * window) {
      send(all[sent % senders] as CountingSocket);
      sent += 1;
    }
    setImmediate(pump);
  };
  pump();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const [frames, cpu, seen, begin] = [total(), await child.cpu(), witness.frames, performance.now()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const elapsed = (performance.now() - begin) / 1000;
  const deliveries = total() - frames;
  const messages = witness.frames - seen;
  const used = (await child.cpu()) - cpu;
  stop = true;
  for (const { socket } of all) socket.destroy();
  return {
    deliveriesPerSecond: Math.round(deliveries / elapsed),
    messagesPerSecond: Math.round(messages / elapsed),
    cpuPerDelivery: used / deliveries,
  };
}

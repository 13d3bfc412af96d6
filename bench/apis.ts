/** Durable messages a second through the doors: bare node:http, our REST API, and our SDK. */
import { Client, type Conversation } from '../packages/client/src/index.ts';
import { makeToken } from '../packages/server/src/index.ts';
import { Child } from './child.ts';
import { closedLoop, type Figures } from './closed-loop.ts';
import { messageBody } from './message-body.ts';
import { RestCaller } from './rest-caller.ts';
import type { ServerFacts } from './server-process.ts';
import type { Load } from './storage.ts';

export interface DoorFigures extends Figures {
  /** Of the server with all its threads, in microseconds. */
  cpuPerMessage: number;
}

const form = { Author: 'ann', Body: messageBody };

async function measured(
  child: Child<unknown>,
  { callers, seconds }: Load,
  call: (caller: number) => Promise<unknown>,
): Promise<DoorFigures> {
  let calls = 0;
  const before = await child.cpu();
  const figures = await closedLoop(callers, seconds, (caller) => {
    calls += 1;
    return call(caller);
  });
  return { ...figures, cpuPerMessage: ((await child.cpu()) - before) / calls };
}

export async function httpFloor(load: Load): Promise<DoorFigures> {
  const child = await Child.start<{ url: string }>('./floor-http.ts');
  const rest = new RestCaller(child.facts.url, { accountSid: '', authToken: '' }, load.callers);
  let n = 0;
  const figures = await measured(child, load, (caller) => {
    n += 1;
    return rest.post(`/v1/Conversations/${n % load.conversations}/Messages`, form, caller);
  });
  rest.close();
  await child.stop();
  return figures;
}

export async function restThroughput(load: Load): Promise<DoorFigures> {
  const child = await Child.start<ServerFacts>('./server-process.ts');
  const rest = new RestCaller(child.facts.url, child.facts.credentials, load.callers);
  const sids: string[] = [];
  for (let n = 0; n < load.conversations; n += 1) {
    const { sid } = await rest.post('/v1/Conversations', {});
    await rest.post(`/v1/Conversations/${sid}/Participants`, { Identity: 'ann' });
    sids.push(String(sid));
  }
  let n = 0;
  const figures = await measured(child, load, (caller) => {
    n += 1;
    return rest.post(`/v1/Conversations/${sids[n % sids.length]}/Messages`, form, caller);
  });
  rest.close();
  await child.stop();
  return figures;
}

/** One user, one socket; he is in all the conversations, so each message comes back to him as an event, too. */
export async function sdkThroughput(load: Load): Promise<DoorFigures> {
  const child = await Child.start<ServerFacts>('./server-process.ts');
  const { url, credentials } = child.facts;
  const rest = new RestCaller(url, credentials);
  const { chat_service_sid } = await rest.post('/v1/Conversations', {});
  const token = await makeToken(credentials, { identity: 'ann', service: String(chat_service_sid) }, Date.now());
  const ann = new Client(token, { url });
  const conversations: Conversation[] = [];
  for (let n = 0; n < load.conversations; n += 1) {
    const conversation = await ann.createConversation({});
    await conversation.join();
    conversations.push(conversation);
  }
  let n = 0;
  const figures = await measured(child, load, () => {
    n += 1;
    return conversations[n % conversations.length]?.sendMessage(messageBody) ?? Promise.reject(new Error('none'));
  });
  await ann.shutdown();
  rest.close();
  await child.stop();
  return figures;
}

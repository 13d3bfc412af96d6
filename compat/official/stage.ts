import * as colloquy from '@colloquy/client';
import official, { type Client, type ClientOptions, type Conversation } from '@twilio/conversations';
import { heard, until } from '../sdk/operations/heard.ts';
import { settled } from '../sdk/operations/settled.ts';
import { RestartableServer } from '../sdk/restartable-server.ts';
import { CuttingProxy } from './cutting-proxy.ts';

export type Person = Client & { identity: string };

/** What somebody's way to the server is, if it is not the straight one. */
interface Way {
  through?: CuttingProxy;
  token?: string;
  identity?: string;
}

/** A server, and users who connect with the official package, our own one, by the REST API and from phones. */
export class Stage {
  readonly server: RestartableServer;
  readonly #clients: Client[] = [];
  readonly #proxies: CuttingProxy[] = [];
  #count = 0;

  static async open(): Promise<Stage> {
    return new Stage(await RestartableServer.start());
  }

  private constructor(server: RestartableServer) {
    this.server = server;
  }

  get rest(): RestartableServer['rest'] {
    return this.server.rest;
  }

  /** A name that nothing else has. */
  name(what: string): string {
    this.#count += 1;
    return `${what}-${this.#count}`;
  }

  phoneNumber(): string {
    this.#count += 1;
    return `+1202555${3000 + this.#count}`;
  }

  async proxy(): Promise<CuttingProxy> {
    const proxy = await CuttingProxy.open(this.server.url);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** A client of the official package that was just made, and may not be connected yet. */
  client(token: string, through?: CuttingProxy, of: typeof official = official): Client {
    const url = (through ?? this.server).url.replace('http', 'ws');
    const client = new of.Client(token, { twilsock: { uri: `${url}/v3/wsconnect` } } as ClientOptions);
    this.#clients.push(client);
    return client;
  }

  /** A user with the official package, who has read what he is in. */
  async official(what: string, { through, token, identity = this.name(what) }: Way = {}): Promise<Person> {
    const client = this.client(token ?? (await this.server.token(identity)), through);
    await heard(client, 'initialized');
    await settled(client);
    return Object.assign(client, { identity });
  }

  /** A user with our own package. */
  async own(what: string, identity: string = this.name(what)): Promise<colloquy.Client & { identity: string }> {
    const client = await colloquy.Client.create(await this.server.token(identity), { url: this.server.url });
    this.#clients.push(client as unknown as Client);
    return Object.assign(client, { identity });
  }

  /** A conversation that the back end makes, with those in it. @returns its SID */
  async room(of: { friendlyName?: string; uniqueName?: string }, ...identities: string[]): Promise<string> {
    const { sid } = await this.rest.conversations.create({ friendlyName: 'Room', ...of });
    for (const identity of identities) await this.rest.conversations(sid).participants.create({ identity });
    return sid;
  }

  /** What the back end writes there. */
  async say(conversation: string, body: string, author = 'system'): Promise<string> {
    return (await this.rest.conversations(conversation).messages.create({ body, author })).sid;
  }

  /** Hangs up, and leaves the clients that are there still to what they do. */
  async hangUp(): Promise<void> {
    for (const proxy of this.#proxies) proxy.mend();
    await Promise.all(this.#clients.splice(0).map((client) => settled(client).then(() => client.shutdown())));
    await Promise.all(this.#proxies.splice(0).map((proxy) => proxy.close()));
  }

  async close(): Promise<void> {
    await this.hangUp();
    await this.server.discard();
  }
}

/** The client as it sees that conversation, when it has read who is in it. */
export async function conversationOf(client: Client, sid: string, participants = 1): Promise<Conversation> {
  const known = [...(await client.getSubscribedConversations()).items].find((each) => each.sid === sid);
  const conversation = known ?? (await heard(client, 'conversationJoined', (each) => each.sid === sid));
  let here = await conversation.getParticipants();
  while (here.length < participants) {
    await heard(conversation, 'participantJoined');
    here = await conversation.getParticipants();
  }
  return conversation;
}

export async function cutOff(client: Client, proxy: CuttingProxy): Promise<void> {
  proxy.cut();
  await until(client, 'connectionStateChanged', () => client.connectionState !== 'connected');
}

export async function back(client: Client, proxy: CuttingProxy): Promise<void> {
  proxy.mend();
  await until(client, 'connectionStateChanged', () => client.connectionState === 'connected');
}

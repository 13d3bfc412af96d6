import type { Client, Conversation } from '@twilio/conversations';
import { RestartableServer } from '../restartable-server.ts';
import { heard } from './heard.ts';
import type { Package, Sdk } from './packages.ts';

export type Person = Client & { identity: string };

/** A server, the users who connect with one of the packages, the back end, and phones. */
export class World {
  readonly server: RestartableServer;
  readonly #package: Package;
  readonly #clients: Client[] = [];
  #count = 0;

  static async start(of: Package): Promise<World> {
    return new World(await RestartableServer.start(), of);
  }

  private constructor(server: RestartableServer, of: Package) {
    this.server = server;
    this.#package = of;
  }

  get sdk(): Sdk {
    return this.#package.sdk;
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
    return `+1202555${2000 + this.#count}`;
  }

  /** A client that was just made, and may not be connected yet. */
  client(token: string): Client {
    const client = new this.sdk.Client(token, this.#package.options(this.server.url));
    this.#clients.push(client);
    return client;
  }

  /** A user whom nobody knows yet, connected. */
  async person(what = 'person', token?: string): Promise<Person> {
    const identity = this.name(what);
    const client = await this.sdk.Client.create(
      token ?? (await this.server.token(identity)),
      this.#package.options(this.server.url),
    );
    this.#clients.push(client);
    return Object.assign(client, { identity });
  }

  /** Two users in a conversation that the first one made, and how each of them sees it. */
  async pair(): Promise<{ ann: Person; ben: Person; anns: Conversation; bens: Conversation }> {
    const [ann, ben] = [await this.person('ann'), await this.person('ben')];
    const anns = await ann.createConversation({ friendlyName: 'Pair' });
    await anns.join();
    const joined = heard(ben, 'conversationJoined');
    await anns.add(ben.identity);
    return { ann, ben, anns, bens: await joined };
  }

  /** What a person writes on a phone. */
  async write(phone: string, to: string, body: string): Promise<void> {
    await this.#phone(phone, 'messages', { to, body });
  }

  async #phone(phone: string, what: string, body: unknown): Promise<void> {
    const url = `${this.server.url}/v1/x/sandbox/phones/${encodeURIComponent(phone)}/${what}`;
    const { ok, status } = await fetch(url, {
      method: 'POST',
      headers: { authorization: this.server.authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!ok) throw new Error(`The phone's request was answered with ${status}.`);
  }

  async hangUp(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.shutdown()));
  }

  async end(): Promise<void> {
    await this.hangUp();
    await this.server.discard();
  }
}

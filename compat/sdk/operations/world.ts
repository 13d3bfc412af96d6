import type { Client, ClientOptions, Conversation } from '@twilio/conversations';
import { expect } from 'vitest';
import { RestartableServer } from '../restartable-server.ts';
import { type Emitter, type Heard, heard, until } from './heard.ts';
import type { Package, Sdk } from './packages.ts';
import { settled } from './settled.ts';

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

  get isOurs(): boolean {
    return this.#package.isOurs;
  }

  /**
   * After a call: its objects show what it did. With our package they do when it resolves; the other one's follow when
   * the server tells of the change.
   */
  async shows(emitter: Emitter, event: Heard, holds: () => boolean): Promise<void> {
    if (this.isOurs) expect(holds()).toBe(true);
    else await until(emitter, event, holds);
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

  /** With which a client of the package reaches the server. */
  get options(): ClientOptions {
    return this.#package.options(this.server.url);
  }

  /** A client that was just made, and may not be connected yet. */
  client(token: string): Client {
    return this.keep(new this.sdk.Client(token, this.options));
  }

  /** The same with the method that waits until it is initialized. */
  async created(token: string): Promise<Client> {
    return this.keep(await this.sdk.Client.create(token, this.options));
  }

  /** Hangs up for it in the end. */
  keep(client: Client): Client {
    this.#clients.push(client);
    return client;
  }

  /** A user whom nobody knows yet, connected. */
  async person(what = 'person', token?: string): Promise<Person> {
    const identity = this.name(what);
    const client = this.client(token ?? (await this.server.token(identity)));
    await heard(client, 'initialized');
    if (!this.isOurs) await settled(client);
    return Object.assign(client, { identity });
  }

  /** Two users in a conversation that the first one made, and how each of them sees it. */
  async pair(): Promise<{ ann: Person; ben: Person; anns: Conversation; bens: Conversation }> {
    const [ann, ben] = [await this.person('ann'), await this.person('ben')];
    const anns = await ann.createConversation({ friendlyName: 'Pair' });
    await anns.join();
    const joined = heard(ben, 'conversationJoined');
    await anns.add(ben.identity);
    const bens = await joined;
    if (!this.isOurs) for (const each of [anns, bens]) await this.#readRoster(each, 2);
    return { ann, ben, anns, bens };
  }

  /** The other package knows of nobody before it has read who is there. */
  async #readRoster(conversation: Conversation, size: number): Promise<void> {
    const { length } = await conversation.getParticipants();
    if (length < size) await heard(conversation, 'participantJoined');
  }

  /** What a person writes on a phone. */
  async write(phone: string, to: string, body: string): Promise<void> {
    await this.server.write(phone, to, body);
  }

  async hangUp(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => this.#shutDown(client)));
  }

  async #shutDown(client: Client): Promise<void> {
    if (!this.isOurs) await settled(client);
    await client.shutdown();
  }

  async end(): Promise<void> {
    await this.hangUp();
    await this.server.discard();
  }
}

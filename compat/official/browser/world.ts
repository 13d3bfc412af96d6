import type { Page } from 'playwright-core';
import { RestartableServer } from '../../sdk/restartable-server.ts';
import { CuttingProxy } from '../cutting-proxy.ts';
import { type Form, Site, signIn } from './site.ts';

type Tab = Awaited<ReturnType<Site['page']>>;

/** A server, a line to it that can be cut, and pages that people have open. */
export class BrowserWorld {
  readonly server: RestartableServer;
  readonly line: CuttingProxy;
  readonly site: Site;
  readonly #pages: Page[] = [];
  #count = 0;

  static async start(): Promise<BrowserWorld> {
    const server = await RestartableServer.start();
    return new BrowserWorld(server, await CuttingProxy.open(server.url), await Site.open());
  }

  private constructor(server: RestartableServer, line: CuttingProxy, site: Site) {
    this.server = server;
    this.line = line;
    this.site = site;
  }

  /** Somebody whom nobody knows yet. */
  name(what: string): string {
    this.#count += 1;
    return `${what} ${this.#count}`;
  }

  phoneNumber(): string {
    this.#count += 1;
    return `+1202555${3000 + this.#count}`;
  }

  async page(form: Form): Promise<Tab> {
    const page = await this.site.page(form);
    this.#pages.push(page);
    return page;
  }

  /** A page where a user has signed in. @param url where it connects; the server itself if left out */
  async tab(form: Form, identity: string, url = this.server.url): Promise<Tab> {
    const page = await this.page(form);
    await signIn(page, await this.server.token(identity), url);
    return page;
  }

  /** A conversation made by a back end. */
  async roomOf(...identities: string[]): Promise<string> {
    const { conversations } = this.server.rest;
    const { sid } = await conversations.create({ friendlyName: 'Room' });
    for (const identity of identities) await conversations(sid).participants.create({ identity });
    return sid;
  }

  async hangUp(): Promise<void> {
    await Promise.all(this.#pages.splice(0).map((page) => page.context().close()));
  }

  async end(): Promise<void> {
    await this.site.close();
    await this.line.close();
    await this.server.discard();
  }
}

/** Web pages with the official package, as apps put it into theirs, in a real browser. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type * as Package from '@twilio/conversations';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../../../scripts/browser.mjs';

/** What pages have. */
declare global {
  var Sdk: typeof Package;
  var client: Package.Client;
  /** Names of the events that the client emitted, each with what tells it from others. */
  var heard: string[];
}

/** How the package comes into a page: both have class names of their own making. */
export const forms = ['bundled and minified', 'by its script tag'] as const;
export type Form = (typeof forms)[number];

const scriptTag = join(
  dirname(createRequire(import.meta.url).resolve('@twilio/conversations')),
  'twilio-conversations.min.js',
);

async function bundled(): Promise<string> {
  const result = await build({
    stdin: { contents: "export * from '@twilio/conversations'", resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'Sdk',
    write: false,
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}

export class Site {
  readonly browser: Browser;
  readonly #server: ReturnType<typeof createServer>;

  static async open(): Promise<Site> {
    const scripts: Record<Form, string> = {
      'bundled and minified': await bundled(),
      'by its script tag': `${readFileSync(scriptTag, 'utf8')};Sdk = Twilio.Conversations;`,
    };
    const server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? '').slice(1);
      const script = scripts[path as Form];
      const page = `<!doctype html><meta charset="utf-8"><script src="/${forms[Number(path)]}"></script>`;
      response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html' }).end(script ?? page);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Site(await openBrowser(), server);
  }

  private constructor(browser: Browser, server: ReturnType<typeof createServer>) {
    this.browser = browser;
    this.#server = server;
  }

  /** A page with nothing but the package, in a profile of its own. What goes wrong in it is in `troubles`. */
  async page(form: Form): Promise<Page & { troubles: string[] }> {
    const page = await (await this.browser.newContext()).newPage();
    const troubles: string[] = [];
    page.on('pageerror', ({ message }) => troubles.push(message));
    const { port } = this.#server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/${forms.indexOf(form)}`);
    return Object.assign(page, { troubles });
  }

  async close(): Promise<void> {
    await this.browser.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Makes the page's client, which notes what it hears, and waits until it is ready. @param url of the server */
export async function signIn(page: Page, token: string, url: string): Promise<void> {
  const uri = `${url.replace('http', 'ws')}/v3/wsconnect`;
  await page.evaluate(
    async ({ token, uri }) => {
      globalThis.heard = [];
      // Only `Twilsock` is declared, and both are read.
      globalThis.client = new Sdk.Client(token, { twilsock: { uri } } as object);
      const note = (name: string, what: unknown) => heard.push(`${name} ${what}`);
      for (const name of ['conversationJoined', 'conversationLeft', 'conversationRemoved'] as const) {
        client.on(name, ({ sid }) => note(name, sid));
      }
      for (const name of ['participantJoined', 'participantLeft'] as const) {
        client.on(name, ({ identity, type }) => note(name, identity ?? type));
      }
      client.on('messageAdded', ({ body, media }) => note('messageAdded', body ?? media?.filename));
      client.on('messageRemoved', ({ body }) => note('messageRemoved', body));
      client.on('messageUpdated', ({ message, updateReasons }) => {
        note('messageUpdated', `${message.body} ${updateReasons.filter((one) => !one.startsWith('date')).sort()}`);
      });
      client.on('connectionStateChanged', (state) => note('connection', state));
      await new Promise<void>((resolve, reject) => {
        client.on('initialized', resolve);
        client.on('initFailed', ({ error }) => reject(new Error(error?.message)));
      });
    },
    { token, uri },
  );
}

/** Waits until the page's client has noted that. @throws Error with what it noted instead */
export async function hears(page: Page, what: string): Promise<void> {
  try {
    await page.waitForFunction((what) => heard.includes(what), what, { timeout: 15_000 });
  } catch {
    throw new Error(`Not ${what}, but: ${await page.evaluate(() => heard.join('; '))}`);
  }
}

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../../../scripts/browser.mjs';

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

/** A browser, and a server for the files below a folder. */
export class Pages {
  readonly #browser: Browser;
  readonly #server: ReturnType<typeof createServer>;

  static async open(folder: string): Promise<Pages> {
    const server = createServer(async (request, response) => {
      const file = join(folder, new URL(request.url ?? '/', 'http://files').pathname);
      const content = await readFile(file).catch(() => undefined);
      response.writeHead(content ? 200 : 404, { 'content-type': types[extname(file)] ?? 'text/plain' }).end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Pages(await openBrowser(), server);
  }

  private constructor(browser: Browser, server: ReturnType<typeof createServer>) {
    this.#browser = browser;
    this.#server = server;
  }

  /**
   * Opens a page and calls its `talk`.
   *
   * @returns what that returned
   * @throws Error with what the page complained about
   */
  async talk(path: string, tokens: string[], options: { url: string }): Promise<unknown> {
    const page = await this.#browser.newPage();
    const failed = new Promise<never>((_, reject) => page.on('pageerror', reject));
    const { port } = this.#server.address() as AddressInfo;
    await Promise.race([failed, page.goto(`http://127.0.0.1:${port}/${path}`)]);
    const run = page.evaluate(([tokens, options]) => Reflect.get(globalThis, 'talk')(tokens, options), [
      tokens,
      options,
    ] as const);
    const result = await Promise.race([failed, run]);
    await page.close();
    return result;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

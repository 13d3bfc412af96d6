import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, createServer, loadConfig, type Server } from '@colloquy/server';
import type { Browser, Page, ViewportSize } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { openBrowser } from '../../../../scripts/browser.mjs';
import type { PlaygroundSession } from '../session/session.ts';

export const wide = { width: 1280, height: 800 };
export const narrow = { width: 390, height: 844 };

/**
 * For a file of tests: the built page, served by a real server to a real browser, and a new conversation and a wide
 * window for each test. A test fails when the browser had anything to complain about that it did not expect.
 */
export function usePlayground() {
  let folder: string;
  let server: Server;
  let browser: Browser;
  let expected: RegExp[] = [];
  /** Errors and warnings on the console, what the policy refused, requests to other hosts. */
  let complaints: string[] = [];
  const playground = {} as {
    config: Config;
    url: string;
    page: Page;
    session: PlaygroundSession;
  };

  async function start(port: number): Promise<void> {
    const environment = { COLLOQUY_PORT: String(port), COLLOQUY_LOG_LEVEL: 'silent' };
    playground.config = loadConfig([], environment, folder);
    server = await createServer(playground.config, { playground: join(folder, 'page') });
    ({ url: playground.url } = await server.listen());
  }

  async function open(viewport: ViewportSize, prepare = async (_page: Page) => {}, query = ''): Promise<void> {
    await playground.page?.context().close();
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== playground.url) complaints.push(`request to ${request.url()}`);
    });
    playground.page = page;
    await prepare(page);
    await page.goto(playground.url + query);
    await page.getByRole('log').first().waitFor();
    await page.getByLabel('Opening the thread').first().waitFor({ state: 'detached' });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colloquy-playground-'));
    const root = fileURLToPath(new URL('../..', import.meta.url));
    // Without it React would be the development build, which is not what users get.
    vi.stubEnv('NODE_ENV', 'production');
    await build({ root, logLevel: 'error', build: { outDir: join(folder, 'page') } });
    vi.unstubAllEnvs();
    await start(0);
    browser = await openBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    const answer = await fetch(`${playground.url}/v1/x/playground/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"fresh":true}',
    });
    expect(answer.status).toBe(200);
    playground.session = (await answer.json()) as PlaygroundSession;
    complaints = [];
    expected = [];
    await open(wide);
  });

  afterEach(async () => {
    await playground.page.context().close();
    expect(complaints.filter((text) => !expected.some((pattern) => pattern.test(text)))).toEqual([]);
  });

  const pane = (name: string) => playground.page.getByRole('region', { name, exact: true });
  const log = (name: string) => pane(name).getByRole('log');
  const composer = (name: string) => pane(name).getByRole('textbox');

  return Object.assign(playground, {
    /** The page in a new window, of its own size, in place of the one before; with `query` behind its address. */
    open,
    /** The same data under the same address, as after an update. */
    async restart(): Promise<void> {
      await server.close();
      await start(Number(new URL(playground.url).port));
    },
    /** What this test makes the browser complain about. */
    expectComplaint(pattern: RegExp): void {
      expected.push(pattern);
    },
    /** Writes a text on the phone without the page. */
    async text(body: string): Promise<void> {
      const { phone, sandboxToken } = playground.session;
      const path = `/v1/x/sandbox/phones/${encodeURIComponent(phone.address)}/messages`;
      const answer = await fetch(playground.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${sandboxToken}` },
        body: JSON.stringify({ to: phone.proxyAddress, body }),
      });
      expect(answer.status).toBe(201);
    },
    pane,
    log,
    composer,
    message: (name: string, body: string) => log(name).getByRole('article').filter({ hasText: body }),
    bodies: (name: string) => log(name).getByRole('article').locator('p').allTextContents(),
    connection: (name: string, word: string) => pane(name).getByText(word, { exact: true }).waitFor(),
    async write(name: string, body: string): Promise<void> {
      await composer(name).fill(body);
      await composer(name).press('Enter');
    },
    /** The names of the two users: the first two panes. */
    async users(): Promise<[string, string]> {
      const [first, second] = await playground.page.getByRole('heading', { level: 2 }).allTextContents();
      if (first === undefined || second === undefined) throw new Error('There are not two users');
      return [first, second];
    },
  });
}

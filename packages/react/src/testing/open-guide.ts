import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, loadConfig, type Server } from '@colloquy/server';
import react from '@vitejs/plugin-react';
import type { Browser, Page } from 'playwright-core';
import { build, defaultClientConditions } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { openBrowser } from '../../../../scripts/browser.mjs';
import { writeGuide } from './guide.ts';

interface Session {
  conversationSid: string;
  users: { identity: string; token: string }[];
}

/**
 * For a file of tests: the app of the guide, built, served by a real server to a real browser, and for each test a new
 * conversation of two users. A test fails when the browser had anything to complain about that it did not expect.
 */
export function useGuide() {
  let folder: string;
  let server: Server;
  let browser: Browser;
  let url: string;
  let session: Session;
  let complaints: string[] = [];
  let expected: RegExp[] = [];

  async function start(port: number): Promise<void> {
    const environment = { COLLOQUY_PORT: String(port), COLLOQUY_LOG_LEVEL: 'silent' };
    server = await createServer(loadConfig([], environment, folder), { playground: join(folder, 'page') });
    ({ url } = await server.listen());
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colloquy-react-'));
    await writeGuide(join(folder, 'app'));
    // Without it React would be the development build, which is not what users get.
    vi.stubEnv('NODE_ENV', 'production');
    await build({
      root: join(folder, 'app'),
      configFile: false,
      logLevel: 'error',
      plugins: [react()],
      resolve: { conditions: ['@colloquy/source', ...defaultClientConditions] },
      build: { outDir: join(folder, 'page') },
    });
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
    const answer = await fetch(`${url}/v1/x/playground/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"fresh":true}',
    });
    expect(answer.status).toBe(200);
    session = (await answer.json()) as Session;
    complaints = [];
    expected = [];
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(complaints.filter((text) => !expected.some((pattern) => pattern.test(text)))).toEqual([]);
  });

  return {
    /** The page of one of the two users. */
    async open(at: 0 | 1): Promise<Page> {
      const page = await (await browser.newContext()).newPage();
      page.setDefaultTimeout(20_000);
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.route('**/api/token', (route) => route.fulfill({ body: session.users[at]?.token ?? '' }));
      await page.goto(url);
      return page;
    },
    /** The same data under the same address, as after an update. */
    async restart(meanwhile: () => Promise<void>): Promise<void> {
      await server.close();
      await meanwhile();
      await start(Number(new URL(url).port));
    },
    /** What this test makes the browser complain about. */
    expectComplaint(pattern: RegExp): void {
      expected.push(pattern);
    },
    identity: (at: 0 | 1) => session.users[at]?.identity ?? '',
    token: (at: 0 | 1) => session.users[at]?.token ?? '',
    conversationSid: () => session.conversationSid,
    url: () => url,
  };
}

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSkipped, openBrowser } from '../../../../../scripts/browser.mjs';
import { type OpenRest, openRest } from '../../testing/open-rest.ts';
import { operations } from './operations.ts';
import { schemas } from './schemas.ts';

let at: OpenRest;
beforeAll(async () => {
  at = await openRest({ publicUrl: null });
});
afterAll(() => at.discard());

const fetchPage = async () => at.ask('GET', '/docs', { headers: { authorization: '' } });

test('Anybody may read the page; it runs nothing and loads nothing.', async () => {
  const { status, headers, body } = await fetchPage();
  expect(status).toBe(200);
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/);
  expect(body).not.toMatch(/<script|<link|<img|javascript:|\son\w+=|\sstyle=/i);
});

test('It has every operation and every schema, and each of its links leads somewhere.', async () => {
  const { body: page } = await fetchPage();
  const shown = page.replaceAll('<wbr>', '');
  for (const { path } of operations) expect(shown).toContain(`<code>${path}</code>`);
  for (const name of Object.keys(schemas)) expect(page).toContain(`id="schema-${name}"`);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const links = [...page.matchAll(/ href="([^"]+)"/g)].map(([, link]) => link);
  for (const link of links) {
    if (link?.startsWith('#')) expect(ids).toContain(link.slice(1));
    else expect(await at.ask('GET', new URL(link ?? '', 'http://x/docs').pathname)).toMatchObject({ status: 200 });
  }
});

test('Below the path of a proxy, the page leads to the description there, which says so.', async () => {
  const publicUrl = 'https://chat.example.com/below';
  const proxied = await openRest({ publicUrl });
  const { body: page } = await proxied.ask('GET', '/docs');
  const [, link] = /href="([^"]*openapi[^"]*)"/.exec(page) ?? [];
  expect(new URL(link ?? '', `${publicUrl}/docs`).href).toBe(`${publicUrl}/openapi.json`);
  expect((await proxied.ask('GET', '/openapi.json')).body.servers).toEqual([{ url: publicUrl }]);
  expect((await at.ask('GET', '/openapi.json')).body.servers).toEqual([{ url: '/' }]);
  await proxied.discard();
});

test.each(['/docs', '/openapi.json'])('HEAD tells of %s without giving it.', async (path) => {
  const whole = await at.server.inject({ method: 'GET', url: path });
  const answer = await at.server.inject({ method: 'HEAD', url: path });
  expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([
    200,
    '',
    whole.headers['content-type'],
  ]);
  expect(Number(answer.headers['content-length'])).toBe(whole.rawPayload.length);
});

describe.skipIf(isSkipped)('In a browser', () => {
  let browser: Browser;
  let url: string;
  beforeAll(async () => {
    ({ url } = await at.server.listen());
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  const sizes = [390, 1280].flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
  );
  test.each(sizes)('The page fits $width px, and its style applies ($colorScheme).', async ({ width, colorScheme }) => {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const problems: string[] = [];
    page.on('console', (message) => problems.push(message.text()));
    await page.goto(`${url}/docs`);
    await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 27)');
    expect(problems).toEqual([]);
    await page.close();
  });

  test('The keyboard alone skips to the operations and opens one.', async () => {
    const page = await browser.newPage();
    await page.goto(`${url}/docs`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.querySelector("details").open')).toBe(true);
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
    await page.close();
  });
});

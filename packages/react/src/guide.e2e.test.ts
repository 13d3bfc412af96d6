import { Client } from '@colloquy/client';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { isSkipped } from '../../../scripts/browser.mjs';
import { useGuide } from './testing/open-guide.ts';

describe.skipIf(isSkipped)('The app of the guide, in a browser,', { timeout: 60_000 }, () => {
  const at = useGuide();

  const bodies = (page: Page) => page.getByRole('listitem').locator('span').allTextContents();
  const bubble = (page: Page, body: string) => page.getByRole('listitem').filter({ hasText: body });

  async function write(page: Page, body: string): Promise<void> {
    await page.getByLabel('Message').fill(body);
    await page.getByRole('button', { name: 'Send' }).click();
  }

  async function openThread(page: Page): Promise<void> {
    await page.getByRole('navigation').getByRole('button').first().click();
    await page.getByLabel('Message').waitFor();
  }

  test('shows both users what each of them writes, in one order', async () => {
    const [ann, ben] = [await at.open(0), await at.open(1)];
    for (const page of [ann, ben]) await openThread(page);
    for (const [page, body] of [
      [ann, 'Good morning'],
      [ben, 'Hello'],
      [ann, 'How are you?'],
    ] as const) {
      await write(page, body);
      for (const where of [ann, ben]) await bubble(where, body).waitFor();
    }
    for (const page of [ann, ben]) expect(await bodies(page)).toEqual(['Good morning', 'Hello', 'How are you?']);
    await bubble(ann, 'How are you?').getByRole('button', { name: 'Remove' }).click();
    for (const page of [ann, ben]) await bubble(page, 'How are you?').waitFor({ state: 'detached' });
  });

  test('shows who is typing, and what is unread until it is read', async () => {
    const [ann, ben] = [await at.open(0), await at.open(1)];
    await openThread(ann);
    await ben.getByRole('heading', { name: 'Conversations', exact: true }).waitFor();
    await write(ann, 'One');
    await write(ann, 'Two');
    await ben.getByRole('heading', { name: 'Conversations (2 unread)' }).waitFor();
    await openThread(ben);
    await ben.getByRole('heading', { name: 'Conversations', exact: true }).waitFor();
    await ann.getByLabel('Message').pressSequentially('Th');
    await ben.getByText(`${at.identity(0)} typing…`).waitFor();
    await ann.getByLabel('Message').pressSequentially('ree');
    await ann.getByRole('button', { name: 'Send' }).click();
    await bubble(ben, 'Three').waitFor();
    await ben.getByText('typing…').waitFor({ state: 'detached' });
  });

  test('pages back through a long conversation while new messages come', async () => {
    const ben = new Client(at.token(1), { url: at.url() });
    const conversation = await ben.getConversationBySid(at.conversationSid());
    await Promise.all(Array.from({ length: 50 }, (_, index) => conversation.sendMessage(`${index}.`)));
    const page = await at.open(0);
    await openThread(page);
    await bubble(page, '49.').waitFor();
    expect(await bodies(page)).toEqual(Array.from({ length: 20 }, (_, index) => `${index + 30}.`));
    await page.getByRole('button', { name: 'Older' }).click();
    await conversation.sendMessage('50.');
    await page.getByText(/^10\.$/).waitFor();
    await page.getByText(/^50\.$/).waitFor();
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByRole('button', { name: 'Older' }).waitFor({ state: 'detached' });
    expect(await bodies(page)).toEqual(Array.from({ length: 51 }, (_, index) => `${index}.`));
    await ben.shutdown();
  });

  test('keeps a message that is refused, until it is discarded', async () => {
    const ann = await at.open(0);
    await openThread(ann);
    await write(ann, 'x'.repeat(40_000));
    await ann.getByRole('alert').getByText('Not sent: ').waitFor();
    await ann.getByRole('button', { name: 'Discard' }).click();
    await ann.getByRole('listitem').waitFor({ state: 'detached' });
  });

  test('goes on after the server was away, with what was written meanwhile', async () => {
    at.expectComplaint(/net::ERR_/);
    // While it stops, it lets nobody in.
    at.expectComplaint(/\b503\b/);
    const [ann, ben] = [await at.open(0), await at.open(1)];
    for (const page of [ann, ben]) await openThread(page);
    await write(ann, 'Before');
    await bubble(ben, 'Before').waitFor();
    await at.restart(async () => {
      for (const page of [ann, ben])
        await page
          .getByRole('status')
          .getByText(/^(dis)?connect(ed|ing)$/)
          .waitFor();
      await write(ann, 'Meanwhile');
      await bubble(ann, 'Meanwhile').waitFor();
      expect(await bubble(ann, 'Meanwhile').getAttribute('aria-busy')).toBe('true');
    });
    for (const page of [ann, ben]) {
      await page.getByRole('status').getByText('connected', { exact: true }).waitFor();
      await bubble(page, 'Meanwhile').waitFor();
    }
    await ann.getByRole('listitem').and(ann.locator('[aria-busy]')).waitFor({ state: 'detached' });
    await write(ben, 'After');
    for (const page of [ann, ben]) {
      await bubble(page, 'After').waitFor();
      expect(await bodies(page)).toEqual(['Before', 'Meanwhile', 'After']);
    }
  });
});

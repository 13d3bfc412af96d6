import { describe, expect, test } from 'vitest';
import { isSkipped } from '../../../scripts/browser.mjs';
import { narrow, usePlayground } from './testing/open-playground.ts';

describe.skipIf(isSkipped)('The playground page', { timeout: 60_000 }, () => {
  const at = usePlayground();
  const { pane, log, composer, message, write, users, text } = at;

  async function unread(name: string, text: string | null): Promise<void> {
    const badge = pane(name).getByText(/\d+ unread/);
    if (text === null) await badge.waitFor({ state: 'detached' });
    else await pane(name).getByText(text, { exact: true }).waitFor();
  }

  test('shows an empty thread, and both users connected', async () => {
    const [ann, ben] = await users();
    await log(ann).getByText('No messages yet').waitFor();
    await log('Phone').getByText('No texts yet').waitFor();
    for (const name of [ann, ben]) await at.connection(name, 'Connected');
  });

  test('shows what each of the three writes in all three panes, in one order', async () => {
    const [ann, ben] = await users();
    const script: [string, string][] = [
      [ann, 'Good morning'],
      ['Phone', 'Hello from outside'],
      [ben, 'Welcome <b>both</b> & all'],
      ['Phone', 'Two\nlines'],
    ];
    for (const [who, body] of script) {
      if (body.includes('\n')) {
        await composer(who).pressSequentially('Two');
        await composer(who).press('Shift+Enter');
        await composer(who).pressSequentially('lines');
        await composer(who).press('Enter');
      } else {
        await write(who, body);
      }
      for (const where of [ann, ben, 'Phone']) await message(where, body.replace('\n', ' ')).waitFor();
    }
    for (const where of [ann, ben, 'Phone']) {
      expect(await at.bodies(where)).toEqual(script.map(([, body]) => body));
    }
  });

  test('shows how far a message has come on its way to the phone', async () => {
    const [ann, ben] = await users();
    await pane('Phone').getByLabel('What goes wrong').selectOption({ label: 'Lost receipts' });
    await pane('Phone').getByRole('button', { name: 'Set', exact: true }).click();
    await pane('Phone').getByText('Next: Lost receipts × 1').waitFor();
    await write(ann, 'Do you read me?');
    await message('Phone', 'Do you read me?').waitFor();
    await pane('Phone').getByText('None: every text arrives.').waitFor();
    await write(ann, 'And now?');
    for (const where of [ann, ben]) {
      await message(where, 'And now?').getByText('Phone: delivered').waitFor();
      await message(where, 'Do you read me?').getByText('Phone: sent').waitFor();
    }
  });

  test('says that a text did not reach the phone, and why', async () => {
    const [ann, ben] = await users();
    await pane('Phone').getByLabel('What goes wrong').selectOption({ label: 'Out of reach' });
    await pane('Phone').getByRole('button', { name: 'Set', exact: true }).click();
    await pane('Phone').getByText('Next: Out of reach × 1').waitFor();
    await write(ann, 'Into the void');
    for (const where of [ann, ben]) await message(where, 'Into the void').getByText('Phone: failed (30003)').waitFor();
    await write(ann, 'And again');
    await message(ann, 'And again').getByText('Phone: delivered').waitFor();
    expect(await message('Phone', 'Into the void').count()).toBe(0);
  });

  test('takes a fault back', async () => {
    await pane('Phone').getByLabel('What goes wrong').selectOption({ label: 'Sending fails' });
    await pane('Phone').getByLabel('For how many texts').selectOption({ label: '× 5' });
    await pane('Phone').getByRole('button', { name: 'Set', exact: true }).click();
    await pane('Phone').getByText('Next: Sending fails × 5').waitFor();
    await pane('Phone').getByRole('button', { name: 'Clear' }).click();
    await pane('Phone').getByText('None: every text arrives.').waitFor();
    const [ann] = await users();
    await write(ann, 'Safe and sound');
    await message(ann, 'Safe and sound').getByText('Phone: delivered').waitFor();
  });

  test('tells the other user who is typing, until the message is there', async () => {
    const [ann, ben] = await users();
    await composer(ben).pressSequentially('I am wri');
    await pane(ann).getByText(`${ben} is typing…`).waitFor();
    await composer(ben).press('Enter');
    await message(ann, 'I am wri').waitFor();
    await pane(ann).getByText(`${ben} is typing…`).waitFor({ state: 'detached' });
    expect(await pane(ben).getByText('is typing…').count()).toBe(0);
  });

  test('counts what a user has not read, and shows the others how far he has read', async () => {
    const [ann, ben] = await users();
    await write(ann, 'One');
    await write(ann, 'Two');
    await unread(ben, '2 unread');
    await unread(ann, null);
    expect(await log(ann).getByText(`Read by ${ben}`).count()).toBe(0);
    await log(ben).focus();
    await unread(ben, null);
    await message(ann, 'Two').getByText(`Read by ${ben}`).waitFor();
    await write('Phone', 'Three');
    await unread(ann, '1 unread');
    await unread(ben, '1 unread');
  });

  test('keeps a message that the server refuses, to be tried again or discarded', async () => {
    const [ann, ben] = await users();
    const tooLong = 'x'.repeat(33 * 1024);
    await write(ann, tooLong);
    const failed = log(ann).getByRole('article').last();
    await failed.getByText(/Not sent: /).waitFor();
    await failed.getByRole('button', { name: 'Try again' }).click();
    await failed.getByText(/Not sent: /).waitFor();
    await failed.getByRole('button', { name: 'Discard' }).click();
    await log(ann).getByText('No messages yet').waitFor();
    await write(ann, 'Shorter');
    await message(ben, 'Shorter').waitFor();
    expect(await log(ben).getByRole('article').count()).toBe(1);
  });

  test('joins the same thread after a reload, and begins an empty one when asked', async () => {
    const [ann, ben] = await users();
    await write(ann, 'Remember me');
    await message(ann, 'Remember me').getByText('Phone: delivered').waitFor();
    await at.page.reload();
    for (const where of [ann, ben, 'Phone']) await message(where, 'Remember me').waitFor();
    await message(ann, 'Remember me').getByText('Phone: delivered').waitFor();
    await at.page.getByRole('button', { name: 'New conversation' }).click();
    for (const where of [ann, ben]) await log(where).getByText('No messages yet').waitFor();
    await log('Phone').getByText('No texts yet').waitFor();
    await write('Phone', 'In the new one');
    for (const where of [ann, ben]) await message(where, 'In the new one').waitFor();
  });

  test('brings back earlier messages by page', async () => {
    const [ann] = await users();
    for (let count = 1; count <= 60; count += 1) await text(`Number ${count}.`);
    await message(ann, 'Number 60.').waitFor();
    await at.page.reload();
    await message(ann, 'Number 60.').waitFor();
    expect(await message(ann, 'Number 1.').count()).toBe(0);
    await log(ann).getByRole('button', { name: 'Show earlier messages' }).click();
    await message(ann, 'Number 1.').waitFor();
    expect(await at.bodies(ann)).toEqual(Array.from({ length: 60 }, (_, place) => `Number ${place + 1}.`));
  });

  test('can be used by keyboard alone', async () => {
    const { page } = at;
    const [ann, ben] = await users();
    const focusedName = () =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 30; presses += 1) {
        if ((await focusedName()) === name) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab does not reach ${name}`);
    };
    await tabTo(`Message as ${ann}`);
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Enter');
    await tabTo(`Messages, as ${ben} sees them`);
    await message(ann, 'By keyboard').getByText(`Read by ${ben}`).waitFor();
    await tabTo(`Message as ${ben}`);
    await page.keyboard.type('By keyboard, too');
    await tabTo('Send');
    await page.keyboard.press('Space');
    await tabTo('Text from the phone');
    await page.keyboard.type('Even here');
    await page.keyboard.press('Enter');
    for (const where of [ann, ben]) await message(where, 'Even here').waitFor();
    await tabTo('What goes wrong');
    await tabTo('The same in code');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'REST, with curl' }).waitFor();
  });

  test('shows one pane at a time on a narrow screen, without scrolling sideways', async () => {
    const [ann, ben] = await users();
    await write(ann, 'A_long_word_without_any_place_to_break_'.repeat(8));
    await message(ben, 'A_long_word').waitFor();
    await at.open(narrow);
    const { page } = at;
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    await page.getByRole('tabpanel', { name: ann }).getByRole('article').waitFor();
    expect(await width()).toBe(narrow.width);
    await page.getByRole('tab', { name: ann }).press('ArrowRight');
    const shown = page.getByRole('tabpanel');
    await page.getByRole('tabpanel', { name: ben }).getByRole('article').waitFor();
    expect(await shown.count()).toBe(1);
    expect(await width()).toBe(narrow.width);
    await page.getByRole('tab', { name: 'Phone' }).click();
    await page.getByRole('textbox', { name: 'Text from the phone' }).fill('From a small screen');
    await page.getByRole('textbox', { name: 'Text from the phone' }).press('Enter');
    expect(await width()).toBe(narrow.width);
    await page.getByRole('tab', { name: ann }).getByText('1').waitFor();
    await page.getByRole('tab', { name: ann }).click();
    await page.getByRole('tabpanel', { name: ann }).getByText('From a small screen').waitFor();
  });

  test('says that the server cannot be reached, and opens as soon as it can', async () => {
    at.expectComplaint(/net::ERR_FAILED/);
    const { page } = at;
    await page.route('**/v1/x/playground/session', (route) => route.abort());
    await page.reload();
    await page.getByText('The server cannot be reached').waitFor();
    await page.unroute('**/v1/x/playground/session');
    await page.getByRole('button', { name: 'Try again now' }).click();
    await page.getByText('Connected', { exact: true }).first().waitFor();
  });
});

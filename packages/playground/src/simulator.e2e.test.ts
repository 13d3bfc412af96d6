import { startTwilioSimulator, type TwilioSimulator } from '@colloquy/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isSkipped } from '../../../scripts/browser.mjs';
import { narrow, usePlayground, wide } from './testing/open-playground.ts';

const own = '+12025550142';

describe.skipIf(isSkipped)('The phone of the playground behind a simulator', { timeout: 60_000 }, () => {
  const at = usePlayground();
  const { pane, message, write, users } = at;
  let twilio: TwilioSimulator;
  let sender: string;

  async function ask(method: string, path: string, body?: object) {
    const { accountSid, authToken } = at.config.credentials;
    const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
    const json = body && { headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(at.url + path, { method, headers: { authorization }, ...json });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  }

  beforeEach(async () => {
    twilio = await startTwilioSimulator({ numbers: [own], reports: { sentAfter: 0, deliveredAfter: 0 } });
    const { account, url } = twilio;
    const config = { accountSid: account.sid, authToken: account.token, apiUrl: url };
    const made = await ask('POST', '/v1/x/senders', { type: 'twilio', addresses: [own], config });
    sender = made.sid;
    Object.assign(account.numbers[0] ?? {}, { sms_url: made.webhookUrl });
    at.expectComplaint(new RegExp(`^request to ${url}/phones`));
    // The page asks on when the simulator has ended.
    at.expectComplaint(/net::ERR_CONNECTION_REFUSED/);
  });
  afterEach(async () => {
    await twilio.close();
    await ask('DELETE', `/v1/x/senders/${sender}`);
  });

  /** Both ways, through the connector and the provider's API. */
  async function talk(): Promise<void> {
    const [ann] = await users();
    await write(ann, 'Through Twilio');
    await message('Phone', 'Through Twilio').waitFor();
    await message(ann, 'Through Twilio').getByText('Phone: delivered').waitFor();
    expect(twilio.journal.filter(({ method }) => method === 'POST').at(-1)).toMatchObject({
      form: { From: own, To: '+12025550124', Body: 'Through Twilio' },
    });
    await write('Phone', 'And back');
    await message(ann, 'And back').waitFor();
    await message('Phone', 'And back').waitFor();
  }

  test('is attached by its address in the pane, stays so after a reload, and comes back to the sandbox', async () => {
    const { page } = at;
    const choice = page.getByLabel('What is behind this phone');
    await choice.selectOption({ label: 'A simulator…' });
    await page.getByLabel('Address of the simulator').fill(twilio.url);
    await page.getByRole('button', { name: 'Attach' }).click();
    await pane('Phone').getByRole('heading', { name: '+1 202 555 0142' }).waitFor();
    await pane('Phone').getByText(`At ${twilio.url}`).waitFor();
    await talk();
    expect(new URL(page.url()).searchParams.get('phones')).toBe(twilio.url);
    await page.reload();
    await message('Phone', 'And back').waitFor();
    await choice.selectOption({ label: 'The sandbox' });
    await pane('Phone').getByRole('heading', { name: '+1 202 555 0100' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
    const [ann] = await users();
    await write(ann, 'Back home');
    await message('Phone', 'Back home').waitFor();
  });

  test('is opened there by the address of the page, on a narrow screen, too', async () => {
    await at.open(narrow, undefined, `/?phones=${twilio.url}`);
    const { page } = at;
    await page.getByRole('tab', { name: 'Phone' }).click();
    await page.getByRole('heading', { name: '+1 202 555 0142' }).waitFor();
    await page.getByRole('textbox', { name: 'Text from the phone' }).fill('From a small screen');
    await page.getByRole('textbox', { name: 'Text from the phone' }).press('Enter');
    await page.getByRole('tabpanel', { name: 'Phone' }).getByText('From a small screen').waitFor();
    await page.getByRole('tab').first().click();
    await page.getByRole('tabpanel').getByText('From a small screen').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(narrow.width);
  });

  test('says that there is none, and goes to the sandbox when told to', async () => {
    const { url } = twilio;
    await twilio.close();
    const { page } = at;
    const choice = page.getByLabel('What is behind this phone');
    await choice.selectOption({ label: 'A simulator…' });
    await page.getByLabel('Address of the simulator').fill(url);
    await page.getByRole('button', { name: 'Attach' }).click();
    await page.getByRole('alert').getByText(`No simulator answers at ${url}`).waitFor();
    await page.getByLabel('Address of the simulator').fill('http://example.com');
    await page.getByRole('button', { name: 'Attach' }).click();
    await page.getByRole('alert').getByText('is no address of this machine').waitFor();
    await page.goto(`${at.url}/?phones=${url}`);
    await page.getByText(`No simulator answers at ${url}`).waitFor();
    await page.getByRole('button', { name: 'Use the sandbox' }).click();
    await pane('Phone').getByRole('heading', { name: '+1 202 555 0100' }).waitFor();
    expect(page.viewportSize()).toEqual(wide);
  });
});

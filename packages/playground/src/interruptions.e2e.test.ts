import { makeToken } from '@colloquy/server';
import { decodeJwt } from 'jose';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { isSkipped } from '../../../scripts/browser.mjs';
import type { PlaygroundSession } from './session/session.ts';
import { usePlayground, wide } from './testing/open-playground.ts';

describe.skipIf(isSkipped)('The playground page, interrupted', { timeout: 60_000 }, () => {
  const at = usePlayground();
  const { pane, log, message, write, connection } = at;

  /** The session with other tokens, which end after so many seconds. */
  async function withTokens(session: PlaygroundSession, lifetime: number): Promise<PlaygroundSession> {
    const users = await Promise.all(
      session.users.map(async ({ identity, token }) => {
        const { grants } = decodeJwt<{ grants: { chat: { service_sid: string } } }>(token);
        const made = { identity, service: grants.chat.service_sid, lifetime };
        return { identity, token: await makeToken(at.config.credentials, made, Date.now()) };
      }),
    );
    return { ...session, users };
  }

  /** Lets the page have tokens of that lifetime when it opens, then calls `renewal` whenever it asks for others. */
  async function beginWithTokens(page: Page, lifetime: number, renewal: () => 'answer' | 'refuse'): Promise<void> {
    let isFirst = true;
    await page.route('**/v1/x/playground/session', async (route) => {
      if (isFirst) {
        isFirst = false;
        const answer = await route.fetch();
        await route.fulfill({ response: answer, json: await withTokens(await answer.json(), lifetime) });
      } else if (renewal() === 'answer') await route.continue();
      else await route.fulfill({ status: 503 });
    });
  }

  test('gives a user who was disconnected what was written meanwhile, once and in order', async () => {
    const [ann, ben] = await at.users();
    await write(ann, 'Before');
    await message(ben, 'Before').waitFor();
    await pane(ann)
      .getByRole('button', { name: `Disconnect ${ann}` })
      .click();
    await connection(ann, 'Offline');
    await connection(ben, 'Connected');
    await at.text('Meanwhile');
    await write(ben, 'Where are you?');
    await message(ben, 'Where are you?').getByText('Phone: delivered').waitFor();
    await write(ann, 'In a tunnel');
    await message(ann, 'In a tunnel').getByText('Waiting for the connection…').waitFor();
    expect(await at.bodies(ann)).toEqual(['Before', 'In a tunnel']);
    await pane(ann)
      .getByRole('button', { name: `Reconnect ${ann}` })
      .click();
    for (const name of [ann, ben]) {
      await message(name, 'In a tunnel').getByText('Phone: delivered').waitFor();
      expect(await at.bodies(name)).toEqual(['Before', 'Meanwhile', 'Where are you?', 'In a tunnel']);
      await connection(name, 'Connected');
    }
  });

  test('goes on after the server was restarted, the phone with a new key', async () => {
    at.expectComplaint(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/);
    // While it stops, it lets nobody in.
    at.expectComplaint(/response code: 503/);
    at.expectComplaint(/status of 401/);
    const [ann, ben] = await at.users();
    await write(ann, 'Before');
    for (const where of [ben, 'Phone']) await message(where, 'Before').waitFor();
    await at.restart();
    for (const name of [ann, ben]) await connection(name, 'Connected');
    await write('Phone', 'After');
    for (const where of [ann, ben, 'Phone']) {
      await message(where, 'After').getByRole('time').waitFor();
      expect(await at.bodies(where)).toEqual(['Before', 'After']);
    }
  });

  test('gives the server new tokens when the old ones are about to expire', async () => {
    const renewed: string[] = [];
    const both = Promise.withResolvers<void>();
    let asked = 0;
    await at.open(wide, async (page) => {
      page.on('websocket', (socket) => {
        const sent = new Set<unknown>();
        socket.on('framesent', ({ payload }) => {
          const { id, method } = JSON.parse(String(payload));
          if (method === 'token.update') sent.add(id);
        });
        socket.on('framereceived', ({ payload }) => {
          for (const frame of String(payload).split('\n')) {
            const { id, result } = JSON.parse(frame);
            if (sent.delete(id)) renewed.push(result?.tokenExpires > Date.now() + 50 * 60_000 ? 'an hour' : frame);
            if (renewed.length === 2) both.resolve();
          }
        });
      });
      // The server says so when a third of the time is left, since that is less than three minutes.
      await beginWithTokens(page, 30, () => {
        asked += 1;
        return 'answer';
      });
    });
    await both.promise;
    expect(renewed).toEqual(['an hour', 'an hour']);
    expect(asked).toBe(2);
  });

  test('brings users back whose tokens have expired, with new ones', async () => {
    at.expectComplaint(/status of 503/);
    let renewal: 'answer' | 'refuse' = 'refuse';
    await at.open(wide, (page) => beginWithTokens(page, 3, () => renewal));
    const [ann, ben] = await at.users();
    for (const name of [ann, ben]) await connection(name, 'Refused');
    await write(ann, 'Locked out');
    await log(ann).getByText('Waiting for the connection…').waitFor();
    renewal = 'answer';
    for (const name of [ann, ben]) await connection(name, 'Connected');
    await message(ben, 'Locked out').getByText('Phone: delivered').waitFor();
    expect(await at.bodies(ann)).toEqual(['Locked out']);
  });
});

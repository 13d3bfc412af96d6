import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { UserActor } from '../../core/actor.ts';
import { createConversation } from '../../core/conversations/actions.ts';
import { configureAccountWebhook } from '../../core/webhooks/configure.ts';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { PreAction } from './pre-action.ts';

let at: OpenCore;
let ann: UserActor;
beforeEach(async () => {
  at = await openCore();
  ann = await at.user('ann');
});
afterEach(() => at.discard());

/** What is read of the database while a user makes a conversation, beside his change itself. */
async function readsOf(isAlone: boolean): Promise<number> {
  const preAction = new PreAction({
    ...{ core: at.core, logger: pino({ level: 'silent' }), isAlone, authToken: '', networks: [], timeoutMs: 5000 },
    onFailure: 'proceed',
  });
  at.core.intercept(preAction.intercept);
  const create = () => at.core.run(createConversation, ann, { service: at.service });
  await create();
  const spies = [vi.spyOn(at.core.db, 'first'), vi.spyOn(at.core.db, 'all')];
  await create();
  const reads = spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  for (const spy of spies) spy.mockRestore();
  await preAction.close();
  return reads;
}

test.each([
  ['nobody is to be asked', undefined],
  ['only about something else', ['onMessageAdd']],
])('One of several servers looks once whom to ask, where %s.', async (_case, filters) => {
  const webhook = { preUrl: 'https://example.com/', method: 'POST', filters };
  if (filters) await at.core.run(configureAccountWebhook, at.account, webhook);
  expect(await readsOf(false)).toBe(1);
});

test('A server that is alone looks no more once it knows that nobody is to be asked.', async () => {
  expect(await readsOf(true)).toBe(0);
});

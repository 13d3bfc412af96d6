import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenRest, openRest } from '../../testing/open-rest.ts';
import { turnsWhile } from '../../testing/turns.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

let at: OpenRest;
beforeEach(async () => {
  at = await openRest();
});
afterEach(() => at.discard());

/** Moves the clock, and waits until what it sets off is written. */
async function pass(milliseconds: number): Promise<void> {
  at.clock.advance(milliseconds);
  await at.post('/v1/Conversations');
  // Where transactions go side by side, that one may have been quicker.
  const now = at.clock.now();
  const { sql } = at.server.core.db;
  const due = sql
    .selectFrom('conversations')
    .select('sid')
    .where((eb) => eb.or([eb('date_inactive', '<=', now), eb('date_closed', '<=', now)]));
  await turnsWhile(async () => (await due.execute()).length > 0);
}

test('Within a week a conversation becomes inactive, is woken by a message, becomes inactive again and is closed.', async () => {
  const { sid } = await at.post('/v1/Conversations', { 'Timers.Inactive': 'PT1H', 'Timers.Closed': 'P6D' });
  const path = `/v1/Conversations/${sid}`;
  await at.post(`${path}/Participants`, { Identity: 'ann' });
  const shown = async () => {
    const { state, timers } = await at.get(path);
    return { state, timers };
  };
  await pass(59 * minute);
  expect(await shown()).toEqual({
    state: 'active',
    timers: { date_inactive: '2030-01-01T01:00:00Z', date_closed: '2030-01-07T00:00:00Z' },
  });
  await pass(minute);
  expect(await shown()).toEqual({ state: 'inactive', timers: { date_closed: '2030-01-07T00:00:00Z' } });
  await at.post(`${path}/Messages`, { Body: 'still here' });
  expect(await shown()).toEqual({
    state: 'active',
    timers: { date_inactive: '2030-01-01T02:00:00Z', date_closed: '2030-01-07T01:00:00Z' },
  });
  await pass(60 * minute);
  expect((await shown()).state).toBe('inactive');
  expect((await at.get('/v1/Conversations?State=inactive')).conversations).toHaveLength(1);
  await pass(6 * day);
  expect(await shown()).toEqual({ state: 'closed', timers: {} });
  expect((await at.ask('POST', `${path}/Messages`, { form: { Body: 'too late' } })).body.code).toBe(50377);

  // It is still in the lists, of its users too.
  expect((await at.get('/v1/Conversations?State=closed')).conversations).toHaveLength(1);
  const own = { conversation_sid: sid, conversation_state: 'closed', timers: {} };
  expect((await at.get('/v1/Users/ann/Conversations')).conversations).toMatchObject([own]);
  expect((await at.get('/v1/ParticipantConversations?Identity=ann')).conversations).toMatchObject([
    { conversation_sid: sid, conversation_state: 'closed' },
  ]);
});

import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWithParticipants, initializationWork } from '../core/combined/create.ts';
import { initializeConversation } from '../core/combined/initialize.ts';
import {
  createConversation,
  deleteConversation,
  findConversation,
  updateConversation,
} from '../core/conversations/actions.ts';
import { sendMessage } from '../core/messages/actions.ts';
import { claimWork } from '../core/outbox/actions.ts';
import { addParticipant } from '../core/participants/actions.ts';
import { StorageUnavailable } from '../storage/connection.ts';
import { type OpenCore, openCore } from '../testing/open-core.ts';
import { findPostgres, runPostgres } from '../testing/run-postgres.ts';
import { turnsWhile } from '../testing/turns.ts';
import { openInitializations } from './initializations.ts';
import type { Dispatcher } from './outbox.ts';

const pair = { address: '+12025550150', proxyAddress: '+12025550100' };

let at: OpenCore;
let dispatcher: Dispatcher | undefined;
beforeEach(async () => {
  at = await openCore();
  dispatcher = undefined;
});
afterEach(async () => {
  await dispatcher?.stop();
  await at.discard();
});

function create(...participants: object[]) {
  return at.core.run(createWithParticipants, at.account, { service: at.service, participants });
}

/** Does what there is to do. */
async function work() {
  const { core, bus, clock, account } = at;
  dispatcher = openInitializations({ core, bus, clock, logger: pino({ level: 'silent' }), account: account.account });
  await dispatcher.idle();
}

const stateOf = async (sid: string) => (await findConversation(at.core.db, at.service, sid))?.state;
const typesOf = (sid: string) => at.events.filter(({ stream }) => stream === sid).map(({ type }) => type);

it('takes no message, no participant and no change while it initializes, but can be deleted', async () => {
  const { sid } = await create({ identity: 'ann' });
  const { core, account, service } = at;
  const input = { service, conversation: sid };
  await expect(core.run(sendMessage, account, { ...input, body: 'x' })).rejects.toMatchObject({ code: 50386 });
  await expect(core.run(addParticipant, account, { ...input, identity: 'b' })).rejects.toMatchObject({ code: 50386 });
  await expect(core.run(updateConversation, account, { ...input, friendlyName: 'x' })).rejects.toMatchObject({
    code: 50386,
  });
  await core.run(deleteConversation, account, input);
  await work();
  expect(typesOf(sid)).toEqual(['conversation.added', 'conversation.removed']);
  expect(await core.db.sql.selectFrom('outbox').selectAll().execute()).toEqual([]);
});

it('gets its participants after the process died before it began, and says so in order', async () => {
  const { sid } = await create({ identity: 'ann' }, pair);
  const { directory, clock } = at;
  await at.close();
  at = await openCore({ directory, clock });
  expect(await stateOf(sid)).toBe('initializing');
  await work();
  expect(await stateOf(sid)).toBe('active');
  expect(typesOf(sid)).toEqual(['participant.added', 'participant.added', 'conversation.updated']);
  await at.core.run(sendMessage, at.account, { service: at.service, conversation: sid, body: 'x' });
});

it('gets them once though the process died with the work in its hands', async () => {
  const { sid } = await create({ identity: 'ann' }, { identity: 'bob' });
  const claim = { kind: initializationWork, limit: 1, lease: 'of the dead', leaseMs: 30_000 };
  expect(await at.core.run(claimWork, { kind: 'system', account: at.account.account }, claim)).toHaveLength(1);
  await work();
  expect(await stateOf(sid)).toBe('initializing');
  at.clock.advance(30_000);
  await dispatcher?.idle();
  expect(await stateOf(sid)).toBe('active');
  expect(typesOf(sid).filter((type) => type === 'participant.added')).toHaveLength(2);
});

it('has none of them and is closed when one cannot be added', async () => {
  const { sid } = await create({ identity: 'ann' }, pair);
  const other = await at.core.run(createConversation, at.account, { service: at.service });
  await at.core.run(addParticipant, at.account, { service: at.service, conversation: other.sid, ...pair });
  await work();
  expect(await stateOf(sid)).toBe('closed');
  expect(typesOf(sid)).toEqual(['conversation.added', 'conversation.updated']);
  const members = await at.core.db.sql.selectFrom('participants').select('conversation_sid').execute();
  expect(members).toEqual([{ conversation_sid: other.sid }]);
});

/** Adding participants meets these troubles, one after the other, and then none. @returns how often it was tried */
function trouble(...troubles: Error[]): () => number {
  const open = [...troubles];
  let tries = 0;
  at.core.intercept(async (run, proceed) => {
    if (run.command !== initializeConversation) return proceed(run.input);
    tries += 1;
    const met = open.shift();
    if (met) throw met;
    return proceed(run.input);
  });
  return () => tries;
}
/** Moves the clock until it was tried so often. */
async function tryUntil(tries: () => number, count: number) {
  for (let step = 0; step < 1000 && tries() < count; step += 1) {
    await dispatcher?.idle();
    at.clock.advanceToNext();
  }
  await dispatcher?.idle();
}
const mistake = new Error('The server made a mistake.');

it('is closed when it fails again and again for a mistake in the server', async () => {
  const { sid } = await create({ identity: 'ann' });
  const tries = trouble(...Array.from({ length: 6 }, () => mistake));
  await work();
  await tryUntil(tries, 5);
  expect(await stateOf(sid)).toBe('initializing');
  await tryUntil(tries, 6);
  expect(await stateOf(sid)).toBe('closed');
});

it('is not closed for a database that is away at the fifth attempt, which is none', async () => {
  const { sid } = await create({ identity: 'ann' });
  const away = new StorageUnavailable('PostgreSQL is away.');
  const tries = trouble(away, mistake, away, mistake, mistake, mistake, away, away, away);
  await work();
  await tryUntil(tries, 10);
  expect([await stateOf(sid), tries()]).toEqual(['active', 10]);
});

const programs = findPostgres();

it.skipIf(programs === undefined)('is not closed when PostgreSQL crashes at the fifth attempt', async () => {
  const postgres = await runPostgres(programs as string, { fsync: 'off' });
  try {
    await at.discard();
    at = await openCore({ databaseUrl: await postgres.create() });
    const { sid } = await create({ identity: 'ann' });
    let tries = 0;
    at.core.intercept(async (run, proceed) => {
      if (run.command !== initializeConversation) return proceed(run.input);
      tries += 1;
      if (tries <= 5) throw mistake;
      if (tries > 6) return proceed(run.input);
      await postgres.stop('crash');
      const met = await proceed(run.input).catch((error) => error);
      // It is back before anything is made of that.
      await postgres.start();
      throw met;
    });
    await work();
    await tryUntil(() => tries, 6);
    await turnsWhile(async () => {
      at.clock.advance(1000);
      return (await stateOf(sid)) === 'initializing';
    });
    expect(await stateOf(sid)).toBe('active');
    expect(tries).toBeGreaterThan(6);
    await dispatcher?.stop();
  } finally {
    await at.discard();
    await postgres.discard();
    at = await openCore();
  }
});

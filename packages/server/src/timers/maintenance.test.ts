import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createConversation, deleteConversation } from '../core/conversations/actions.ts';
import { sweepConversations } from '../core/conversations/sweep.ts';
import { queueLateFile } from '../core/inbound/late-files.ts';
import { inboundWork } from '../core/inbound/queue.ts';
import { sendMessage } from '../core/messages/actions.ts';
import { buryWork, claimWork, purgeOutbox } from '../core/outbox/actions.ts';
import { type OpenCore, openCore, testAccount } from '../testing/open-core.ts';
import { turnsWhile } from '../testing/turns.ts';
import { startMaintenance } from './maintenance.ts';

let at: OpenCore;
beforeEach(async () => {
  at = await openCore();
});
afterEach(() => at.discard());

const logger = pino({ level: 'silent' });
const count = async (table: 'messages' | 'events' | 'sweeps', conversation: string): Promise<number> => {
  const column = table === 'messages' ? 'conversation_sid' : 'stream';
  const row = await at.core.db.sql
    .selectFrom(table as 'messages')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where(column as 'conversation_sid', '=', conversation)
    .executeTakeFirstOrThrow();
  return Number(row.n);
};

async function removedConversation(messages: number): Promise<string> {
  const { sid } = await at.core.run(createConversation, at.account, { service: at.service });
  const target = { service: at.service, conversation: sid };
  await Promise.all(
    Array.from({ length: messages }, () => at.core.run(sendMessage, at.account, { ...target, body: 'x' })),
  );
  await at.core.run(deleteConversation, at.account, target);
  return sid;
}

test('What a removed conversation leaves goes a piece at a time, all but the event that says it was removed.', async () => {
  const conversation = await removedConversation(1200);
  const maintenance = startMaintenance(at.core, at.bus, testAccount, logger);
  while ((await count('sweeps', conversation)) > 0) await setImmediate();
  await maintenance.stop();
  expect(await count('messages', conversation)).toBe(0);
  const left = await at.core.db.sql.selectFrom('events').select('type').where('stream', '=', conversation).execute();
  expect(left).toEqual([{ type: 'conversation.removed' }]);
});

test('A sweep that was interrupted goes on at the next start, and others’ messages stay.', async () => {
  const [gone, kept] = [
    await removedConversation(700),
    await at.core.run(createConversation, at.account, { service: at.service }),
  ];
  await at.core.run(sendMessage, at.account, { service: at.service, conversation: kept.sid, body: 'mine' });
  const first = await at.core.run(sweepConversations, { kind: 'system', account: testAccount }, {});
  expect(first.more).toBe(true);
  expect(await count('messages', gone)).toBe(200);
  await at.close();
  at = await openCore({ directory: at.directory });
  const maintenance = startMaintenance(at.core, at.bus, testAccount, logger);
  while ((await count('sweeps', gone)) > 0) await setImmediate();
  await maintenance.stop();
  expect(await count('messages', gone)).toBe(0);
  expect(await count('messages', kept.sid)).toBe(1);
});

test('A sweep that failed, as when the database was away, is tried again after a minute.', async () => {
  const conversation = await removedConversation(3);
  const { run } = at.core;
  const failed = Promise.withResolvers<void>();
  const told = pino({ level: 'error' }, { write: () => failed.resolve() });
  at.core.run = async () => {
    throw new Error('The database is away.');
  };
  const maintenance = startMaintenance(at.core, at.bus, testAccount, told);
  await failed.promise;
  at.core.run = run;
  await setImmediate();
  expect(await count('sweeps', conversation)).toBe(1);
  at.clock.advance(60_000);
  while ((await count('sweeps', conversation)) > 0) await setImmediate();
  await maintenance.stop();
});

test('What has failed for good goes after 30 days, whatever kind of work it was, a piece at a time.', async () => {
  const system = { kind: 'system', account: testAccount } as const;
  const letters = Array.from({ length: 1001 }, (_, n) => ({
    channel: 'sms',
    eventId: `event ${n}`,
    providerId: `${n}`,
    payload: '{}',
  }));
  await Promise.all(letters.map((letter) => at.core.run(queueLateFile, system, letter)));
  at.clock.advance(60_000);
  const claim = { kind: inboundWork, limit: letters.length, lease: 'x', leaseMs: 1000 };
  const claimed = await at.core.run(claimWork, system, claim);
  await Promise.all(claimed.map((work) => at.core.run(buryWork, system, { ...work, error: '{}' })));
  const left = async () => (await at.core.db.sql.selectFrom('outbox').select('state').execute()).length;
  const day = 24 * 60 * 60 * 1000;
  at.clock.advance(30 * day);
  expect(await at.core.run(purgeOutbox, system, { kind: inboundWork })).toEqual({ more: false });
  expect(await left()).toBe(1001);
  at.clock.advance(1);
  expect(await at.core.run(purgeOutbox, system, { kind: inboundWork })).toEqual({ more: true });
  expect(await left()).toBe(1);
  const maintenance = startMaintenance(at.core, at.bus, testAccount, logger);
  await turnsWhile(async () => (await left()) > 0);
  await maintenance.stop();
});

/** A core on a database in a temporary directory, and what tests of channels do with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sid } from '@colloquy/protocol';
import { pino } from 'pino';
import type { Bus } from '../bus/bus.ts';
import { memoryBus } from '../bus/memory/memory-bus.ts';
import { ensureAccount } from '../core/accounts/actions.ts';
import { createConversation } from '../core/conversations/actions.ts';
import { Core } from '../core/core.ts';
import { sendMessage } from '../core/messages/actions.ts';
import { addParticipant } from '../core/participants/actions.ts';
import type { StorageDriver } from '../storage/driver.ts';
import type { MessagesTable, OutboxTable, ReceiptsTable } from '../storage/schema.ts';
import { openSqlite } from '../storage/sqlite/driver.ts';
import { ManualClock } from '../testing/manual-clock.ts';

export const account: Sid<'AC'> = `AC${'0'.repeat(32)}`;
export const logger = pino({ level: 'silent' });

export interface Rig {
  directory: string;
  clock: ManualClock;
  bus: Bus;
  core: Core;
  service: string;
  /** A new conversation with these participants outside chat. */
  converse(...phones: { address: string; proxyAddress: string }[]): Promise<string>;
  say(conversation: string, body: string, author?: string): Promise<MessagesTable>;
  messages(conversation: string): Promise<MessagesTable[]>;
  receipts(message: { sid: string }): Promise<ReceiptsTable[]>;
  outbox(): Promise<OutboxTable[]>;
  /** Closes the database; the directory stays. */
  shut(): Promise<void>;
  close(): Promise<void>;
}

/** @param directory one that an earlier rig left; by default a new one */
export async function openRig(
  directory = mkdtempSync(join(tmpdir(), 'colloquy-')),
  clock = new ManualClock(),
): Promise<Rig> {
  const writer = new URL('../writer-thread.ts', import.meta.url);
  const storage: StorageDriver = await openSqlite({ directory, writer, now: clock.now() });
  const bus = memoryBus((error) => {
    throw error;
  });
  const core = new Core(storage, bus, clock);
  const actor = { kind: 'account', account } as const;
  const { default_chat_service_sid: service } = await core.run(ensureAccount, actor, { account });
  const { sql } = core.db;
  let open = true;
  const shut = async () => {
    if (open) await storage.close();
    open = false;
  };
  return {
    directory,
    clock,
    bus,
    core,
    service,
    converse: async (...phones) => {
      const { sid } = await core.run(createConversation, actor, { service });
      for (const phone of phones) await core.run(addParticipant, actor, { service, conversation: sid, ...phone });
      return sid;
    },
    say: (conversation, body, author) => core.run(sendMessage, actor, { service, conversation, body, author }),
    messages: (conversation) =>
      sql.selectFrom('messages').selectAll().where('conversation_sid', '=', conversation).orderBy('idx').execute(),
    receipts: ({ sid }) =>
      sql.selectFrom('receipts').selectAll().where('message_sid', '=', sid).orderBy('sid').execute(),
    outbox: () => sql.selectFrom('outbox').selectAll().orderBy('lane').orderBy('seq').execute(),
    shut,
    close: async () => {
      await shut();
      rmSync(directory, { recursive: true });
    },
  };
}

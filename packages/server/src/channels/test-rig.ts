/** A core on a database in a temporary directory, and what tests of channels do with it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Sid } from '@colloquy/protocol';
import { type Logger, pino } from 'pino';
import type { Bus } from '../bus/bus.ts';
import { createConversation } from '../core/conversations/actions.ts';
import type { Core } from '../core/core.ts';
import { sendMessage } from '../core/messages/actions.ts';
import { addParticipant } from '../core/participants/actions.ts';
import { DiskStore } from '../media/disk/disk-store.ts';
import { MediaLibrary } from '../media/library.ts';
import type { MessagesTable, OutboxTable, ReceiptsTable } from '../storage/schema.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { openCore, testAccount } from '../testing/open-core.ts';

export const account = testAccount;
export const logger = pino({ level: 'silent' });

export interface Rig {
  directory: string;
  clock: ManualClock;
  bus: Bus;
  core: Core;
  library: MediaLibrary;
  logger: Logger;
  account: Sid<'AC'>;
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
export async function openRig(directory?: string, clock = new ManualClock()): Promise<Rig> {
  const at = await openCore({ clock, ...(directory !== undefined && { directory }) });
  const { core, service, account: actor } = at;
  const { sql } = core.db;
  let open = true;
  const shut = async () => {
    if (open) await at.close();
    open = false;
  };
  return {
    directory: at.directory,
    clock,
    bus: at.bus,
    core,
    library: new MediaLibrary({ core, store: new DiskStore(join(at.directory, 'media')), logger, urlFor: () => null }),
    logger,
    account,
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
      rmSync(at.directory, { recursive: true });
    },
  };
}

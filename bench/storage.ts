/** Durable messages a second within one process: the floor, and the core's whole command. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConversation } from '../packages/server/src/core/conversations/actions.ts';
import { sendMessage } from '../packages/server/src/core/messages/actions.ts';
import { addParticipant } from '../packages/server/src/core/participants/actions.ts';
import { openCore } from '../packages/server/src/testing/open-core.ts';
import { closedLoop, type Figures } from './closed-loop.ts';
import { FloorStore } from './floor-store.ts';
import { messageBody } from './message-body.ts';

export interface Load {
  callers: number;
  conversations: number;
  seconds: number;
}

export async function storageFloor({ callers, conversations, seconds }: Load): Promise<Figures> {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-bench-'));
  const store = await FloorStore.open(directory, conversations);
  let n = 0;
  const figures = await closedLoop(callers, seconds, () => {
    n += 1;
    return store.append(store.conversations[n % conversations] as string, 'ann', messageBody);
  });
  await store.close();
  rmSync(directory, { recursive: true });
  return figures;
}

/** @param databaseUrl of PostgreSQL; SQLite when left out */
export async function coreThroughput(
  { callers, conversations, seconds }: Load,
  databaseUrl?: string,
): Promise<Figures> {
  const at = await openCore(databaseUrl === undefined ? {} : { databaseUrl });
  const ann = await at.user('ann');
  const sids: string[] = [];
  for (let n = 0; n < conversations; n += 1) {
    const { sid } = await at.core.run(createConversation, at.account, { service: at.service });
    await at.core.run(addParticipant, at.account, { service: at.service, conversation: sid, identity: 'ann' });
    sids.push(sid);
  }
  let n = 0;
  const figures = await closedLoop(callers, seconds, () => {
    n += 1;
    const conversation = sids[n % sids.length] as string;
    return at.core.run(sendMessage, ann, { service: at.service, conversation, body: messageBody });
  });
  await at.discard();
  return figures;
}

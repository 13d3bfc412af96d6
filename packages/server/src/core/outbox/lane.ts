/** Lanes of the outbox, and who may add to one or take from it. */
import { prepare } from '../../storage/db.ts';
import { lockConversation } from '../conversations/store.ts';
import type { Transaction } from '../transaction.ts';
import { lockUser } from '../users/store.ts';

/** What a lane is named after: a stream, or itself where no stream is in its name. Work of one is settled in order. */
export function orderOf({ lane }: { lane: string }): string {
  const [owner = ''] = lane.split('/', 1);
  return /^(?:CH|US)/.test(owner) ? owner : lane;
}

/**
 * Holds the lane against whoever adds to it meanwhile: he holds the owner of the stream. Without it he would see work
 * before his own that is just being taken out, and his own would wait for something that is not there.
 */
export async function holdLane(tx: Transaction, lane: string): Promise<void> {
  const owner = orderOf({ lane });
  if (owner.startsWith('CH')) await lockConversation(tx, owner);
  else if (owner.startsWith('US')) await lockUser(tx, owner);
}

/** In one order, so that two who hold the same ones do not wait in a circle. */
export async function holdLanes(tx: Transaction, lanes: readonly string[]): Promise<void> {
  const owners = new Set(lanes.map((lane) => orderOf({ lane })));
  for (const owner of [...owners].sort()) await holdLane(tx, owner);
}

const lanesOfLease = prepare((sql, p: { kind: string; lease: string }) =>
  sql
    .selectFrom('outbox')
    .select('lane')
    .where('kind', '=', p.kind)
    .where('state', '=', 'sending')
    .where('lease', '=', p.lease),
);

/** Where what was claimed lies. */
export async function lanesClaimed(tx: Transaction, kind: string, lease: string): Promise<string[]> {
  return (await tx.all(lanesOfLease, { kind, lease })).map(({ lane }) => lane);
}

/**
 * The processes that share a database. Each counts on in its row as long as it lives; the others see that it does not any
 * more, and need no clock that agrees with its own.
 */
import { prepare, prepareHolding } from '../storage/db.ts';
import { defineCommand } from './command.ts';
import { endLeasesOf } from './outbox/store.ts';
import type { Transaction } from './transaction.ts';

/** The name of a process that is alone with its database: it has no row. */
export const alone = 'alone';

/** Where a node had counted to. */
export interface Beat {
  node: string;
  beat: number;
}

const beatOn = prepare((sql, p: { node: string }) =>
  sql
    .updateTable('nodes')
    .set((eb) => ({ beat: eb('beat', '+', 1) }))
    .where('node', '=', p.node),
);

// Its own sign of life changes the same row, and must not wait for this.
const liveNode = prepareHolding((sql, p: { node: string }) =>
  sql.selectFrom('nodes').select('node').where('node', '=', p.node),
);

/** A node begins. */
export const enterNode = defineCommand({
  name: 'nodes.enter',
  orderKey: (input: { node: string }) => input.node,
  signOfLife: true,
  run: async (tx, _actor, { node }: { node: string }): Promise<void> => {
    await tx.sql.insertInto('nodes').values({ node, beat: 0 }).execute();
  },
});

/**
 * A node says that it lives.
 *
 * @returns where all nodes have counted to; undefined when it was taken for dead meanwhile, and is
 */
export const beatNode = defineCommand({
  name: 'nodes.beat',
  orderKey: (input: { node: string }) => input.node,
  signOfLife: true,
  run: async (tx, _actor, { node }: { node: string }): Promise<Beat[] | undefined> => {
    if ((await tx.run(beatOn, { node })) === 0) return undefined;
    return tx.sql.selectFrom('nodes').selectAll().execute();
  },
});

export interface BuryNode extends Beat {
  /** Does it do nothing any more? Then what it was at is taken over at once, and not when its leases run out. */
  isGone: boolean;
}

/** A node is dead that has not counted on. Who was connected to it is left to `clearDead` of `users/reachability.ts`. */
export const buryNode = defineCommand({
  name: 'nodes.bury',
  orderKey: (input: BuryNode) => input.node,
  signOfLife: true,
  run: async (tx, _actor, { node, beat, isGone }: BuryNode): Promise<boolean> => {
    const [{ numDeletedRows } = { numDeletedRows: 0n }] = await tx.sql
      .deleteFrom('nodes')
      .where('node', '=', node)
      .where('beat', '=', beat)
      .execute();
    if (Number(numDeletedRows) === 0) return false;
    if (isGone) await endLeasesOf(tx, node);
    return true;
  },
});

/** Does it live? It does until the end of the transaction. */
export async function lives(tx: Transaction, node: string): Promise<boolean> {
  return node === alone || (await tx.first(liveNode, { node })) !== undefined;
}

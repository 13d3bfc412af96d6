import { type Db, prepare } from '../../storage/db.ts';

/** What is in the outbox of one kind and state. */
export interface OutboxDepth {
  kind: string;
  state: string;
  entries: number;
  /** When the oldest was made; milliseconds since 1970. */
  oldest: number;
}

const states = ['pending', 'waiting', 'sending', 'dead'] as const;

// As a list by the index, which ends: counting all of them could take as long as there are many.
const firstOnes = prepare((sql, p: { kind: string; state: string; limit: number }) =>
  sql
    .selectFrom((eb) =>
      eb
        .selectFrom('outbox')
        .select('date_created')
        .where('kind', '=', p.kind)
        .where('state', '=', p.state)
        .orderBy('not_before')
        .limit(p.limit)
        .as('first_ones'),
    )
    .select((eb) => [eb.fn.countAll<number>().as('entries'), eb.fn.min('date_created').as('oldest')]),
);

/** @param limit more than so many of a kind and state are not counted */
export async function outboxDepths(db: Db, kinds: readonly string[], limit: number): Promise<OutboxDepth[]> {
  const depths: OutboxDepth[] = [];
  for (const kind of kinds) {
    for (const state of states) {
      const found = await db.first(firstOnes, { kind, state, limit });
      depths.push({ kind, state, entries: found?.entries ?? 0, oldest: found?.oldest ?? 0 });
    }
  }
  return depths;
}

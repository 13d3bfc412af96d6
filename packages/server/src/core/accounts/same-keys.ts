import { defineCommand } from '../command.ts';

/** By these names it is compared where files are. A backup that has the files is put elsewhere. */
export const placeOfFiles = 'place of files';
export const directoryOfFiles = 'directory of files';

export interface SameKeys {
  /** What the server knows its secrets by. */
  digests: readonly KeyDigest[];
}

export interface KeyDigest {
  name: string;
  digest: string;
  /** May it be a new one? */
  mayDiffer: boolean;
}

export interface Differences {
  /** Of secrets that differ from those of the server that was started last. */
  names: string[];
  /** Is one of them among what may not differ? Then nothing was noted. */
  refused: boolean;
}

/** Compares what servers know their secrets by, and notes it. The first one has no one to differ from. */
export const sameKeys = defineCommand({
  name: 'accounts.same-keys',
  orderKey: () => 'server keys',
  run: async (tx, _actor, { digests }: SameKeys): Promise<Differences> => {
    const known = await tx.sql.selectFrom('server_keys').selectAll().execute();
    const differing = digests.filter(({ name, digest }) =>
      known.some((one) => one.name === name && one.digest !== digest),
    );
    const differences = {
      names: differing.map(({ name }) => name),
      refused: differing.some(({ mayDiffer }) => !mayDiffer),
    };
    if (differences.refused) return differences;
    for (const { name, digest } of digests) {
      await tx.sql
        .insertInto('server_keys')
        .values({ name, digest })
        .onConflict((oc) => oc.column('name').doUpdateSet({ digest }))
        .execute();
    }
    return differences;
  },
});

import { defineCommand } from '../command.ts';

export interface SameKeys {
  account: string;
  /** What the server knows its secrets by. */
  digests: readonly KeyDigest[];
  /** Did somebody give the account, or was it made? */
  given: boolean;
}

export interface KeyDigest {
  name: string;
  digest: string;
  /** Somebody gave it, so that it may be a new one. */
  given: boolean;
}

export interface Differences {
  /** An account that the database has, where it does not have the server's own. */
  account: string | null;
  /** Names of secrets that differ from those of the server that was started last. */
  secrets: string[];
  /** Is one of these among what nobody gave? Then nothing was noted. */
  refused: boolean;
}

/** Compares what servers know their secrets by, and notes it. The first one has no one to differ from. */
export const sameKeys = defineCommand({
  name: 'accounts.same-keys',
  orderKey: () => 'server keys',
  run: async (tx, _actor, { account, digests, given }: SameKeys): Promise<Differences> => {
    const accounts = await tx.sql.selectFrom('accounts').select('sid').orderBy('sid').execute();
    const [other] = accounts.some(({ sid }) => sid === account) ? [] : accounts;
    const known = await tx.sql.selectFrom('server_keys').selectAll().execute();
    const differing = digests.filter(({ name, digest }) =>
      known.some((one) => one.name === name && one.digest !== digest),
    );
    const refused = (other !== undefined && !given) || differing.some((one) => !one.given);
    const differences = { account: other?.sid ?? null, secrets: differing.map(({ name }) => name), refused };
    if (refused) return differences;
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

import type { PushType } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { PushCredentialsTable } from '../../storage/schema/push.ts';
import { requireBackEnd } from '../access/back-end.ts';
import type { Actor } from '../actor.ts';
import { defineCommand } from '../command.ts';
import type { Core } from '../core.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { tellNotifiable } from './notifiable.ts';

export interface CreateCredential {
  type: PushType;
  friendlyName?: string | undefined;
  sandbox?: boolean | undefined;
  /** Sealed: see `secrets.ts`. */
  secret: string;
}

/** As commands answer with it: that is kept for a day with an idempotency key, where no secret belongs, not even sealed. */
export type ShownCredential = Omit<PushCredentialsTable, 'secret'>;

function shown({ secret: _, ...credential }: PushCredentialsTable): ShownCredential {
  return credential;
}

/** Credentials belong to the account, not to a service. */
export const createCredential = defineCommand({
  name: 'push.create-credential',
  orderKey: () => 'push credentials',
  run: async (tx, actor, input: CreateCredential): Promise<ShownCredential> => {
    requireBackEnd(actor);
    const row: PushCredentialsTable = {
      sid: tx.newSid('CR'),
      account_sid: actor.account,
      friendly_name: checkName(tx, input.friendlyName ?? null),
      type: input.type,
      sandbox: Number(input.sandbox ?? false),
      secret: input.secret,
      date_created: tx.now,
      date_updated: tx.now,
    };
    await tx.sql.insertInto('push_credentials').values(row).execute();
    return shown(row);
  },
});

/** What is left out stays as it is. */
export interface UpdateCredential {
  credential: string;
  friendlyName?: string | undefined;
  sandbox?: boolean | undefined;
  /** A new secret, sealed, and the sealed one that it was made from. */
  secret?: { from: string; to: string } | undefined;
}

export const updateCredential = defineCommand({
  name: 'push.update-credential',
  orderKey: () => 'push credentials',
  run: async (tx, actor, input: UpdateCredential): Promise<ShownCredential> => {
    requireBackEnd(actor);
    const row = await requireCredential(tx, actor.account, input.credential);
    const { secret } = input;
    if (secret && secret.from !== row.secret) throw refuse(20409, { reason: 'the credential was changed meanwhile' });
    const updated: PushCredentialsTable = {
      ...row,
      friendly_name: input.friendlyName === undefined ? row.friendly_name : checkName(tx, input.friendlyName),
      sandbox: input.sandbox === undefined ? row.sandbox : Number(input.sandbox),
      secret: secret?.to ?? row.secret,
      date_updated: tx.now,
    };
    const { sid, ...rest } = updated;
    await tx.sql.updateTable('push_credentials').set(rest).where('sid', '=', sid).execute();
    return shown(updated);
  },
});

/** An app has one credential for all of its devices: so many at a time, and nobody who waits for the writer notices. */
const devicesPerPiece = 500;

/**
 * Removes some of the devices that were registered with a credential, since nothing can be sent to them without it; and
 * with the last of them the credential. What is cut off by a crash goes on when the caller asks again.
 *
 * @returns whether there is more to do
 */
export const deleteCredential = defineCommand({
  name: 'push.delete-credential',
  orderKey: () => 'push credentials',
  apart: ({ credential }: { credential: string }) => [`push credential ${credential}`],
  run: async (tx, actor, input: { credential: string }): Promise<{ more: boolean }> => {
    requireBackEnd(actor);
    const { sid } = await requireCredential(tx, actor.account, input.credential);
    const gone = await tx.sql
      .deleteFrom('push_bindings')
      .where('sid', 'in', (eb) =>
        eb.selectFrom('push_bindings').select('sid').where('credential_sid', '=', sid).limit(devicesPerPiece),
      )
      .returning('user_sid')
      .execute();
    for (const { user_sid } of gone) tellNotifiable(tx, user_sid);
    if (gone.length === devicesPerPiece) return { more: true };
    await tx.sql.deleteFrom('push_credentials').where('sid', '=', sid).execute();
    return { more: false };
  },
});

/** Removes a credential, and comes back when it is gone with its devices. */
export async function removeCredential(core: Core, actor: Actor, credential: string): Promise<void> {
  while ((await core.run(deleteCredential, actor, { credential })).more);
}

function checkName(tx: Transaction, name: string | null): string | null {
  const { credentialFriendlyName: limit } = tx.limits;
  if (name !== null && name.length > limit) throw refuse(50003, { limit });
  return name;
}

/** A code of no resource of its own: the path names it, and that is where it is not found. */
async function requireCredential(tx: Transaction, account: string, sid: string): Promise<PushCredentialsTable> {
  const row = await findCredential(tx, account, sid);
  if (!row) throw refuse(20404, { path: `/Credentials/${sid}` });
  return row;
}

export function findCredential(db: Db, account: string, sid: string): Promise<PushCredentialsTable | undefined> {
  return db.sql
    .selectFrom('push_credentials')
    .selectAll()
    .where('sid', '=', sid)
    .where('account_sid', '=', account)
    .executeTakeFirst();
}

/** Oldest first. */
export function listCredentials(db: Db, account: string, request: PageRequest): Promise<Page<PushCredentialsTable>> {
  const query = db.sql.selectFrom('push_credentials').selectAll().where('account_sid', '=', account);
  return fetchPage(query, [{ column: 'sid', order: 'asc' }], request);
}

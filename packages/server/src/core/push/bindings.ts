import { type PushMessageType, type PushType, pushMessageTypes, pushTypes } from '@colloquy/protocol';
import { type Db, prepare } from '../../storage/db.ts';
import type { PushBindingsTable } from '../../storage/schema/push.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { requireService } from '../access/standing.ts';
import type { Actor, UserActor } from '../actor.ts';
import { defineCommand } from '../command.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { selectUser } from '../users/store.ts';
import { findCredential } from './credentials.ts';
import { tellNotifiable } from './notifiable.ts';

/**
 * FCM does not say how long its tokens are; they are some 160 characters today. PostgreSQL has no index for more than 2,704
 * bytes.
 */
const longestToken = 2048;
/** Nobody has that many; what is beyond are old tokens. */
const devicesPerUser = 20;

export interface RegisterDevice {
  type: PushType;
  /** What the push service gave the device. */
  token: string;
  /** The credential that the access token grants. */
  credential: string | undefined;
  /** All of them when left out. */
  messageTypes?: readonly PushMessageType[] | undefined;
}

/**
 * Has the user notified on a device. A token is one device: whoever registers it last has it. Who has as many as one
 * may have loses the one that was registered longest ago, since apps that were removed never say good-bye.
 */
export const registerDevice = defineCommand({
  name: 'push.register',
  orderKey: (input: RegisterDevice) => `push ${input.token}`,
  // It may be removed at this moment, with the devices that are there.
  apart: ({ credential }: RegisterDevice) => (credential === undefined ? [] : [`push credential ${credential}`]),
  run: async (tx, actor, input: RegisterDevice): Promise<PushBindingsTable> => {
    const user = requireUser(actor);
    const endpoint = checkToken(input.type, input.token);
    if (!(await selectUser(tx, user.service, user.user))) throw refuse(50200);
    const credential = await requireGranted(tx, user, input.type, input.credential);
    const known = await tx.first(byEndpoint, { service: user.service, type: input.type, endpoint });
    const own = known?.user_sid === user.user ? known : undefined;
    if (known && !own) await forget(tx, known);
    if (!own) {
      await makeRoom(tx, user.user);
      tellNotifiable(tx, user.user);
    }
    const row: PushBindingsTable = {
      sid: own?.sid ?? tx.newSid('BS'),
      account_sid: user.account,
      service_sid: user.service,
      user_sid: user.user,
      identity: user.identity,
      credential_sid: credential,
      binding_type: input.type,
      endpoint,
      message_types: JSON.stringify(
        pushMessageTypes.filter((type) => (input.messageTypes ?? pushMessageTypes).includes(type)),
      ),
      date_created: own?.date_created ?? tx.now,
      date_updated: tx.now,
    };
    if (own) await tx.sql.updateTable('push_bindings').set(row).where('sid', '=', row.sid).execute();
    else await tx.sql.insertInto('push_bindings').values(row).execute();
    return row;
  },
});

/** Notifies the user on that device no more. It is no error if it never did: the app wants it to be so, and it is. */
export const unregisterDevice = defineCommand({
  name: 'push.unregister',
  orderKey: (input: { type: PushType; token: string }) => `push ${input.token}`,
  run: async (tx, actor, input: { type: PushType; token: string }) => {
    const user = requireUser(actor);
    const endpoint = checkToken(input.type, input.token);
    const known = await tx.first(byEndpoint, { service: user.service, type: input.type, endpoint });
    if (known?.user_sid === user.user) await forget(tx, known);
    return {};
  },
});

export const deleteBinding = defineCommand({
  name: 'push.delete-binding',
  orderKey: (input: { service: string; binding: string }) => input.service,
  run: async (tx, actor, input: { service: string; binding: string }) => {
    requireBackEnd(actor);
    const service = await requireService(tx, actor, input.service);
    const row = await findBinding(tx, service.sid, input.binding);
    if (!row) throw refuse(20404, { path: `/Services/${service.sid}/Bindings/${input.binding}` });
    await forget(tx, row);
    return {};
  },
});

function requireUser(actor: Actor): UserActor {
  if (actor.kind !== 'user') throw new Error('Devices belong to users.');
  return actor;
}

/** Apple's tokens are bytes in hexadecimal digits, Google's are text without spaces. */
function checkToken(type: PushType, token: string): string {
  const fits = type === 'apn' ? /^(?:[0-9a-f]{2}){8,128}$/i.test(token) : /^[\x21-\x7e]+$/.test(token);
  if (!fits || token.length > longestToken) {
    throw refuse(20422, { parameter: 'token', reason: `not a registration token of ${type}` });
  }
  return type === 'apn' ? token.toLowerCase() : token;
}

async function requireGranted(
  tx: Transaction,
  user: UserActor,
  type: PushType,
  credential: string | undefined,
): Promise<string> {
  const parameter = 'push_credential_sid';
  if (credential === undefined) throw refuse(20422, { parameter, reason: 'the access token grants none' });
  const row = await findCredential(tx, user.account, credential);
  if (!row) throw refuse(20422, { parameter, reason: 'no such credential' });
  if (row.type !== type) throw refuse(50209);
  return row.sid;
}

async function makeRoom(tx: Transaction, user: string): Promise<void> {
  const rows = await tx.sql
    .selectFrom('push_bindings')
    .select('sid')
    .where('user_sid', '=', user)
    .orderBy('date_updated', 'desc')
    .orderBy('sid', 'desc')
    .execute();
  for (const { sid } of rows.slice(devicesPerUser - 1)) await deleteRow(tx, sid);
}

const byEndpoint = prepare((sql, p: { service: string; type: string; endpoint: string }) =>
  sql
    .selectFrom('push_bindings')
    .selectAll()
    .where('service_sid', '=', p.service)
    .where('binding_type', '=', p.type)
    .where('endpoint', '=', p.endpoint),
);

const deleteBySid = prepare((sql, p: { sid: string }) => sql.deleteFrom('push_bindings').where('sid', '=', p.sid));

async function deleteRow(tx: Transaction, sid: string): Promise<void> {
  await tx.run(deleteBySid, { sid });
}

async function forget(tx: Transaction, { sid, user_sid }: PushBindingsTable): Promise<void> {
  await deleteRow(tx, sid);
  tellNotifiable(tx, user_sid);
}

/** For the removal of a user. */
export async function deleteBindingsOf(tx: Transaction, user: string): Promise<void> {
  await tx.sql.deleteFrom('push_bindings').where('user_sid', '=', user).execute();
}

const anyOfUser = prepare((sql, p: { user: string }) =>
  sql.selectFrom('push_bindings').select('sid').where('user_sid', '=', p.user).limit(1),
);

/** Can push notifications reach the user? One look into an index. */
export async function hasPushBinding(db: Db, user: string): Promise<boolean> {
  return (await db.first(anyOfUser, { user })) !== undefined;
}

export function findBinding(db: Db, service: string, sid: string): Promise<PushBindingsTable | undefined> {
  return db.sql
    .selectFrom('push_bindings')
    .selectAll()
    .where('sid', '=', sid)
    .where('service_sid', '=', service)
    .executeTakeFirst();
}

/** Empty lists narrow nothing. */
export interface BindingFilter {
  types: readonly string[];
  identities: readonly string[];
}

/** Oldest first. */
export function listBindings(
  db: Db,
  service: string,
  filter: BindingFilter,
  request: PageRequest,
): Promise<Page<PushBindingsTable>> {
  let query = db.sql.selectFrom('push_bindings').selectAll().where('service_sid', '=', service);
  if (filter.types.length > 0) query = query.where('binding_type', 'in', filter.types);
  if (filter.identities.length > 0) query = query.where('identity', 'in', filter.identities);
  return fetchPage(query, [{ column: 'sid', order: 'asc' }], request);
}

/** What a binding can be: what is registered here, and the SDK's own sockets, which are no bindings of this server. */
export const bindingTypes = [...pushTypes, 'twilsock'] as const;

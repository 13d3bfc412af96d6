import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Value } from '../storage/connection.ts';
import type { Db } from '../storage/db.ts';
import { migrate } from '../storage/migrate.ts';
import { dbOver, openWriter, type SqliteConnection } from '../storage/sqlite/connection.ts';
import { sqliteWords } from '../storage/sqlite/schema-words.ts';
import { listAddressConfigurations } from './address-configurations/actions.ts';
import { listTemplates } from './content/actions.ts';
import { listConversations } from './conversations/actions.ts';
import { listMessages } from './messages/actions.ts';
import { selectUnreadIn } from './messages/unread.ts';
import { lanesClaimed } from './outbox/lane.ts';
import { deleteDeadBefore, endLeases, endLeasesOf, selectOutbox, unclaim } from './outbox/store.ts';
import type { PageRequest } from './paging.ts';
import { listParticipantConversations, listParticipants, listUserConversations } from './participants/actions.ts';
import { listBindings } from './push/bindings.ts';
import { listCredentials } from './push/credentials.ts';
import { listReceipts } from './receipts/list.ts';
import { listRoles } from './roles/actions.ts';
import { listServices } from './services/actions.ts';
import { selectAllFollowed, selectBeyond, selectMoved, selectStreamsSince } from './streams.ts';
import { Transaction } from './transaction.ts';
import { listUsers } from './users/actions.ts';
import { listDeliveries } from './webhooks/log.ts';
import { listConversationWebhooks } from './webhooks/scoped-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'colloquy-'));
let connection: SqliteConnection;
/** The same, which notes what it is asked. */
let noted: SqliteConnection;
let db: Db;
let asked: string[] = [];

beforeAll(async () => {
  connection = openWriter(join(directory, 'x.db'));
  await migrate(connection, sqliteWords, 0);
  const query = (sql: string, values: readonly Value[]) => {
    asked.push(sql);
    return connection.query(sql, values);
  };
  const first = (sql: string, values: readonly Value[]) => {
    asked.push(sql);
    return connection.first(sql, values);
  };
  noted = Object.assign(Object.create(connection), { query, first }) as SqliteConnection;
  db = dbOver(noted);
  const user = { sid: 'u', account_sid: 'a', service_sid: 's', identity: 'ann', friendly_name: null, attributes: '{}' };
  const more = { role_sid: 'r', head: 1, position: 1, date_created: 0, date_updated: 0 };
  await db.sql
    .insertInto('users')
    .values({ ...user, ...more })
    .execute();
});
afterAll(() => {
  connection.close();
  rmSync(directory, { recursive: true });
});

const page: PageRequest = { limit: 50 };
const lists: [string, (db: Db) => Promise<unknown>][] = [
  ['services', () => listServices(db, 'a', page)],
  ['conversations', () => listConversations(db, 's', {}, page)],
  ['conversations since a date', () => listConversations(db, 's', { startDate: 1 }, page)],
  ['closed conversations', () => listConversations(db, 's', { state: 'closed' }, page)],
  ['messages', () => listMessages(db, 'c', 'desc', page)],
  ['receipts', () => listReceipts(db, 'm', page)],
  ['participants', () => listParticipants(db, 'c', page)],
  ['users', () => listUsers(db, 's', page)],
  ['conversations of a user', () => listUserConversations(db, 'u', page)],
  ['where an identity takes part', () => listParticipantConversations(db, 's', { identity: 'ann' }, page)],
  ['roles', () => listRoles(db, 's', page)],
  ['webhooks of a conversation', () => listConversationWebhooks(db, 'c', page)],
  ['all webhook deliveries', () => listDeliveries(db, {}, page)],
  ['webhook deliveries that failed', () => listDeliveries(db, { state: 'dead' }, page)],
  ['webhook deliveries of a conversation', () => listDeliveries(db, { conversation: 'c' }, page)],
  ['webhook deliveries to a target', () => listDeliveries(db, { target: 't' }, page)],
  ['credentials', () => listCredentials(db, 'a', page)],
  ['devices', () => listBindings(db, 's', { types: [], identities: [] }, page)],
  ['devices of a user', () => listBindings(db, 's', { types: [], identities: ['ann'] }, page)],
  ['address configurations', () => listAddressConfigurations(db, 'a', undefined, page)],
  ['content templates', () => listTemplates(db, 'a', page)],
  ['dead letters', () => selectOutbox(db, 'channel', 'dead', page)],
];

test.each(lists)(
  'a page of %s is read from an index, as it is ordered, however many there are',
  async (_what, list) => {
    asked = [];
    await list(db);
    expect(asked).not.toEqual([]);
    for (const sql of asked) {
      const { rows } = await connection.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, []);
      const plan = rows.map(({ detail }) => detail).join('; ');
      // A primary key is scanned in its order; a few rows of the same time may be sorted among themselves.
      expect(plan).toMatch(/USING (?:COVERING )?INDEX/);
      expect(plan).not.toContain('USE TEMP B-TREE FOR ORDER BY');
    }
  },
);

test('the devices of one user are not looked for among those of all', async () => {
  asked = [];
  await listBindings(db, 's', { types: [], identities: ['ann'] }, page);
  const { rows } = await connection.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${asked[0]}`, []);
  expect(rows[0]?.detail).toContain('push_bindings_by_identity');
});

test.each([
  ['since an event', () => selectStreamsSince(db, 1)],
  ['between two events', () => selectMoved(db, 1, 2)],
  ['after those that are known', () => selectBeyond(db, 1, 2)],
])('which streams moved %s is read from the end of the log, and not from all of it', async (_when, read) => {
  asked = [];
  await read();
  const { rows } = await connection.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${asked[0]}`, []);
  expect(rows[0]?.detail).toMatch(/^SEARCH events USING INTEGER PRIMARY KEY \(rowid>/);
});

test.each([
  ['where a user is', () => selectAllFollowed(db, 'u'), /COVERING INDEX participants_by_user \(user_sid=\?\)/],
  [
    'what he has not read in some',
    () => selectUnreadIn(db, 'u', ['c', 'd']),
    /INDEX participants_by_user \(user_sid=\? AND conversation_sid=\?\)/,
  ],
])('%s is read from the index of his conversations', async (_what, read, index) => {
  asked = [];
  await read();
  const { rows } = await connection.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${asked[0]}`, []);
  const plan = rows.map(({ detail }) => detail).join('; ');
  expect(plan).toMatch(index);
  expect(plan).not.toMatch(/SCAN (participants|conversations|messages)/);
});

test.each<[string, (tx: Transaction) => Promise<unknown>]>([
  ['whose leases end with a process', (tx) => endLeases(tx)],
  ['whose leases end with a node', (tx) => endLeasesOf(tx, 'n')],
  ['whose lanes are held before it is put back', (tx) => lanesClaimed(tx, 'channel', 'l')],
  ['that nobody heard of having claimed', (tx) => unclaim(tx, 'channel', 'l')],
  ['that failed long ago', (tx) => deleteDeadBefore(tx, 'channel', 1)],
])('work %s is not looked for among all that waits', async (_which, change) => {
  asked = [];
  await change(new Transaction(noted, db.sql, { now: 1 }));
  const { rows } = await connection.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${asked[0]}`, []);
  const plan = rows.map(({ detail }) => detail).join('; ');
  expect(plan).toContain('outbox_by_state (kind=? AND state=?');
  expect(plan).not.toContain('SCAN');
});

import { sql } from 'kysely';
import type { Value } from './connection.ts';
import type { Db } from './db.ts';
import { migrations } from './migrations/index.ts';
import type { Schema } from './schema.ts';

export interface Table {
  name: keyof Schema;
  /** The columns of its primary key, in order. */
  key: readonly string[];
  /** The key is a number that the database gives. */
  serial?: true;
  /** It tells of this database alone: what is made of a backup is another one. */
  own?: true;
}

/** Every table of the schema but that of the migrations, those first that others name. */
export const tables: readonly Table[] = [
  { name: 'accounts', key: ['sid'] },
  { name: 'server_keys', key: ['name'] },
  { name: 'services', key: ['sid'] },
  { name: 'roles', key: ['sid'] },
  { name: 'users', key: ['sid'] },
  { name: 'conversations', key: ['sid'] },
  { name: 'participants', key: ['sid'] },
  { name: 'bindings', key: ['account_sid', 'proxy_address', 'address'] },
  { name: 'group_conversations', key: ['account_sid', 'numbers'] },
  { name: 'messages', key: ['conversation_sid', 'idx'] },
  { name: 'removal_counts', key: ['conversation_sid', 'block'] },
  { name: 'receipts', key: ['sid'] },
  { name: 'media', key: ['sid'] },
  { name: 'media_sweeps', key: ['sid'] },
  { name: 'epochs', key: ['id'], own: true },
  { name: 'events', key: ['id'], serial: true },
  { name: 'sweeps', key: ['stream'] },
  { name: 'user_removals', key: ['user_sid'] },
  { name: 'presences', key: ['user_sid'] },
  { name: 'nodes', key: ['node'] },
  { name: 'commits', key: ['connection'] },
  { name: 'connected_users', key: ['user_sid', 'node'] },
  { name: 'outbox', key: ['id'] },
  { name: 'inbound_events', key: ['sender', 'event_id'] },
  { name: 'idempotency', key: ['scope', 'key'] },
  { name: 'address_configurations', key: ['sid'] },
  { name: 'content_templates', key: ['sid'] },
  { name: 'content_approvals', key: ['content_sid', 'channel'] },
  { name: 'webhook_configurations', key: ['owner'] },
  { name: 'conversation_webhooks', key: ['sid'] },
  { name: 'webhook_deliveries', key: ['id'] },
  { name: 'webhook_attempts', key: ['delivery_id', 'number'] },
  { name: 'push_credentials', key: ['sid'] },
  { name: 'push_bindings', key: ['sid'] },
  { name: 'push_settings', key: ['service_sid'] },
  { name: 'senders', key: ['sid'] },
  { name: 'sender_addresses', key: ['account_sid', 'address'] },
  { name: 'sender_notes', key: ['sender_sid', 'name'] },
  { name: 'correspondents', key: ['account_sid', 'proxy_address', 'address'] },
  { name: 'delivery_pieces', key: ['delivery_id', 'piece'] },
  { name: 'delivery_attempts', key: ['id'], serial: true },
  { name: 'sandbox_messages', key: ['id'], serial: true },
  { name: 'sandbox_faults', key: ['id'], serial: true },
];

/** Number of the newest migration that this version knows. */
export const latestSchema = migrations.at(-1)?.number ?? 0;

/** The tables that a database of an earlier version has, too. @param schema number of its newest migration */
export function tablesUntil(schema: number): Table[] {
  const made = migrations
    .filter(({ number }) => number <= schema)
    .flatMap(({ statements }) => statements({ serial: '', adapt: (statement) => statement }))
    .map((statement) => /^\s*CREATE TABLE (\w+)/.exec(statement)?.[1]);
  return tables.filter(({ name }) => made.includes(name));
}

export type Row = Record<string, Value>;

const pageSize = 1000;

/** The rows of a table after a key, in the order of the keys. @param after the values of the key's columns */
export async function readPage(
  db: Db,
  { name, key }: Table,
  after: readonly Value[] | undefined,
  limit = pageSize,
): Promise<Row[]> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  const beyond = after ? sql`WHERE (${columns}) > (${sql.join(after.map((value) => sql.val(value)))})` : sql``;
  const query = sql<Row>`SELECT * FROM ${sql.table(name)} ${beyond} ORDER BY ${columns} LIMIT ${sql.lit(limit)}`;
  return (await query.execute(db.sql)).rows;
}

/** All rows of a table, some at a time, in the order of the keys. */
export async function* readTable(db: Db, table: Table): AsyncGenerator<Row[]> {
  let after: Value[] | undefined;
  for (;;) {
    const rows = await readPage(db, table, after);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < pageSize) return;
    after = keyOf(table, last);
  }
}

export function keyOf({ key }: Table, row: Row): Value[] {
  return key.map((column) => row[column] as Value);
}

/** What is said to whoever has a database of a later version. */
export function newerSchema(schema: number): string {
  return `The database was made by a newer version of the server (schema ${schema}); use that one.`;
}

/** Number of the newest migration that the database has; 0 for an empty database. */
export async function schemaOf(db: Db): Promise<number> {
  const { rows } = await sql<{ number: number }>`SELECT max(number) AS number FROM migrations`.execute(db.sql);
  return Number(rows[0]?.number ?? 0);
}

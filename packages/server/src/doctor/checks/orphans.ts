/** Rows that belong to something. What they belong to has to be there. */
import { sql } from 'kysely';
import type { Db } from '../../storage/db.ts';
import type { Schema } from '../../storage/schema.ts';
import { type Check, looked, mend, quoted, restoreBackup } from '../check.ts';

interface Belonging {
  table: keyof Schema;
  /** The columns that tell its rows apart, at the beginning of an index. */
  key: readonly string[];
  /** The column that names the owner; rows in which it is null belong to nobody. */
  column: string;
  /** Tables one of which has the owner, by their key. */
  owners: readonly (readonly [table: keyof Schema, column: string])[];
  /** What puts a row right that lost its owner. */
  remedy: Remedy;
}

/** @param where tells the row apart */
type Remedy = (table: string, where: string) => string;

/** What is of use beside its owner only. */
const remove: Remedy = (table, where) => mend(`DELETE FROM ${table} WHERE ${where}`);
/** What others are of, who would go with it or be left without. */
const restore: Remedy = () => restoreBackup;
/** As it is done when the service is removed. */
const disableAutoCreation: Remedy = (table, where) =>
  mend(`UPDATE ${table} SET auto_enabled = 0, auto_service_sid = NULL WHERE ${where}`);

const belongings: readonly Belonging[] = [
  { table: 'services', key: ['sid'], column: 'account_sid', owners: [['accounts', 'sid']], remedy: restore },
  {
    table: 'services',
    key: ['sid'],
    column: 'default_chat_service_role_sid',
    owners: [['roles', 'sid']],
    remedy: restore,
  },
  {
    table: 'services',
    key: ['sid'],
    column: 'default_conversation_role_sid',
    owners: [['roles', 'sid']],
    remedy: restore,
  },
  {
    table: 'services',
    key: ['sid'],
    column: 'default_conversation_creator_role_sid',
    owners: [['roles', 'sid']],
    remedy: restore,
  },
  {
    table: 'accounts',
    key: ['sid'],
    column: 'default_chat_service_sid',
    owners: [['services', 'sid']],
    remedy: restore,
  },
  { table: 'roles', key: ['sid'], column: 'service_sid', owners: [['services', 'sid']], remedy: restore },
  {
    table: 'conversation_webhooks',
    key: ['sid'],
    column: 'conversation_sid',
    owners: [['conversations', 'sid']],
    remedy: remove,
  },
  {
    table: 'webhook_configurations',
    key: ['owner'],
    column: 'owner',
    owners: [
      ['accounts', 'sid'],
      ['services', 'sid'],
    ],
    remedy: remove,
  },
  {
    table: 'webhook_attempts',
    key: ['delivery_id', 'number'],
    column: 'delivery_id',
    owners: [['webhook_deliveries', 'id']],
    remedy: remove,
  },
  {
    table: 'push_settings',
    key: ['service_sid'],
    column: 'service_sid',
    owners: [['services', 'sid']],
    remedy: remove,
  },
  { table: 'push_bindings', key: ['sid'], column: 'user_sid', owners: [['users', 'sid']], remedy: remove },
  {
    table: 'push_bindings',
    key: ['sid'],
    column: 'credential_sid',
    owners: [['push_credentials', 'sid']],
    remedy: remove,
  },
  { table: 'presences', key: ['user_sid'], column: 'user_sid', owners: [['users', 'sid']], remedy: remove },
  {
    table: 'connected_users',
    key: ['user_sid', 'node'],
    column: 'user_sid',
    owners: [['users', 'sid']],
    remedy: remove,
  },
  { table: 'media', key: ['sid'], column: 'message_sid', owners: [['messages', 'sid']], remedy: remove },
  {
    table: 'delivery_pieces',
    key: ['delivery_id', 'piece'],
    column: 'message_sid',
    owners: [['messages', 'sid']],
    remedy: remove,
  },
  { table: 'delivery_attempts', key: ['id'], column: 'message_sid', owners: [['messages', 'sid']], remedy: remove },
  {
    table: 'sender_addresses',
    key: ['account_sid', 'address'],
    column: 'sender_sid',
    owners: [['senders', 'sid']],
    remedy: remove,
  },
  {
    table: 'sender_notes',
    key: ['sender_sid', 'name'],
    column: 'sender_sid',
    owners: [['senders', 'sid']],
    remedy: remove,
  },
  {
    table: 'removal_counts',
    key: ['conversation_sid', 'block'],
    column: 'conversation_sid',
    owners: [
      ['conversations', 'sid'],
      ['sweeps', 'stream'],
    ],
    remedy: remove,
  },
  {
    table: 'content_approvals',
    key: ['content_sid', 'channel'],
    column: 'content_sid',
    owners: [['content_templates', 'sid']],
    remedy: remove,
  },
  {
    table: 'address_configurations',
    key: ['sid'],
    column: 'auto_service_sid',
    owners: [['services', 'sid']],
    remedy: disableAutoCreation,
  },
];

const pageSize = 1000;

export const orphans: readonly Check[] = belongings.map((belonging) => ({
  name: `${belonging.table}.${belonging.column}`,
  about: `what it names is among ${belonging.owners.map(([table]) => table).join(' or ')}`,
  look: async (db, after) => {
    const { table, column, key, remedy } = belonging;
    const rows = await page(db, belonging, after);
    const findings = rows
      .filter((row) => row.owner !== null && row.known === null)
      .map((row) => {
        const keys = key.map((name, at) => `${name} = ${literal(row[`k${at}`])}`).join(' AND ');
        return {
          where: `${table} where ${keys}`,
          problem: `Its ${column} is ${row.owner}, which does not exist.`,
          remedy: remedy(table, keys),
        };
      });
    const last = rows.at(-1);
    return looked(findings, rows.length, pageSize, last && JSON.stringify(key.map((_name, at) => last[`k${at}`])));
  },
}));

type Row = Record<string, string | number | null> & { owner: string | null; known: string | null };

async function page(db: Db, { table, key, column, owners }: Belonging, after: string): Promise<Row[]> {
  const of = (name: string) => sql.ref(`${table}.${name}`);
  const from = after === '' ? undefined : (JSON.parse(after) as (string | number)[]);
  const left = sql.join(key.map(of));
  const beyond = from ? sql`WHERE (${left}) > (${sql.join(from.map((value) => sql.val(value)))})` : sql``;
  const joins = owners.map(
    ([owner, by], at) =>
      sql`LEFT JOIN ${sql.table(owner)} AS ${sql.id(`o${at}`)} ON ${sql.ref(`o${at}.${by}`)} = ${of(column)}`,
  );
  const known = owners.map(([, by], at) => sql.ref(`o${at}.${by}`));
  const { rows } = await sql<Row>`
    SELECT ${sql.join(key.map((name, at) => sql`${of(name)} AS ${sql.id(`k${at}`)}`))},
      ${of(column)} AS owner, ${known.length === 1 ? known[0] : sql`COALESCE(${sql.join(known)})`} AS known
    FROM ${sql.table(table)} ${sql.join(joins, sql` `)}
    ${beyond} ORDER BY ${left} LIMIT ${sql.lit(pageSize)}`.execute(db.sql);
  return rows;
}

function literal(value: string | number | null | undefined): string {
  return typeof value === 'number' ? String(value) : quoted(value ?? '');
}

/**
 * Fills a new database with the rows that commands would have left, each with its events, some at a time. So a million
 * messages take a minute, and `colloquy doctor` has nothing to say of them.
 */
import type { Sid } from '../../packages/protocol/src/index.ts';
import { conversationResource } from '../../packages/server/src/core/conversations/resource.ts';
import { messageResource } from '../../packages/server/src/core/messages/resource.ts';
import { newSid } from '../../packages/server/src/core/new-sid.ts';
import { membershipResource, participantResource } from '../../packages/server/src/core/participants/resource.ts';
import { userResource } from '../../packages/server/src/core/users/resource.ts';
import type { Loading } from '../../packages/server/src/storage/loading.ts';
import type {
  ConversationsTable,
  MessagesTable,
  ParticipantsTable,
  RolesTable,
  ServicesTable,
  UsersTable,
} from '../../packages/server/src/storage/schema.ts';
import { type Row, type Table, tables } from '../../packages/server/src/storage/tables.ts';
import { messageBody } from '../message-body.ts';

const rowsAtOnce = 1000;

/** A conversation whose rows are still being made; its own row goes in last. */
interface Open {
  row: ConversationsTable;
  members: ParticipantsTable[];
}

export class Filling {
  readonly #loading: Loading;
  readonly #service: ServicesTable;
  readonly #roles: { conversation: RolesTable };
  readonly #waiting = new Map<string, Row[]>();
  readonly #users = new Map<string, UsersTable>();
  #events = 0;
  /** Of what is made next; milliseconds. It ends well before the server starts. */
  #now = Date.now() - 30 * 24 * 3600 * 1000;

  /** @param base the rows that a server leaves of its account at its first start, by table */
  static async begin(loading: Loading, base: ReadonlyMap<string, readonly Row[]>): Promise<Filling> {
    for (const table of tables) {
      const rows = base.get(table.name) ?? [];
      if (rows.length > 0) await loading.insert(table, rows);
    }
    const [service] = base.get('services') as unknown as ServicesTable[];
    const roles = base.get('roles') as unknown as RolesTable[];
    const role = roles.find(({ sid }) => sid === service?.default_conversation_role_sid);
    if (!service || !role) throw new Error('There is no service with roles.');
    return new Filling(loading, service, role);
  }

  private constructor(loading: Loading, service: ServicesTable, role: RolesTable) {
    this.#loading = loading;
    this.#service = service;
    this.#roles = { conversation: role };
  }

  /** @param members identities, each of whom becomes a user */
  async conversation(members: readonly string[], messages: number, uniqueName: string | null = null): Promise<string> {
    const open = await this.#create(uniqueName);
    for (const identity of members) await this.#join(open, identity);
    const [author] = open.members;
    for (let n = 0; n < messages; n += 1) await this.#say(open, author as ParticipantsTable);
    await this.#add('conversations', open.row);
    for (const member of open.members) await this.#add('participants', member);
    return open.row.sid;
  }

  /** Makes it the database. */
  async finish(): Promise<void> {
    for (const user of this.#users.values()) await this.#add('users', user);
    for (const [name] of this.#waiting) await this.#flush(name);
    await this.#loading.finish();
  }

  async #create(uniqueName: string | null): Promise<Open> {
    const now = this.#tick();
    const row: ConversationsTable = {
      sid: newSid('CH', now),
      account_sid: this.#service.account_sid,
      service_sid: this.#service.sid,
      messaging_service_sid: `MG${'0'.repeat(32)}`,
      friendly_name: 'A conversation of the benchmark',
      unique_name: uniqueName,
      attributes: '{}',
      state: 'active',
      date_state_updated: now,
      inactive_timer: null,
      closed_timer: null,
      date_inactive: null,
      date_closed: null,
      email_address: null,
      email_name: null,
      created_by: 'system',
      creator_awaited: 0,
      next_index: 0,
      last_message_index: null,
      last_message_date: null,
      message_count: 0,
      participant_count: 0,
      non_chat_count: 0,
      date_activity: now,
      head: 1,
      position: 1,
      date_created: now,
      date_updated: now,
    };
    await this.#tell(row.sid, 1, 'conversation.added', conversationResource(row));
    return { row, members: [] };
  }

  async #join({ row, members }: Open, identity: string): Promise<void> {
    const user = await this.#userOf(identity);
    const now = this.#tick();
    row.head += 1;
    row.participant_count += 1;
    row.date_activity = now;
    user.head += 1;
    const member: ParticipantsTable = {
      sid: newSid('MB', now),
      account_sid: row.account_sid,
      service_sid: row.service_sid,
      conversation_sid: row.sid,
      identity,
      user_sid: user.sid,
      type: 'chat',
      address: null,
      proxy_address: null,
      projected_address: null,
      binding_level: null,
      binding_name: null,
      attributes: '{}',
      role_sid: this.#roles.conversation.sid,
      notification_level: 'default',
      last_read_message_index: null,
      last_read_timestamp: null,
      created_position: row.head,
      position: row.head,
      membership_position: user.head,
      date_created: now,
      date_updated: now,
    };
    members.push(member);
    await this.#tell(row.sid, row.head, 'participant.added', participantResource(member));
    const membership = membershipResource(member);
    const conversation = conversationResource(row);
    await this.#tell(user.sid, user.head, 'membership.added', { membership, conversation, position: row.head });
  }

  async #say({ row }: Open, author: ParticipantsTable): Promise<void> {
    const now = this.#tick();
    row.head += 1;
    const message: MessagesTable = {
      conversation_sid: row.sid,
      idx: row.next_index,
      sid: newSid('IM', now),
      author: author.identity as string,
      body: messageBody,
      subject: null,
      attributes: '{}',
      participant_sid: author.sid,
      content_sid: null,
      rich_content: null,
      media: null,
      last_updated_by: null,
      receipt_count: 0,
      delivery: null,
      created_position: row.head,
      position: row.head,
      date_created: now,
      date_updated: now,
    };
    row.last_message_index = row.next_index;
    row.next_index += 1;
    row.message_count += 1;
    row.last_message_date = row.date_activity = now;
    await this.#add('messages', message);
    await this.#tell(row.sid, row.head, 'message.added', messageResource(message));
  }

  async #userOf(identity: string): Promise<UsersTable> {
    const known = this.#users.get(identity);
    if (known) return known;
    const now = this.#tick();
    const user: UsersTable = {
      sid: newSid('US', now),
      account_sid: this.#service.account_sid,
      service_sid: this.#service.sid,
      identity,
      friendly_name: null,
      attributes: '{}',
      role_sid: this.#service.default_chat_service_role_sid,
      head: 1,
      position: 1,
      date_created: now,
      date_updated: now,
    };
    this.#users.set(identity, user);
    await this.#tell(user.sid, 1, 'user.added', userResource(user));
    return user;
  }

  /** A millisecond for each thing that happens. */
  #tick(): number {
    this.#now += 1;
    return this.#now;
  }

  async #tell(stream: Sid<'CH'> | Sid<'US'> | string, position: number, type: string, data: object): Promise<void> {
    this.#events += 1;
    const row = { id: this.#events, stream, position, type, time: this.#now, data: JSON.stringify(data) };
    await this.#add('events', row);
  }

  async #add(table: string, row: object): Promise<void> {
    const rows = this.#waiting.get(table) ?? [];
    this.#waiting.set(table, rows);
    rows.push(row as Row);
    if (rows.length >= rowsAtOnce) await this.#flush(table);
  }

  async #flush(name: string): Promise<void> {
    const rows = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, []);
    if (rows.length > 0) await this.#loading.insert(tables.find((table) => table.name === name) as Table, rows);
  }
}

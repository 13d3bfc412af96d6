/** Two processes on one PostgreSQL, where one is just before its commit when the other comes. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OpenCore, openCore } from '../testing/open-core.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../testing/run-postgres.ts';
import type { Actor } from './actor.ts';
import type { Command } from './command.ts';
import { createConversation } from './conversations/actions.ts';
import { type ReceiveInbound, receiveInbound } from './inbound/actions.ts';
import { sendMessage } from './messages/actions.ts';
import { beatNode, buryNode, enterNode } from './nodes.ts';
import { claimWork, finishWork, type Work } from './outbox/actions.ts';
import { addParticipant } from './participants/actions.ts';
import { updateParticipant } from './participants/update.ts';
import { registerDevice } from './push/bindings.ts';
import { createCredential, deleteCredential } from './push/credentials.ts';
import { configureNotifications } from './push/settings.ts';
import { settlePush } from './push/settle.ts';
import { acceptDelivery } from './receipts/actions.ts';
import { recordStatus } from './receipts/statuses.ts';
import { createRole, deleteRole } from './roles/actions.ts';
import { updateServiceConfiguration } from './services/actions.ts';
import { updateUser } from './users/actions.ts';
import { notePresence } from './users/reachability.ts';
import { configureAccountWebhook } from './webhooks/configure.ts';
import { settleDelivery } from './webhooks/settle.ts';

const programs = findPostgres();

describe.skipIf(programs === undefined)('With two processes on PostgreSQL', () => {
  let postgres: RunningPostgres;
  let admin: pg.Client;
  let one: OpenCore;
  let other: OpenCore;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());
  beforeEach(async () => {
    const url = await postgres.create();
    one = await openCore({ databaseUrl: url });
    other = await openCore({ databaseUrl: url });
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
  });
  afterEach(async () => {
    await admin.end();
    await one.discard();
    await other.discard();
  });

  const system = () => ({ kind: 'system', account: one.account.account }) as const;
  const waiting = async () => {
    // Within a transaction it would always say the same.
    await admin.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await admin.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    return rows[0].n as number;
  };

  /**
   * Has the first process carry a command out up to where it notes the answer, which is the last thing before the commit;
   * then has the second do something, until that is done or waits for the first; then lets both go on.
   */
  async function meanwhile<Input, Output, Result>(
    command: Command<Input, Output>,
    actor: Actor,
    input: Input,
    second: () => Promise<Result>,
  ): Promise<[Output, Result]> {
    await admin.query('BEGIN');
    await admin.query(
      "INSERT INTO idempotency (scope, key, command, input, result, date_created) VALUES ('here', 'key', '', '', '', 0)",
    );
    const first = one.core.run(command, actor, input, { scope: 'here', key: 'key' });
    while ((await waiting()) < 1);
    let done = false;
    const late = second().finally(() => {
      done = true;
    });
    while (!done && (await waiting()) < 2);
    await admin.query('ROLLBACK');
    return Promise.all([first, late]);
  }

  const claim = async (kind: string): Promise<Work> => {
    const request = { kind, limit: 1, lease: 'mine', leaseMs: 60_000 };
    const [work] = await other.core.run(claimWork, system(), request);
    if (!work) throw new Error(`There is no ${kind} to be done.`);
    return work;
  };
  const statesOf = async (kind: string) => {
    const rows = one.core.db.sql.selectFrom('outbox').select('state').where('kind', '=', kind).orderBy('seq');
    return (await rows.execute()).map(({ state }) => state);
  };
  const uniqueName = 'room';
  const person = { address: '+12025550123', proxyAddress: '+12025550100' };
  const converse = async (): Promise<string> => {
    const { service, account } = one;
    const { sid: conversation } = await one.core.run(createConversation, account, { service, uniqueName });
    await one.core.run(addParticipant, account, { service, conversation, ...person });
    return conversation;
  };
  const say = () =>
    one.core.run(sendMessage, one.account, { service: one.service, conversation: uniqueName, body: 'x' });

  test('a report of what a provider has just taken is about it, whichever of the two is stored first', async () => {
    const conversation = await converse();
    const message = await say();
    const { id: receipt, lane, lease } = await claim('channel');
    const accepted = {
      ...{ conversation, receipt, message: message.sid, delivery: receipt, lease, channel: 'test', providerId: 'id' },
      ...{ lane, status: null, leaseMs: 1000, attempt: 1, piece: 0, pieces: 1, changes: [], doubt: null, anew: false },
    };
    const report = { channel: 'test', eventId: '1', delivery: null, providerId: 'id', expected: null };
    await meanwhile(acceptDelivery, system(), accepted, () =>
      other.core.run(recordStatus, system(), { ...report, status: 'delivered', errorCode: 0 }),
    );
    const { status } = await one.core.db.sql.selectFrom('receipts').select('status').executeTakeFirstOrThrow();
    expect(status).toBe('delivered');
  });

  test('a node says that it lives while it notes who is there, and is not taken for dead before that is noted', async () => {
    const node = 'a node';
    const { user } = await one.user('ann');
    await one.core.run(enterNode, system(), { node });
    const input = { node, changes: [{ user, online: true }] };
    const noteWhile = async (second: () => Promise<unknown>) => {
      await admin.query('DELETE FROM idempotency');
      const [, left] = await meanwhile(notePresence, system(), input, async () => {
        expect(await second()).toBeTruthy();
        return waiting();
      });
      return left;
    };
    // The one that notes is still at it then.
    expect(await noteWhile(() => other.core.run(beatNode, system(), { node }))).toBe(1);
    const bury = { node, beat: 1, isGone: false };
    expect(await noteWhile(() => other.core.run(buryNode, system(), bury))).toBe(0);
  });

  test('what is added to a lane that is just becoming empty is done', async () => {
    const conversation = await converse();
    await say();
    const work = await claim('channel');
    const again = { service: one.service, conversation: uniqueName, body: 'y' };
    await meanwhile(sendMessage, one.account, again, () => other.core.run(finishWork, system(), work));
    expect(work.lane.startsWith(conversation)).toBe(true);
    expect(await statesOf('channel')).toEqual(['pending']);
  });

  test('so it is with what devices are to be notified of', async () => {
    await converse();
    const body = 'x';
    const { service, account } = one;
    const on = { service, newMessage: { enabled: true }, withMedia: {}, added: {}, removed: {} };
    await one.core.run(configureNotifications, account, on);
    const ann = await one.user('ann');
    const { sid: credential } = await one.core.run(createCredential, account, { type: 'fcm', secret: 'sealed' });
    await one.core.run(registerDevice, ann, { type: 'fcm', token: 'a', credential });
    await admin.query(
      `INSERT INTO outbox (id, kind, lane, seq, payload, state, attempt, not_before, date_created, date_updated)
       SELECT 'first', 'push', sid || '/push', 0, '{}', 'pending', 0, 0, 0, 0 FROM conversations`,
    );
    const work = await claim('push');
    const added = { service, conversation: uniqueName, identity: 'ann' };
    await one.core.run(addParticipant, account, added);
    await meanwhile(sendMessage, account, { service, conversation: uniqueName, body }, () =>
      other.core.run(settlePush, system(), { ...work, next: undefined, gone: [], aside: [] }),
    );
    expect(await statesOf('push')).toEqual(['pending']);
  });

  test('so it is with what webhooks are told of users', async () => {
    const { service, account } = one;
    const postUrl = 'https://example.com/hook';
    await one.core.run(configureAccountWebhook, account, { postUrl, filters: ['onUserUpdated'] });
    const ann = await one.user('ann');
    const firing = { ...account, firesWebhooks: true } as const;
    await one.core.run(updateUser, firing, { service, user: ann.user, friendlyName: 'Ann' });
    const { id, lane, lease } = await claim('webhook');
    await meanwhile(updateUser, firing, { service, user: ann.user, friendlyName: 'Anna' }, () =>
      other.core.run(settleDelivery, system(), { id, lane, lease, state: 'delivered' }),
    );
    expect(await statesOf('webhook')).toEqual(['pending']);
  });

  test('so it is with what somebody writes while the file before it comes in', async () => {
    const conversation = await converse();
    const { address: sender, proxyAddress: recipient } = person;
    const from = { channel: 'test', sender, recipient, others: [], payload: '{}', body: 'x' };
    const written = (eventId: string, more: Partial<ReceiveInbound>): ReceiveInbound =>
      ({ ...from, eventId, providerId: eventId, expected: null, ...more }) as ReceiveInbound;
    await one.core.run(receiveInbound, system(), written('photo', { awaitsFiles: true }));
    const queued = await claim('inbound');
    await meanwhile(receiveInbound, system(), written('text', { expected: conversation }), () =>
      other.core.run(receiveInbound, system(), written('photo', { queued })),
    );
    expect(await statesOf('inbound')).toEqual(['pending']);
  });

  test('a device that is registered while its credential is removed goes with it', async () => {
    const ann = await one.user('ann');
    const made = { type: 'fcm', secret: 'sealed' } as const;
    const { sid: credential } = await one.core.run(createCredential, one.account, made);
    const registered = { type: 'fcm', token: 'a', credential } as const;
    await meanwhile(registerDevice, ann, registered, () =>
      other.core.run(deleteCredential, one.account, { credential }),
    );
    expect(await one.core.db.sql.selectFrom('push_bindings').select('sid').execute()).toEqual([]);
  });

  const newRole = async () => {
    const { service } = one;
    const given = { service, friendlyName: 'guest', type: 'conversation', permissions: ['sendMessage'] };
    return (await one.core.run(createRole, one.account, given)).sid;
  };
  const remove = (role: string) =>
    other.core.run(deleteRole, other.account, { service: one.service, role }).then(
      () => 'deleted',
      ({ code }) => code,
    );
  const rolesGiven = async () => {
    const { rows } = await admin.query('SELECT r.sid FROM participants p LEFT JOIN roles r ON r.sid = p.role_sid');
    return rows.map(({ sid }) => sid);
  };

  test('a role that somebody is just being given cannot be deleted', async () => {
    const { service } = one;
    const { sid: conversation } = await one.core.run(createConversation, one.account, { service, uniqueName });
    const { sid: participant } = await one.core.run(addParticipant, one.account, {
      ...{ service, conversation, identity: 'ann' },
    });
    const role = await newRole();
    const update = { service, conversation, participant, role };
    const [, told] = await meanwhile(updateParticipant, one.account, update, () => remove(role));
    expect(told).toBe(20409);
    expect(await rolesGiven()).toEqual([role]);
  });

  test('so it is with one that the service gives by itself, and then gives another one in its place', async () => {
    const { service } = one;
    const { sid: conversation } = await one.core.run(createConversation, one.account, { service, uniqueName });
    const [role, next] = [await newRole(), await newRole()];
    await one.core.run(updateServiceConfiguration, one.account, { service, conversationRole: role });
    const added = { service, conversation, identity: 'ann' };
    const [, told] = await meanwhile(addParticipant, one.account, added, async () => {
      await other.core.run(updateServiceConfiguration, other.account, { service, conversationRole: next });
      return remove(role);
    });
    expect(told).toBe(20409);
    expect(await rolesGiven()).toEqual([role]);
  });
});

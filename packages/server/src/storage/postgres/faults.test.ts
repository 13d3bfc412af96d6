import { hash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createConversation, updateConversation } from '../../core/conversations/actions.ts';
import { readEvents } from '../../core/log.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { claimWork, type Work } from '../../core/outbox/actions.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import { acceptDelivery } from '../../core/receipts/actions.ts';
import { type OpenCore, openCore, testAccount } from '../../testing/open-core.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { OutcomeUnknown, StorageUnavailable } from '../connection.ts';
import { connectWriter } from './connect.ts';

const programs = findPostgres();

describe.skipIf(programs === undefined)('With PostgreSQL', () => {
  let postgres: RunningPostgres;
  let url: string;
  let nodes: OpenCore[];
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());
  beforeEach(async () => {
    url = await postgres.create();
    nodes = [];
  });
  afterEach(async () => {
    for (const node of nodes) await node.discard();
  });

  const open = async (): Promise<OpenCore> => {
    const node = await openCore({ databaseUrl: url });
    nodes.push(node);
    return node;
  };
  const converse = async (node: OpenCore): Promise<string> =>
    (await node.core.run(createConversation, node.account, { service: node.service })).sid;
  const say = (node: OpenCore, conversation: string, body: string) =>
    node.core.run(sendMessage, node.account, { service: node.service, conversation, body });
  const bodies = async (node: OpenCore, conversation: string) => {
    const { sql } = node.core.db;
    const rows = sql.selectFrom('messages').select(['idx', 'body']).where('conversation_sid', '=', conversation);
    return (await rows.orderBy('idx').execute()).map(({ idx, body }) => [idx, body]);
  };
  const asAdmin = async (run: (client: pg.Client) => Promise<void>) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await run(client);
    await client.end();
  };

  test('several processes write one conversation, and nothing is lost, doubled or out of order', async () => {
    const three = [await open(), await open(), await open()];
    const [first] = three as [OpenCore, ...OpenCore[]];
    const rooms = [await converse(first), await converse(first)];
    await Promise.all(
      three.flatMap((node, n) =>
        Array.from({ length: 120 }, (_, at) => say(node, rooms[at % 2] as string, `${n} ${at}`)),
      ),
    );
    for (const room of rooms) {
      const said = await bodies(first, room);
      expect(said.map(([idx]) => idx)).toEqual(Array.from({ length: 180 }, (_, at) => at));
      const events = await readEvents(first.core.db, room, 0, 1000);
      expect(events.map((event) => event.position)).toEqual(events.map((_event, at) => at + 1));
      expect(events).toHaveLength(181);
      for (const n of [0, 1, 2]) {
        const own = said.filter(([, body]) => String(body).startsWith(`${n} `)).map(([, body]) => String(body));
        expect(own).toHaveLength(60);
        expect(own.map((body) => Number(body.split(' ')[1]))).toEqual(
          own.map((body) => Number(body.split(' ')[1])).toSorted((a, b) => a - b),
        );
      }
    }
  });

  test('a name that several processes want at the same moment goes to one of them', async () => {
    const three = [await open(), await open(), await open()];
    const made = await Promise.allSettled(
      three.map((node) =>
        node.core.run(createConversation, node.account, { service: node.service, uniqueName: 'room' }),
      ),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of made) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 50353 });
  });

  test('commands that lock the same rows in another order are all carried out', async () => {
    const two = [await open(), await open()];
    const [first] = two as [OpenCore, OpenCore];
    const rooms = await Promise.all(Array.from({ length: 12 }, () => converse(first)));
    const people = Array.from({ length: 8 }, (_, at) => `person ${at}`);
    // Every one of these locks a conversation and a user; one process goes through them from the other end.
    const joins = rooms.flatMap((conversation) => people.map((identity) => ({ conversation, identity })));
    const { service } = first;
    await Promise.all(
      two.flatMap((node, n) =>
        (n === 0 ? joins : joins.toReversed()).map((join) =>
          node.core
            .run(addParticipant, node.account, { service, ...join } as never)
            .catch((error) => expect(error).toMatchObject({ code: 50433 })),
        ),
      ),
    );
    const members = await first.core.db.sql.selectFrom('participants').select('identity').execute();
    expect(members).toHaveLength(joins.length);
  });

  test('a restart of PostgreSQL is waited for', async () => {
    const node = await open();
    const room = await converse(node);
    await say(node, room, 'before');
    for (const how of ['fast', 'crash'] as const) {
      const stopped = postgres.stop(how);
      const waiting = say(node, room, `during a ${how} stop`);
      await stopped;
      await postgres.start();
      await waiting;
    }
    expect((await bodies(node, room)).map(([, body]) => body)).toEqual([
      'before',
      'during a fast stop',
      'during a crash stop',
    ]);
  });

  test('while it is away callers are told to come again, and nothing has happened', async () => {
    const node = await open();
    const room = await converse(node);
    await postgres.stop('crash');
    await expect(say(node, room, 'never')).rejects.toThrow(StorageUnavailable);
    await expect(bodies(node, room)).rejects.toThrow(StorageUnavailable);
    await postgres.start();
    await say(node, room, 'after');
    expect(await bodies(node, room)).toEqual([[0, 'after']]);
  });

  test('connections that an administrator ends are made anew, for reading and for writing', async () => {
    const node = await open();
    const room = await converse(node);
    await bodies(node, room);
    const endAll = () =>
      asAdmin(async (client) => {
        await client.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
        );
      });
    await endAll();
    expect(await bodies(node, room)).toEqual([]);
    await endAll();
    await say(node, room, 'x');
    expect(await bodies(node, room)).toEqual([[0, 'x']]);
  });

  test.each([
    { lost: 'answer', told: 'is known to have happened', committed: true },
    { lost: 'question', told: 'is known not to have happened', committed: false },
  ] as const)('a commit whose $lost is lost $told', async ({ lost, committed }) => {
    const node = await open();
    const room = await converse(node);
    const proxy = await loseCommit(postgres.port, lost);
    const way = Object.assign(new URL(url), { port: String(proxy.port) }).href;
    const connection = await connectWriter(way, { notes: true });
    await connection.begin();
    await connection.query('UPDATE conversations SET friendly_name = $1 WHERE sid = $2', ['renamed', room]);
    if (committed) await connection.commit();
    else await expect(connection.commit()).rejects.toThrow(StorageUnavailable);
    expect(connection.isLost).toBe(true);
    const row = await node.core.db.sql.selectFrom('conversations').select('friendly_name').executeTakeFirst();
    expect(row?.friendly_name).toBe(committed ? 'renamed' : null);
    await connection.close();
    proxy.close();
  });

  test.each(['answer', 'question'] as const)(
    'messages whose commit goes out with them are stored once where its %s is lost',
    async (lost) => {
      const room = await converse(await open());
      const proxy = await loseCommit(postgres.port, lost, 'later');
      const node = await openCore({ databaseUrl: Object.assign(new URL(url), { port: String(proxy.port) }).href });
      nodes.push(node);
      await say(node, room, 'before');
      proxy.arm();
      const sent = await Promise.all(['one', 'two'].map((body) => say(node, room, body)));
      expect(sent.map(({ idx }) => idx)).toEqual([1, 2]);
      await say(node, room, 'after');
      expect(await bodies(node, room)).toEqual(['before', 'one', 'two', 'after'].map((body, idx) => [idx, body]));
      expect(proxy.cuts()).toBe(1);
      proxy.close();
    },
  );

  test('a commit of which nobody can say what became is told as that, and not made a second time', async () => {
    const room = await converse(await open());
    const proxy = await loseCommit(postgres.port, 'answer', 'later');
    const node = await openCore({ databaseUrl: Object.assign(new URL(url), { port: String(proxy.port) }).href });
    nodes.push(node);
    await say(node, room, 'before');
    proxy.arm();
    proxy.close();
    const said = await Promise.allSettled(['one', 'two'].map((body) => say(node, room, body)));
    for (const one of said) expect((one as PromiseRejectedResult).reason).toBeInstanceOf(OutcomeUnknown);
    expect(await bodies(nodes[0] as OpenCore, room)).toEqual(['before', 'one', 'two'].map((body, idx) => [idx, body]));
  }, 60_000);

  test('a process that stands still in the middle of a transaction does not hold up the others for ever', async () => {
    const node = await open();
    const rooms = [await converse(node), await converse(node)] as const;
    const asleep = [await connectWriter(url), await connectWriter(url)] as const;
    await asleep[0].begin();
    await asleep[0].query('SELECT 1 FROM conversations WHERE sid = $1 FOR UPDATE', [rooms[0]]);
    // What has to stay in order in the other one, as lanes lock it.
    asleep[1].lockAtBegin([String(hash('md5', rooms[1], 'buffer').readBigInt64BE())]);
    await asleep[1].begin();
    await asleep[1].query('SELECT 1', []);
    await Promise.all(rooms.map((room) => say(node, room, 'x')));
    for (const one of asleep) {
      await expect(one.query('SELECT 1', [])).rejects.toThrow(StorageUnavailable);
      await one.close();
    }
  }, 60_000);

  test('what holds a lane for longer than that is told as something that may go well another time', async () => {
    const node = await open();
    const room = await converse(node);
    const asleep = await connectWriter(url, { patient: true });
    asleep.lockAtBegin([String(hash('md5', room, 'buffer').readBigInt64BE())]);
    await asleep.begin();
    await asleep.query('SELECT 1', []);
    await expect(say(node, room, 'never')).rejects.toThrow(StorageUnavailable);
    await asleep.commit();
    await say(node, room, 'after');
    expect(await bodies(node, room)).toEqual([[0, 'after']]);
    await asleep.close();
  }, 120_000);

  test('a column that a newer server adds does not disturb this one', async () => {
    const node = await open();
    const room = await converse(node);
    const rename = (friendlyName: string) =>
      node.core.run(updateConversation, node.account, {
        service: node.service,
        conversation: room,
        friendlyName,
      } as never);
    // The second time its statements are prepared.
    for (const name of ['a', 'b', 'c']) await rename(name);
    await asAdmin(
      async (client) => void (await client.query("ALTER TABLE conversations ADD COLUMN mood TEXT DEFAULT 'fine'")),
    );
    await rename('d');
    const row = await node.core.db.sql.selectFrom('conversations').selectAll().executeTakeFirst();
    expect(row).toMatchObject({ friendly_name: 'd', mood: 'fine' });
  });

  test('so it is with the columns of what several statements ask for at once', async () => {
    const node = await open();
    const room = await converse(node);
    const { service } = node;
    const person = { address: '+12025550123', proxyAddress: '+12025550100' };
    await node.core.run(addParticipant, node.account, { service, conversation: room, ...person } as never);
    for (let n = 0; n < 6; n += 1) await say(node, room, String(n));
    const system = { kind: 'system', account: testAccount } as const;
    const claim = { kind: 'channel', limit: 1, lease: 'mine', leaseMs: 60_000 };
    let [work] = await node.core.run(claimWork, system, claim);
    for (let n = 0; n < 6; n += 1) {
      // The second time its statements are prepared; and once where nothing comes next.
      if (n > 2) {
        for (const table of ['receipts', 'outbox', 'messages'])
          await asAdmin(async (client) => void (await client.query(`ALTER TABLE ${table} ADD COLUMN mood_${n} TEXT`)));
      }
      const { id, lane, lease, payload } = work as Work;
      const delivery = {
        conversation: room,
        receipt: id,
        delivery: id,
        message: JSON.parse(payload).message,
        lane,
        lease,
      };
      const piece = { piece: 0, pieces: 1, attempt: 1, changes: [], doubt: null, anew: false };
      const taken = { channel: 'test', providerId: `p${n}`, status: 'sent', leaseMs: 60_000 } as const;
      const nextFor = n % 2 === 0 ? 60_000 : undefined;
      const settled = await node.core.run(acceptDelivery, system, { ...delivery, ...piece, ...taken, nextFor });
      expect(settled.held).toBe(true);
      work = settled.next ?? (await node.core.run(claimWork, system, claim))[0];
    }
    const rows = await node.core.db.sql.selectFrom('receipts').select('status').execute();
    expect(rows.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'sent'));
  });

  test('an event that is being committed keeps the settled event behind it', async () => {
    const node = await open();
    const room = await converse(node);
    const slow = await connectWriter(url);
    await slow.begin();
    const { rows } = await slow.query<{ id: number }>(
      "INSERT INTO events (stream, position, type, time, data) VALUES ('CHslow', 1, 'x', 0, '{}') RETURNING id",
      [],
    );
    const own = rows[0]?.id ?? 0;
    await say(node, room, 'quick');
    expect(await node.storage.settledEvent()).toBeLessThan(own);
    await say(node, room, 'quicker');
    expect(await node.storage.settledEvent()).toBeLessThan(own);
    await slow.commit();
    expect(await node.storage.settledEvent()).toBeGreaterThan(own);
    await slow.close();
  });

  test('an event whose transaction is the newest keeps the settled event behind it', async () => {
    const node = await open();
    await converse(node);
    const [first, second] = [await connectWriter(url), await connectWriter(url)];
    // The number of the first one is the lower one, and its event has the higher one.
    for (const one of [first, second]) {
      await one.begin();
      await one.query('SELECT 1', []);
    }
    const append = async (connection: typeof first, stream: string): Promise<number> => {
      const { rows } = await connection.query<{ id: number }>(
        "INSERT INTO events (stream, position, type, time, data) VALUES ($1, 1, 'x', 0, '{}') RETURNING id",
        [stream],
      );
      return rows[0]?.id ?? 0;
    };
    const early = await append(second, 'CHsecond');
    const late = await append(first, 'CHfirst');
    await first.commit();
    expect(await node.storage.settledEvent()).toBeLessThan(early);
    await second.commit();
    expect(await node.storage.settledEvent()).toBe(late);
    await Promise.all([first.close(), second.close()]);
  });

  test('a name that was claimed is free again when its holder is cut off, who is told', async () => {
    const two = [await open(), await open()] as [OpenCore, OpenCore];
    let lost = false;
    await two[0].storage.claim('pump', () => {
      lost = true;
    });
    expect(await two[1].storage.claim('pump', () => {})).toBeUndefined();
    await asAdmin(async (client) => {
      await client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted",
      );
    });
    await expect.poll(() => lost).toBe(true);
    const release = await two[1].storage.claim('pump', () => {});
    expect(release).toBeTypeOf('function');
    await release?.();
  });
});

/** On the way to PostgreSQL: cuts the first connection that commits, before it has been asked or after it has answered. */
async function loseCommit(port: number, lost: 'question' | 'answer', when: 'at once' | 'later' = 'at once') {
  let done = when === 'later';
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let cutting = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('close', end).on('error', end);
    client.on('data', (data) => {
      if (!done && data.includes('COMMIT\0')) {
        done = true;
        cuts += 1;
        if (lost === 'question') return end();
        cutting = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => (cutting ? end() : client.write(data)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    arm: () => {
      done = false;
    },
    cuts: () => cuts,
    close: () => server.close(),
  };
}

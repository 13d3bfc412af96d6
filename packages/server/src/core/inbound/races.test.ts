import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { InboundMessage } from '../../channels/events.ts';
import { ingestFor } from '../../channels/ingest.ts';
import { openRig, type Rig } from '../../channels/test-rig.ts';
import { testAccount } from '../../testing/open-core.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { configureAddress } from '../address-configurations/actions.ts';
import { createConversation } from '../conversations/actions.ts';
import { addParticipant } from '../participants/actions.ts';
import type { AddParticipant } from '../participants/add.ts';

const programs = findPostgres();
const back = { kind: 'account', account: testAccount } as const;
const own = '+12025550100';
const ann = '+12025550123';
const bob = '+12025550124';

describe.skipIf(programs === undefined)('What comes from outside while others are at it', () => {
  let postgres: RunningPostgres;
  let databaseUrl: string;
  let rigs: Rig[];
  /** Holds rows, so that whoever needs them waits where he is. */
  let holder: pg.Client;

  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());
  beforeEach(async () => {
    databaseUrl = await postgres.create();
    rigs = [await openRig(undefined, undefined, databaseUrl), await openRig(undefined, undefined, databaseUrl)];
    holder = new pg.Client({ connectionString: databaseUrl });
    await holder.connect();
    await rigs[0]?.core.run(configureAddress, back, {
      type: 'sms',
      address: own,
      autoCreation: { enabled: true },
    });
  });
  afterEach(async () => {
    await holder.end();
    for (const rig of rigs) await rig.close();
  });

  async function hold(how: 'UPDATE' | 'KEY SHARE'): Promise<void> {
    await holder.query('BEGIN');
    await holder.query(`SELECT * FROM address_configurations FOR ${how}`);
  }

  /** So many wait for a lock. */
  async function waiting(count: number): Promise<void> {
    const waits = 'SELECT count(DISTINCT pid)::int AS n FROM pg_locks WHERE NOT granted';
    while ((await holder.query(waits)).rows[0].n < count);
  }

  /** Takes in a text at one of the servers. @returns the conversation that it went to */
  async function take(server: number, sender: string, others: string[] = []): Promise<string> {
    const rig = rigs[server] as Rig;
    const parts = [{ kind: 'text', text: 'hello' } as const];
    const eventId = `from ${sender}`;
    const event: InboundMessage = {
      type: 'message',
      eventId,
      providerId: eventId,
      sender,
      recipient: own,
      others,
      at: 0,
      parts,
    };
    const [taken] = await ingestFor({ ...rig, groupTexting: true }, 'test')([event]);
    if (taken?.type !== 'message') throw new Error('A message was not taken in as one.');
    expect(taken.routing).toMatchObject({ outcome: 'routed', conversation: expect.any(String) });
    return taken.routing.conversation as string;
  }

  /** What a back end makes at the other server. @returns its SID */
  async function create(...participants: Omit<AddParticipant, 'service' | 'conversation'>[]): Promise<string> {
    const { core, service } = rigs[1] as Rig;
    const { sid } = await core.run(createConversation, back, { service });
    for (const one of participants)
      await core.run(addParticipant, back, { service, conversation: sid, groupTexting: true, ...one });
    return sid;
  }

  test('makes one group of phones that write to two servers at once', async () => {
    await hold('UPDATE');
    const taken = Promise.all([take(0, ann, [bob]), take(1, bob, [ann])]);
    await waiting(2);
    await holder.query('COMMIT');
    const [first, second] = await taken;
    expect(second).toBe(first);
  });

  test('goes to the group that the back end makes meanwhile', async () => {
    await hold('UPDATE');
    const taken = take(0, ann, [bob]);
    await waiting(1);
    const sid = await create({ projectedAddress: own }, { address: ann }, { address: bob });
    await holder.query('COMMIT');
    expect(await taken).toBe(sid);
  });

  test('goes to the conversation of that pair of addresses that the back end makes meanwhile', async () => {
    await hold('UPDATE');
    const taken = take(0, ann);
    await waiting(1);
    const sid = await create({ address: ann, proxyAddress: own });
    await holder.query('COMMIT');
    expect(await taken).toBe(sid);
  });

  test('does not wait for others who write to the same address', async () => {
    await hold('KEY SHARE');
    await take(0, ann);
    await holder.query('COMMIT');
  });
});

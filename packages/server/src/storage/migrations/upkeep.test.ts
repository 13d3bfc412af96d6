import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { account, openRig } from '../../channels/test-rig.ts';
import { claimWork, retryWork } from '../../core/outbox/actions.ts';
import { sendAgain } from '../../core/receipts/send-again.ts';
import { sqliteWords } from '../sqlite/schema-words.ts';
import { upkeep } from './0013-upkeep.ts';

/** It opens the file itself. */
const onSqlite = process.env['COLLOQUY_TEST_POSTGRES'] === undefined;

it.runIf(onSqlite)(
  'Dead letters of earlier versions leave the lane that they were in, and can be sent again',
  async () => {
    const rig = await openRig();
    const actor = { kind: 'system', account } as const;
    const conversation = await rig.converse({ address: '+12025550123', proxyAddress: '+12025550100' });
    await rig.say(conversation, 'hello');
    const [work] = await rig.core.run(claimWork, actor, { kind: 'channel', limit: 1, lease: 'x', leaseMs: 1000 });
    if (!work) throw new Error('There is no work.');
    await rig.core.run(retryWork, actor, { ...work, notBefore: 0, error: null, counted: true });
    await rig.shut();
    // As the version before this migration left it.
    const database = new DatabaseSync(join(rig.directory, 'colloquy.db'));
    database.exec("UPDATE outbox SET state = 'dead'");
    database.exec('DROP INDEX correspondents_by_last_inbound');
    for (const statement of upkeep.statements(sqliteWords)) database.exec(statement);
    database.close();

    const next = await openRig(rig.directory);
    expect(await next.outbox()).toMatchObject([{ state: 'dead', lane: `${work.lane}/${work.id}` }]);
    const back = { kind: 'account', account } as const;
    await next.core.run(sendAgain, back, { conversation, delivery: work.id });
    expect(await next.outbox()).toMatchObject([{ state: 'pending', lane: work.lane }]);
    await next.shut();
    rmSync(rig.directory, { recursive: true });
  },
);

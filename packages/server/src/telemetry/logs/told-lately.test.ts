import { pino } from 'pino';
import { expect, test } from 'vitest';
import { NodeLife } from '../../delivery/node-life.ts';
import { openCore, testAccount } from '../../testing/open-core.ts';

test('What fails again and again is told once a minute, and at once where it fails for another reason.', async () => {
  const at = await openCore();
  const said: string[] = [];
  const logger = pino({ errorKey: 'error' }, { write: (line) => said.push(JSON.parse(line).error.message) });
  const { core, clock } = at;
  const life = new NodeLife({ core, account: testAccount, logger });
  const fail = async (why: string, seconds: number) => {
    Object.defineProperty(core, 'run', { value: () => Promise.reject(new Error(why)), configurable: true });
    for (let passed = 0; passed < seconds; passed += 2) {
      clock.advance(2000);
      await life.settled();
    }
  };
  try {
    life.start();
    await life.settled();
    await fail('the database is away', 60);
    expect(said).toEqual(['the database is away']);
    await fail('the database is away', 10);
    expect(said).toEqual(['the database is away', 'the database is away']);
    await fail('too many connections', 10);
    expect(said.slice(2)).toEqual(['too many connections']);
    // Away for the second time.
    await fail('the database is away', 10);
    expect(said.slice(3)).toEqual(['the database is away']);
    await life.stop();
  } finally {
    await at.discard();
  }
});

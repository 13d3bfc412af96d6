import { ManualClock } from '@colloquy/testing';
import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import { type Claims, claimFrom } from './test-sender-host.ts';
import { Turn } from './turn.ts';

const logger = pino({ level: 'silent' });

let clock: ManualClock;
let claims: Claims;
/** Who began and ended what, in order. */
let told: string[];
beforeEach(() => {
  clock = new ManualClock();
  claims = new Map();
  told = [];
});

function server(name: string, { claim = claimFrom(claims), fails = 0 } = {}) {
  let failures = fails;
  const worker = (work: string) => {
    told.push(`${name} ${work}`);
    return { stop: async () => void told.push(`${name} no more ${work}`) };
  };
  const mine = () => {
    failures -= 1;
    if (failures >= 0) throw new Error('no luck');
    return worker('reads');
  };
  return new Turn({ clock, logger, claim }, 'mailbox', { mine, others: () => worker('waits') });
}
async function settle(...turns: Turn<never>[]) {
  for (const turn of turns) await turn.idle();
}

it("is one server's, and another's within 15 seconds after that one stopped", async () => {
  const [one, other] = [server('one'), server('other')];
  one.start();
  other.start();
  await settle(one as never, other as never);
  expect(told).toEqual(['one reads', 'other waits']);
  await one.stop();
  clock.advance(14_999);
  await settle(other as never);
  expect(told.slice(2)).toEqual(['one no more reads']);
  clock.advance(1);
  await settle(other as never);
  expect(told.slice(3)).toEqual(['other no more waits', 'other reads']);
  await other.stop();
  expect([told.at(-1), claims.size]).toEqual(['other no more reads', 0]);
});

it('ends when it is lost, and comes back when nobody else has it', async () => {
  const one = server('one');
  one.start();
  await settle(one as never);
  const lose = claims.get('mailbox');
  claims.set('mailbox', () => {});
  lose?.();
  await settle(one as never);
  expect(told).toEqual(['one reads', 'one no more reads', 'one waits']);
  claims.clear();
  clock.advance(15_000);
  await settle(one as never);
  expect(told.slice(3)).toEqual(['one no more waits', 'one reads']);
});

it('is asked for again when the database was away, or what it is for could not begin', async () => {
  let away = true;
  const claim: ReturnType<typeof claimFrom> = (name, onLost) =>
    away ? Promise.reject(new Error('away')) : claimFrom(claims)(name, onLost);
  const one = server('one', { claim, fails: 1 });
  one.start();
  await settle(one as never);
  expect(told).toEqual(['one waits']);
  away = false;
  clock.advance(15_000);
  await settle(one as never);
  expect([told, claims.size]).toEqual([['one waits', 'one no more waits'], 0]);
  clock.advance(15_000);
  await settle(one as never);
  expect(told.at(-1)).toBe('one reads');
});

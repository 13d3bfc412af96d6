import { checkChanges } from './changes.ts';
import { checkDoctor } from './doctor.ts';
import { checkEnds } from './ends.ts';
import type { Evidence } from './evidence.ts';
import { checkHooks } from './hooks.ts';
import { checkLog } from './log.ts';
import { checkMembers } from './members.ts';
import { checkPhones } from './phones.ts';
import { checkReaders } from './readers.ts';
import { checkReading } from './reading.ts';
import { checkReceipts } from './receipts.ts';
import { checkSends } from './sends.ts';
import { checkTimes } from './times.ts';

const rules = {
  sends: checkSends,
  changes: checkChanges,
  log: checkLog,
  readers: checkReaders,
  members: checkMembers,
  reading: checkReading,
  phones: checkPhones,
  receipts: checkReceipts,
  webhooks: checkHooks,
  ends: checkEnds,
  times: checkTimes,
  doctor: checkDoctor,
} satisfies Record<string, (evidence: Evidence) => string[]>;

export type Rule = keyof typeof rules;

/** By the name of each rule, what it found to be wrong, in sentences. */
export function check(evidence: Evidence): Record<Rule, string[]> {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, rule(evidence)])) as Record<
    Rule,
    string[]
  >;
}

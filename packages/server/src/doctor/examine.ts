import { setImmediate } from 'node:timers/promises';
import type { Snapshots } from '../storage/snapshots.ts';
import type { Check, Finding } from './check.ts';
import { schema } from './checks/schema.ts';
import { checks } from './checks.ts';

export interface Examination {
  /** Rows that were looked at, by the name of the check. */
  rows: Record<string, number>;
  findings: number;
}

export interface Watching {
  /** Leaves out what reads as much as everything else together. */
  quick?: boolean | undefined;
  onFinding(finding: Finding & { check: string }): void;
  /** After each look. */
  onProgress?(check: Check, rows: number): void;
}

/**
 * Looks at everything in a database that may be in use. Each look is of one moment and sees some hundred rows with all
 * that belongs to them, so that nobody waits for it, and what is changed meanwhile is no finding.
 */
export async function examine(snapshots: Snapshots, watching: Watching): Promise<Examination> {
  const examination: Examination = { rows: {}, findings: 0 };
  for (const check of checks) {
    if (watching.quick && check.thorough) continue;
    let rows = 0;
    for (let after: string | null = ''; after !== null; ) {
      const from: string = after;
      // Where reading is synchronous, nothing else in this process would have its turn.
      await setImmediate();
      const looked = await snapshots.within((db) => check.look(db, from));
      rows += looked.rows;
      examination.rows[check.name] = rows;
      for (const finding of looked.findings) {
        examination.findings += 1;
        watching.onFinding({ check: check.name, ...finding });
      }
      watching.onProgress?.(check, rows);
      after = looked.next;
    }
    // The rules are about the tables of this version.
    if (check === schema && examination.findings > 0) break;
  }
  return examination;
}

import { examine } from '../../packages/server/src/doctor/examine.ts';
import type { Installation } from '../cluster/installation.ts';
import type { Journal } from './journal.ts';

/** Has the doctor look at the database, beside the servers, as an operator would. */
export async function consult(installation: Installation, journal: Journal): Promise<void> {
  const snapshots = await installation.openSnapshots();
  const findings: string[] = [];
  try {
    const { rows } = await examine(snapshots, {
      onFinding: ({ check, where, problem }) => findings.push(`${check}: ${where}: ${problem}`),
    });
    const looked = Object.values(rows).reduce((sum, one) => sum + one, 0);
    journal.note({ kind: 'consulted', rows: looked, findings });
  } finally {
    await snapshots.close();
  }
}

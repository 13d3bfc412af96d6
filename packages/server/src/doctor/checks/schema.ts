import { sql } from 'kysely';
import { migrations } from '../../storage/migrations/index.ts';
import type { Check, Finding } from '../check.ts';

export const schema: Check = {
  name: 'schema',
  about: 'the schema is the one that this version knows',
  look: async (db) => {
    const { rows } = await sql<{
      number: number;
      name: string;
    }>`SELECT number, name FROM migrations ORDER BY number`.execute(db.sql);
    const findings: Finding[] = [];
    const find = (problem: string, remedy: string) => findings.push({ where: 'schema', problem, remedy });
    for (const { number, name } of rows) {
      const known = migrations.find((migration) => migration.number === Number(number));
      if (!known) {
        find(
          `The migration ${number} (${name}) was made by a newer version of the server.`,
          'Run the doctor of that version.',
        );
      } else if (known.name !== name) {
        find(
          `The migration ${number} is called ${name}, and in this version ${known.name}.`,
          'Run the doctor of the version that made the database.',
        );
      }
    }
    for (const { number, name } of migrations) {
      if (rows.some((row) => Number(row.number) === number)) continue;
      const newest = rows.length === 0 || number > Number(rows.at(-1)?.number);
      find(
        `The migration ${number} (${name}) is missing.`,
        newest ? 'Start this version of the server once: it makes it.' : 'Restore the newest backup that is whole.',
      );
    }
    return { findings, rows: rows.length, next: null };
  },
};

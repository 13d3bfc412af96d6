import { wrap } from '../config/wrap.ts';
import { grouped } from '../operate/progress.ts';
import type { Check, Finding } from './check.ts';
import type { Examination } from './examine.ts';

type Found = Finding & { check: string };

/** Where a report goes, a line at a time. */
type Write = (line: string) => void;

/** Of one kind; a hundred thousand alike help nobody. */
const shownOfACheck = 20;

export interface Report {
  find(finding: Found): void;
  /** Says what is not as it should be outside of the database. */
  note(sentence: string): void;
  end(examination: Examination, milliseconds: number): void;
}

/** Sentences for people. @param database what was looked at */
export function reportInWords(write: Write, database: string): Report {
  const counts = new Map<string, number>();
  return {
    find: ({ check, where, problem, remedy }) => {
      const count = (counts.get(check) ?? 0) + 1;
      counts.set(check, count);
      if (count > shownOfACheck) return;
      write(`${where[0]?.toUpperCase()}${where.slice(1)}: ${problem}`);
      write(`  ${remedy}`);
    },
    note: write,
    end: ({ rows, findings }, milliseconds) => {
      for (const [check, count] of counts) {
        if (count > shownOfACheck) {
          write(`${grouped(count - shownOfACheck)} more of ${check} are not shown; --json shows all.`);
        }
      }
      const total = Object.values(rows).reduce((sum, one) => sum + one, 0);
      const made = Object.keys(rows).length;
      const looked =
        `${made === 1 ? 'one check has' : `${made} checks have`} looked at ${grouped(total)} rows of ${database} in ` +
        `${(milliseconds / 1000).toFixed(1)} seconds, ${made === 1 ? 'and the others were not made' : 'and at some more than once'}`;
      if (findings === 0) write(`Nothing is wrong: ${looked}.`);
      else write(`${findings === 1 ? 'One thing is' : `${grouped(findings)} things are`} wrong: ${looked}.`);
    },
  };
}

/** For programs: a JSON object a line, one for each finding and a last one that sums up. */
export function reportInJson(write: Write, database: string): Report {
  return {
    find: (finding) => write(JSON.stringify({ finding })),
    note: (note) => write(JSON.stringify({ note })),
    end: ({ rows, findings }, milliseconds) =>
      write(JSON.stringify({ ok: findings === 0, findings, database, rows, milliseconds: Math.round(milliseconds) })),
  };
}

/** @param width of the terminal: what goes on in a further line is indented */
export function listedInWords({ name, about, thorough }: Check, width: number): string {
  const indent = '    ';
  const [first, ...others] = wrap(`${name}: ${about}${thorough ? ' (not with --quick)' : ''}`, width);
  const rest = others.length > 0 ? wrap(others.join(' '), width - indent.length) : [];
  return [first, ...rest.map((line) => `${indent}${line}`)].join('\n');
}

export function listedInJson({ name, about, thorough }: Check): string {
  return JSON.stringify({ check: name, about, thorough: thorough ?? false });
}

import type { ConversationsTable } from '../../storage/schema.ts';
import { refuse } from '../refusal.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const unitMs = [365 * day, 30 * day, 7 * day, day, hour, minute, second];

/** Deadlines stay dates that can be shown: RFC 3339 has years of four digits. */
const longest = 1000 * 365 * day;

const form =
  /^P(?=\d|T\d)(?:(\d+(?:[.,]\d+)?)Y)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?=\d)(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/;
/** ISO 8601, 5.5.3: only the smallest unit that is given may have a fraction. */
const earlyFraction = /[.,]\d+\D.*\d/;

/**
 * An ISO 8601 duration in milliseconds, a month being 30 days and a year 365; undefined when it is none, or longer
 * than 1,000 years.
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > 64) return undefined;
  const match = form.exec(text);
  if (!match || earlyFraction.test(text)) return undefined;
  const amount = (at: number) => Number((match[at + 1] ?? '0').replace(',', '.'));
  const total = Math.round(unitMs.reduce((sum, ms, at) => sum + amount(at) * ms, 0));
  return total <= longest ? total : undefined;
}

/** Contract: at least PT1M (50375), else malformed (50379). Empty means none. */
export function checkInactiveTimer(text: string | null): string | null {
  if (text === null || text === '') return null;
  const ms = parseDuration(text);
  if (ms === undefined) throw refuse(50379);
  if (ms < minute) throw refuse(50375);
  return text;
}

/** Contract: at least PT10M (50376), else malformed (50380). Empty means none. */
export function checkClosedTimer(text: string | null): string | null {
  if (text === null || text === '') return null;
  const ms = parseDuration(text);
  if (ms === undefined) throw refuse(50380);
  if (ms < 10 * minute) throw refuse(50376);
  return text;
}

type Timed = Pick<ConversationsTable, 'state' | 'inactive_timer' | 'closed_timer'>;

/**
 * When the timers run out, counted from the last activity. An inactive conversation waits only for being
 * closed, a closed one for nothing (behaviour reference, section 8), and while one initializes no timer runs out.
 */
export function deadlines(
  row: Timed,
  lastActivity: number,
): { date_inactive: number | null; date_closed: number | null } {
  const due = (timer: string | null) => (timer === null ? null : lastActivity + (parseDuration(timer) ?? 0));
  return {
    date_inactive: row.state === 'active' || row.state === 'initializing' ? due(row.inactive_timer) : null,
    date_closed: row.state === 'closed' ? null : due(row.closed_timer),
  };
}

/** The next move that the clock makes; undefined when none. Of two at the same time only the second is made. */
export function firstDeadline(
  row: Pick<ConversationsTable, 'state' | 'date_inactive' | 'date_closed'>,
): { time: number; to: 'inactive' | 'closed' } | undefined {
  if (row.state !== 'active' && row.state !== 'inactive') return undefined;
  const { date_inactive: inactive, date_closed: closed } = row;
  if (inactive !== null && row.state === 'active' && (closed === null || inactive < closed)) {
    return { time: inactive, to: 'inactive' };
  }
  return closed === null ? undefined : { time: closed, to: 'closed' };
}

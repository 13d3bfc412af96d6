import type { ConversationsTable } from '../../storage/schema.ts';
import { refuse } from '../refusal.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const unitMs = [365 * day, 30 * day, 7 * day, day, hour, minute, second];

const form =
  /^P(?=\d|T\d)(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** An ISO 8601 duration in milliseconds, a month being 30 days and a year 365; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text.length > 64) return undefined;
  const match = form.exec(text);
  if (!match) return undefined;
  const total = unitMs.reduce((sum, ms, at) => sum + Number(match[at + 1] ?? 0) * ms, 0);
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined;
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

/**
 * When the timers run out, counted from the last activity. An inactive conversation waits only for being
 * closed, a closed one for nothing (behaviour reference, section 8).
 */
export function deadlines(
  row: Pick<ConversationsTable, 'state' | 'inactive_timer' | 'closed_timer'>,
  lastActivity: number,
): { date_inactive: number | null; date_closed: number | null } {
  const due = (timer: string | null) => (timer === null ? null : lastActivity + (parseDuration(timer) ?? 0));
  return {
    date_inactive: row.state === 'active' ? due(row.inactive_timer) : null,
    date_closed: row.state === 'closed' ? null : due(row.closed_timer),
  };
}

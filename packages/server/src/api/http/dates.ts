const form =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-])(\d\d):?(\d\d))?)?$/;

const earliest = Date.parse('0001-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

export interface ParsedDate {
  /** Milliseconds since 1970. */
  time: number;
  /** How exactly it was said. */
  precision: 'day' | 'second' | 'fraction';
}

/**
 * ISO 8601 as RFC 3339 narrows it, and a little wider: a bare date, seconds and offset left out (UTC then).
 * Undefined when it is no date: 30 February is none.
 */
export function parseDate(text: string): ParsedDate | undefined {
  const match = form.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute] = match;
  const fields = [month, day, hour, minute, second].map((field) => Number(field ?? 0));
  const [m = 0, d = 0, h = 0, min = 0, s = 0] = fields;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), m - 1, d);
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return undefined;
  if (h > 23 || min > 59 || s > 59 || Number(offsetHour ?? 0) > 23 || Number(offsetMinute ?? 0) > 59) return undefined;

  const millisecond = Math.floor(Number(`0.${fraction ?? 0}`) * 1000);
  const offset = (Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0)) * (sign === '-' ? -1 : 1);
  const time = date.getTime() + ((h * 60 + min - offset) * 60 + s) * 1000 + millisecond;
  if (time < earliest || time > latest) return undefined;
  return { time, precision: hour === undefined ? 'day' : fraction === undefined ? 'second' : 'fraction' };
}

/** As the contract shows dates: UTC, whole seconds (behaviour reference, section 5). */
export function presentDate(time: number): string;
export function presentDate(time: number | null): string | null;
export function presentDate(time: number | null): string | null {
  return time === null ? null : `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** Failures that a retry policy tells apart. */
export type FailureKind = '4xx' | '5xx' | 'connection' | 'timeout';

/** How a webhook is called, as its URL's fragment says; what it does not say is undefined. */
export interface Overrides {
  /** Retries after the first attempt. */
  retries?: number;
  /** After which failures there are any. */
  retryOn?: ReadonlySet<FailureKind>;
  /** For an attempt, in milliseconds. */
  timeoutMs?: number;
}

const policies: Readonly<Record<string, readonly FailureKind[]>> = {
  '4xx': ['4xx'],
  '5xx': ['5xx'],
  ct: ['connection'],
  rt: ['timeout'],
  all: ['4xx', '5xx', 'connection', 'timeout'],
};

/**
 * Reads `rc` (retries, 0 to 5), `rp` (after which failures: `4xx`, `5xx`, `ct`, `rt`, `all`, with commas between them)
 * and `rt` (time-out in milliseconds, 100 to 15,000) from a URL's fragment. Contract: "Webhooks: Connection Overrides".
 * Others of its names, and values that are none, count for nothing.
 */
export function overridesOf(url: string): Overrides {
  const mark = url.indexOf('#');
  if (mark < 0) return {};
  const fields = new URLSearchParams(url.slice(mark + 1));
  const retries = wholeNumber(fields.get('rc'), 0, 5);
  const timeoutMs = wholeNumber(fields.get('rt'), 100, 15_000);
  const retryOn = (fields.get('rp') ?? '')
    .toLowerCase()
    .split(',')
    .flatMap((name) => policies[name.trim()] ?? []);
  return {
    ...(retries !== undefined && { retries }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(retryOn.length > 0 && { retryOn: new Set(retryOn) }),
  };
}

function wholeNumber(text: string | null, min: number, max: number): number | undefined {
  if (text === null || !/^\d{1,9}$/.test(text)) return undefined;
  const number = Number(text);
  return number < min || number > max ? undefined : number;
}

/** What a request says of the trace that it belongs to: W3C Trace Context, section 3.2. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  trace: string;
  /** 16 hexadecimal digits: what the request came from. */
  span: string;
  sampled: boolean;
}

/** Later versions begin like this one (section 4.3); `ff` is none. */
const form = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** @returns undefined for what is none */
export function parseTraceParent(header: unknown): TraceParent | undefined {
  const found = typeof header === 'string' && header.length <= 512 ? form.exec(header) : null;
  if (!found) return undefined;
  const [, trace = '', span = '', flags = ''] = found;
  return { trace, span, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

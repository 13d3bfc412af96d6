import type { Fault, FaultKind } from './phone-line.ts';

interface FaultChoice {
  kind: FaultKind;
  /** What happens to the next texts to the phone. */
  label: string;
  fault: Omit<Fault, 'count'>;
}

/** Error codes: 30003 unreachable handset, 30008 unknown error (Twilio's error dictionary). */
export const faultChoices: readonly FaultChoice[] = [
  { kind: 'fail', label: 'Sending fails', fault: { kind: 'fail', errorCode: 30008 } },
  { kind: 'temporary', label: 'Fails, then is retried', fault: { kind: 'temporary' } },
  { kind: 'undelivered', label: 'Out of reach', fault: { kind: 'undelivered', errorCode: 30003 } },
  { kind: 'delay', label: 'Late receipts (3 s)', fault: { kind: 'delay', delayMs: 3000 } },
  { kind: 'drop-receipt', label: 'Lost receipts', fault: { kind: 'drop-receipt' } },
  { kind: 'unknown', label: 'Lost answer', fault: { kind: 'unknown' } },
  { kind: 'throttle', label: 'Carrier too busy', fault: { kind: 'throttle' } },
];

export function labelOfFault(kind: FaultKind): string {
  return faultChoices.find((choice) => choice.kind === kind)?.label ?? kind;
}

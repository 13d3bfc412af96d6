/** What goes wrong on demand. */

/** Which part of the API a fault is about; `delivery` is what happens to a message after it was taken. */
export type TwilioApi = 'messages' | 'list' | 'media' | 'numbers' | 'account' | 'delivery';

/**
 * What the fault does: an error of Twilio's dictionary; an answer of a gateway, with no body; the request is done but
 * the line is cut before the answer; the request is neither done nor answered; the line is cut at once.
 */
export type TwilioFaultKind = { code: number; retryAfter?: number } | { http: number } | 'lost' | 'silent' | 'cut';

export interface TwilioFault {
  api: TwilioApi;
  kind: TwilioFaultKind;
  /** For so many requests, 1 when left out. */
  count?: number;
  /** Only for sends to numbers that this matches. */
  to?: string;
}

export class TwilioFaults {
  readonly #faults: (TwilioFault & { left: number })[] = [];

  add(fault: TwilioFault): void {
    if (fault.to !== undefined) new RegExp(fault.to);
    this.#faults.push({ ...fault, left: fault.count ?? 1 });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** The next fault that such a request meets; it is used up once more. */
  take(api: TwilioApi, to = ''): TwilioFaultKind | undefined {
    const at = this.#faults.findIndex(
      (fault) => fault.api === api && (fault.to === undefined || new RegExp(fault.to).test(to)),
    );
    const fault = this.#faults[at];
    if (!fault) return undefined;
    fault.left -= 1;
    if (fault.left <= 0) this.#faults.splice(at, 1);
    return fault.kind;
  }
}

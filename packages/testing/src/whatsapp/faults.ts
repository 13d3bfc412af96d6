/** What goes wrong on demand. */

/** Which part of the API a fault is about; `delivery` is what happens to a message after it was taken. */
export type WhatsAppApi = 'messages' | 'media' | 'url' | 'download' | 'number' | 'account' | 'templates' | 'delivery';

/**
 * What the fault does: an error of Meta's; an answer of something between, with no JSON in it; a redirect; other bytes
 * than there should be; the request is done but the line is cut before the answer; it is neither done nor answered; the
 * line is cut at once.
 */
export type WhatsAppFaultKind =
  | { code: number }
  | { http: number }
  | { redirect: string }
  | 'changed'
  | 'lost'
  | 'silent'
  | 'cut';

export interface WhatsAppFault {
  api: WhatsAppApi;
  kind: WhatsAppFaultKind;
  /** For so many requests, 1 when left out. */
  count?: number;
  /** A regular expression: only for what is sent to numbers or ids that it matches. */
  to?: string;
}

export class WhatsAppFaults {
  readonly #faults: (WhatsAppFault & { left: number })[] = [];

  add(fault: WhatsAppFault): void {
    if (fault.to !== undefined) new RegExp(fault.to);
    this.#faults.push({ ...fault, left: fault.count ?? 1 });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** The next fault that such a request meets; it is used up once more. */
  take(api: WhatsAppApi, to = ''): WhatsAppFaultKind | undefined {
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

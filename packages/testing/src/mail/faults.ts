/** What a mail server can be told to get wrong. */

export interface MailFault {
  /**
   * Where: when a client connects, logs in, names the sender, names a recipient, or has sent the whole mail. `dot`
   * takes the mail and hangs up in the place of an answer; `data` hangs up in the middle of it.
   */
  at: 'connect' | 'login' | 'sender' | 'recipient' | 'mail' | 'dot' | 'data';
  /** Only for these recipients; all when left out. Not for `connect`, `login` and `sender`. */
  recipient?: RegExp;
  /** What is answered, like `451 4.7.1 Come again.`; without a meaning for `dot` and `data`. */
  answer?: string;
  /** How often; for ever when left out. */
  count?: number;
}

export class MailFaults {
  #faults: MailFault[] = [];

  add(fault: MailFault): void {
    this.#faults.push({ ...fault });
  }

  clear(): void {
    this.#faults = [];
  }

  /** The fault that is due, which is used up by that. */
  due(at: MailFault['at'], recipients: readonly string[] = []): MailFault | undefined {
    const fault = this.#faults.find(
      ({ at: where, recipient }) =>
        where === at && (!recipient || recipients.some((address) => recipient.test(address))),
    );
    if (fault?.count !== undefined) {
      fault.count -= 1;
      if (fault.count <= 0) this.#faults = this.#faults.filter((one) => one !== fault);
    }
    return fault;
  }
}

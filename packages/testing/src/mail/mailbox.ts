/** A folder of mails with the numbers that IMAP gives them. */

export interface StoredMail {
  uid: number;
  source: Buffer;
  flags: Set<string>;
  /** When the server got it, in milliseconds since 1970. */
  received: number;
}

export class MailFolder {
  readonly mails: StoredMail[] = [];
  uidValidity = 1;
  uidNext = 1;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  deliver(source: Buffer | string): StoredMail {
    const bytes = Buffer.from(source);
    const mail = { uid: this.uidNext, source: bytes, flags: new Set<string>(), received: this.#now() };
    this.uidNext += 1;
    this.mails.push(mail);
    this.#tell();
    return mail;
  }

  /** As after a restored backup: the same mails under other numbers, which say nothing about the former ones. */
  renumber(): void {
    this.uidValidity += 1;
    for (const [at, mail] of this.mails.entries()) mail.uid = at + 1;
    this.uidNext = this.mails.length + 1;
  }

  /** @returns a function that stops it */
  onArrival(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

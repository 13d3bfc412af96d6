/** Finds out what receipts are about, and reports it; what nothing is known of yet waits for answers to come. */
import type { Receipt } from '@colloquy/smpp';
import type { SenderHost } from '../channel.ts';
import type { InboundMessage, InboundStatus } from '../events.ts';
import { reportIn } from './receipts.ts';
import type { Reported, Submission, Submissions } from './submissions.ts';

interface Unmatched {
  report: Omit<InboundStatus, 'deliveryId' | 'providerId'>;
  reported: Reported;
}

/** As long as the core keeps those that have an id. */
const keptForMs = 10 * 60_000;
const most = 1000;
/** What other servers sent is found by its id as well, as a rule: it need not be looked for with each receipt. */
const othersLookedForMs = 1000;

export class Reports {
  readonly #host: SenderHost;
  readonly #submissions: Submissions;
  #unmatched: Unmatched[] = [];

  constructor(host: SenderHost, submissions: Submissions) {
    this.#host = host;
    this.#submissions = submissions;
  }

  /** Resolves when what it says is on disk, or it says nothing of the end. */
  async take(receipt: Receipt, parties: Pick<InboundMessage, 'sender' | 'recipient'>): Promise<void> {
    const { sender: person, recipient: own } = parties;
    const { messageId, userMessageReference, submittedAt } = receipt;
    const report = reportIn(receipt, [person, own, messageId ?? ''], this.#host.clock.now());
    if (!report) return;
    const reported = { messageId, userMessageReference, submittedAt, sender: own, recipient: person };
    if (await this.#settle(report, this.#submissions.find(reported))) return;
    await this.#submissions.learnOfOthers(othersLookedForMs);
    if (await this.#settle(report, this.#submissions.find(reported))) return;
    if (messageId !== undefined) {
      const providerId = this.#submissions.providerId(messageId);
      const [taken] = await this.#host.ingest([{ ...report, providerId }]);
      if (taken?.type !== 'status' || taken.outcome !== 'unmatched') return;
    }
    // Its answer may have come just before: whoever waited for it has got it by now, here or at another server.
    await this.#submissions.learnOfOthers();
    const unmatched = { report: { ...report, eventId: `${report.eventId} found` }, reported };
    if (await this.#settle(unmatched.report, this.#found(reported))) return;
    this.#unmatched = [...this.#unmatched.slice(1 - most), unmatched];
  }

  /** Something became known of a message: its id, or that there will be none. */
  async look(): Promise<void> {
    const after = this.#host.clock.now() - keptForMs;
    this.#unmatched = this.#unmatched.filter(({ report }) => report.at > after);
    for (const unmatched of [...this.#unmatched]) {
      const found = this.#found(unmatched.reported);
      if (!found) continue;
      this.#unmatched = this.#unmatched.filter((one) => one !== unmatched);
      await this.#settle(unmatched.report, found);
    }
  }

  #found(reported: Reported): Submission | undefined {
    return this.#submissions.find(reported) ?? this.#submissions.guess(reported);
  }

  async #settle(report: Unmatched['report'], submission: Submission | undefined): Promise<boolean> {
    if (!submission) return false;
    const { deliveryId } = submission;
    // What comes meanwhile is about another.
    submission.settled = true;
    await this.#host.ingest([{ ...report, deliveryId }]);
    return true;
  }
}

/**
 * What was submitted lately: to recognise it in receipts whatever they call it, and to know after a crash, or a cut
 * line, what the SMSC has. Kept in memory for as long as receipts take, on disk for as long as an answer may be lost.
 */
import { answeredId, canonicalId, type IdRelation } from '@colloquy/smpp';
import type { SenderHost } from '../channel.ts';
import type { Address } from '../message.ts';
import type { SmppConfig } from './config.ts';

export interface Submission {
  deliveryId: string;
  sender: Address;
  recipient: Address;
  /** In milliseconds. */
  at: number;
  /** `user_message_reference`, of every attempt. */
  references: readonly number[];
  /** As the SMSC wrote it; null while there is no answer. */
  id: string | null;
  /** There will be no answer. */
  lost: boolean;
  /** A receipt has said what became of it. */
  settled: boolean;
}

export interface Reported {
  /** Undefined: the receipt does not say it. */
  messageId: string | undefined;
  userMessageReference: number | undefined;
  /** When the SMSC took the message, by its clock; undefined where the receipt does not say it. */
  submittedAt: number | undefined;
  sender: Address;
  recipient: Address;
}

const prefix = 'sent/';
/** So long the core may take to note an answer itself, once it has it. */
const notedForMs = 60_000;
/** So long what an earlier run left may be of use: the core waits a minute for reports before it sends again. */
const leftForMs = 10 * 60_000;
const sweepEveryMs = 60_000;
/** Those that are older are found by the ids that the core has, not by ids in other forms. */
const mostRemembered = 20_000;
const quarter = 15 * 60_000;
/** Receipts have minutes, and clocks are off by some seconds. */
const sameTimeMs = 2 * 60_000;
const relations: readonly IdRelation[] = ['same', 'decimal', 'hex'];

export class Submissions {
  readonly #host: SenderHost;
  readonly #known = new Map<string, Submission>();
  readonly #byId = new Map<string, Set<Submission>>();
  /** By delivery id: when what is noted may be forgotten. */
  readonly #noted = new Map<string, number>();
  /** Is it left to us how receipts write ids? */
  readonly #finds: boolean;
  #relation: IdRelation;
  /** Is it known how receipts write ids? Until then an id in one could be that of another message. */
  #isClear: boolean;
  #askedOthers = Number.NEGATIVE_INFINITY;
  #clocksApart: number | null = null;
  #callOff: () => void = () => {};

  constructor(host: SenderHost, { receiptIds }: SmppConfig) {
    this.#host = host;
    this.#finds = receiptIds === 'auto';
    this.#isClear = receiptIds !== 'auto';
    this.#relation = receiptIds === 'auto' ? 'same' : receiptIds;
  }

  /** Takes over what an earlier run knew. */
  async load(): Promise<void> {
    if (this.#finds) this.#relation = (await this.#host.recall<IdRelation>('receipt-ids')) ?? 'same';
    for (const { value } of await this.#host.recallAll<Submission>(prefix)) {
      this.#remember({ ...value, lost: value.id === null });
      this.#noted.set(value.deliveryId, this.#host.clock.now() + leftForMs);
    }
    this.#sweepLater();
  }

  stop(): void {
    this.#callOff();
  }

  /** What is known of an earlier attempt. Another server may have made it, so that all but the first are looked for. */
  async recall({ deliveryId, attempt }: { deliveryId: string; attempt: number }): Promise<Submission | undefined> {
    const known = this.#known.get(deliveryId);
    if (known || attempt <= 1) return known;
    const noted = await this.#host.recall<Submission>(prefix + deliveryId);
    if (noted) this.#remember(noted);
    return noted;
  }

  /**
   * Takes over what other servers have sent lately: receipts come to this one.
   *
   * @param lately milliseconds; within them of the last time it does not look again, once it is clear how receipts write ids
   */
  async learnOfOthers(lately = 0): Promise<void> {
    const now = this.#host.clock.now();
    if (this.#isClear && now < this.#askedOthers + lately) return;
    this.#askedOthers = now;
    for (const { value } of await this.#host.recallAll<Submission>(prefix)) {
      const known = this.#known.get(value.deliveryId);
      if (known && (known.id !== null || (value.id === null && known.lost === value.lost))) continue;
      if (known) this.#drop(known);
      this.#remember({ ...value, settled: known?.settled ?? value.settled });
    }
  }

  /**
   * It is about to be sent. Resolves when that is on disk: then even a process that dies before the answer leaves behind
   * what a receipt can be about.
   *
   * @param reference of this attempt
   */
  async begin(given: Pick<Submission, 'deliveryId' | 'sender' | 'recipient'>, reference: number | null): Promise<void> {
    const before = this.#known.get(given.deliveryId)?.references ?? [];
    const references = reference === null ? before : [...before, reference];
    const at = this.#host.clock.now();
    const submission = { ...given, at, references, id: null, lost: false, settled: false };
    this.#remember(submission);
    this.#noted.set(submission.deliveryId, at + leftForMs);
    await this.#host.note(prefix + submission.deliveryId, submission);
  }

  /** No answer came. */
  lost(deliveryId: string): void {
    const submission = this.#known.get(deliveryId);
    if (!submission || submission.id !== null) return;
    submission.lost = true;
    this.#note(submission);
  }

  /** @param id as the SMSC wrote it */
  accepted(deliveryId: string, id: string): void {
    const submission = this.#known.get(deliveryId);
    if (!submission || submission.id !== null) return;
    submission.id = id;
    this.#index(submission);
    this.#note(submission);
  }

  /** It did not go out; what is known of an attempt before still holds. */
  withdraw(deliveryId: string, before: Submission | undefined): void {
    const submission = this.#known.get(deliveryId);
    if (submission) this.#drop(submission);
    if (before) {
      this.#remember(before);
      this.#note(before);
      return;
    }
    this.#noted.delete(deliveryId);
    this.#write(deliveryId, undefined);
  }

  /**
   * What a receipt is about, by its id in any form between the same two numbers. Where an SMSC calls several by the same
   * id, it is the first that nothing is known of yet.
   */
  find({ messageId, submittedAt, sender, recipient }: Reported): Submission | undefined {
    if (messageId === undefined) return undefined;
    const id = canonicalId(messageId);
    for (const relation of this.#relations()) {
      const answered = answeredId(id, relation);
      const all = [...(answered === undefined ? [] : (this.#byId.get(answered) ?? []))];
      const own = all.filter((one) => one.sender === sender && one.recipient === recipient);
      const found = own.find((one) => !one.settled) ?? own[0];
      if (!found) continue;
      this.#isClear = true;
      if (this.#finds && relation !== 'same') this.#learn(relation);
      this.#compareClocks(found, submittedAt);
      return found;
    }
    return undefined;
  }

  /** Did the SMSC call another message the same? Then the id says nothing by itself. */
  isTaken(id: string, deliveryId: string): boolean {
    return [...(this.#byId.get(canonicalId(id)) ?? [])].some((one) => one.deliveryId !== deliveryId);
  }

  /** What the core knows the message by, of which nothing is remembered here. */
  providerId(messageId: string): string {
    const id = canonicalId(messageId);
    return answeredId(id, this.#relation) ?? id;
  }

  /**
   * Where its id is of no help: by our reference, or since it was taken when the only one was sent that has lost its
   * answer between these two numbers. A wrong guess would lose a message, and none at worst sends one twice: so where
   * there is a reference, or no time, nothing is guessed.
   */
  guess({ userMessageReference, submittedAt, sender, recipient }: Reported): Submission | undefined {
    const open = [...this.#known.values()].filter(
      (one) => one.id === null && !one.settled && one.sender === sender && one.recipient === recipient,
    );
    const named = open.filter(({ references }) => references.some((one) => one === userMessageReference));
    if (named.length === 1) return named[0];
    const lost = open.filter((one) => one.lost);
    const [only] = lost;
    if (!only || lost.length > 1 || submittedAt === undefined) return undefined;
    if (only.references.length > 0 && userMessageReference !== undefined) return undefined;
    return this.#isTime(only, submittedAt) ? only : undefined;
  }

  /** How far its clock is ahead of ours, in quarters of an hour: those are the time zones that there are. */
  #compareClocks({ at }: Submission, submittedAt: number | undefined): void {
    if (submittedAt !== undefined) this.#clocksApart = Math.round((submittedAt - at) / quarter) * quarter;
  }

  #isTime({ at }: Submission, submittedAt: number): boolean {
    const apart = submittedAt - at;
    const expected = this.#clocksApart ?? Math.round(apart / quarter) * quarter;
    return Math.abs(apart - expected) <= sameTimeMs;
  }

  /** What held so far first. */
  #relations(): readonly IdRelation[] {
    if (!this.#finds) return [this.#relation];
    return [this.#relation, ...relations.filter((one) => one !== this.#relation)];
  }

  #learn(relation: IdRelation): void {
    if (this.#relation === relation) return;
    this.#relation = relation;
    this.#host.note('receipt-ids', relation).catch((error) => this.#complain(error));
  }

  #remember(submission: Submission): void {
    this.#known.set(submission.deliveryId, submission);
    this.#index(submission);
    const [oldest] = this.#known.values();
    if (this.#known.size > mostRemembered && oldest) this.#drop(oldest);
  }

  #index(submission: Submission): void {
    if (submission.id === null) return;
    const id = canonicalId(submission.id);
    const all = this.#byId.get(id) ?? new Set();
    this.#byId.set(id, all.add(submission));
  }

  #drop(submission: Submission): void {
    this.#known.delete(submission.deliveryId);
    if (submission.id === null) return;
    const id = canonicalId(submission.id);
    const all = this.#byId.get(id);
    all?.delete(submission);
    if (all?.size === 0) this.#byId.delete(id);
  }

  /**
   * Nobody waits for it: the core's own note of what came of this send follows in the same queue, so that whoever finds
   * that finds this.
   */
  #note(submission: Submission): void {
    const keepForMs = submission.id === null ? leftForMs : notedForMs;
    this.#noted.set(submission.deliveryId, this.#host.clock.now() + keepForMs);
    this.#write(submission.deliveryId, submission);
  }

  #write(deliveryId: string, submission: Submission | undefined): void {
    this.#host.note(prefix + deliveryId, submission).catch((error) => this.#complain(error));
  }

  #complain(error: unknown): void {
    this.#host.logger.error({ error }, 'what was sent over SMPP could not be noted');
  }

  #sweepLater(): void {
    const { clock } = this.#host;
    this.#callOff = clock.at(clock.now() + sweepEveryMs, () => {
      for (const [deliveryId, until] of this.#noted) {
        if (until > clock.now()) continue;
        this.#noted.delete(deliveryId);
        this.#write(deliveryId, undefined);
      }
      this.#sweepLater();
    });
  }
}

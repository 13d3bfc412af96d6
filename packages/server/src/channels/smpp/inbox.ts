/** What an SMSC delivers: texts, pieces of texts, receipts. Each is answered when it is on disk. */
import {
  decodeText,
  type EncodedText,
  encodedText,
  fillBitsAfter,
  isReceipt,
  type Pdu,
  parseReceipt,
  placeOf,
  type Session,
  statuses,
  tags,
  userData,
} from '@colloquy/smpp';
import type { SenderHost } from '../channel.ts';
import type { InboundEvent, InboundMessage } from '../events.ts';
import type { Address } from '../message.ts';
import { addressOf, ownAddress } from './addresses.ts';
import type { SmppConfig } from './config.ts';
import { wishIn } from './consent.ts';
import { type LongText, Parts } from './parts.ts';
import { type Recognised, Redeliveries } from './redeliveries.ts';
import type { Reports } from './reports.ts';

export type Delivered = Pdu<'deliver_sm' | 'data_sm'>;

export interface InboxOptions {
  config: SmppConfig;
  host: SenderHost;
  reports: Reports;
  /** Somebody asks what this is. */
  onHelp(person: Address, own: Address): void;
}

/** Deliveries that are not answered yet; what is more has to come again. */
const most = 500;

type Parties = Pick<InboundMessage, 'sender' | 'recipient'>;

export class Inbox {
  readonly #options: InboxOptions;
  readonly #parts: Parts;
  readonly #redeliveries: Redeliveries;
  /** What one person writes to one address is taken in one after the other. */
  readonly #lines = new Map<string, Promise<void>>();
  #unanswered = 0;
  #stopped = false;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#parts = new Parts(options.host, (key) => this.#onIncomplete(key));
    this.#redeliveries = new Redeliveries(options.host);
  }

  /** Takes over what an earlier run left. */
  async load(): Promise<void> {
    await this.#redeliveries.load();
    for (const key of await this.#parts.load()) this.#onIncomplete(key);
  }

  /** Resolves when all is answered that came; nothing is reported any more then. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#parts.stop();
    this.#redeliveries.stop();
    await this.idle();
  }

  async idle(): Promise<void> {
    while (this.#lines.size > 0) await Promise.allSettled(this.#lines.values());
  }

  take(pdu: Delivered, session: Session): void {
    if (this.#stopped || this.#unanswered >= most) {
      session.answer(pdu, {}, statuses.ESME_RMSGQFUL);
      return;
    }
    this.#unanswered += 1;
    const parties = {
      sender: addressOf(pdu.source),
      recipient: ownAddress(pdu.destination, this.#options.host.addresses),
    };
    this.#inLine(parties, async () => {
      let status: number = statuses.ESME_ROK;
      try {
        if (isReceipt(pdu)) await this.#options.reports.take(parseReceipt(pdu, textOctets(pdu)), parties);
        else await this.#receive(pdu, session, parties);
      } catch (error) {
        this.#options.host.logger.error({ error }, 'a delivery over SMPP could not be taken in');
        status = statuses.ESME_RX_T_APPN;
      }
      this.#unanswered -= 1;
      session.answer(pdu, {}, status);
    });
  }

  #inLine({ sender, recipient }: Parties, work: () => Promise<void>): void {
    const line = `${sender} ${recipient}`;
    const after = (this.#lines.get(line) ?? Promise.resolve()).then(work).finally(() => {
      if (this.#lines.get(line) === after) this.#lines.delete(line);
    });
    this.#lines.set(line, after);
  }

  async #receive(pdu: Delivered, session: Session, parties: Parties): Promise<void> {
    const recognised = this.#redeliveries.recognise(pdu, session);
    const { place, piece } = this.#read(pdu);
    if (place && place.total > 1) await this.#receivePiece(recognised, parties, place, piece);
    else await Promise.all([recognised.store(), this.#ingest(parties, recognised.eventId, textOf(piece))]);
    recognised.answered();
  }

  async #receivePiece(
    recognised: Recognised,
    parties: Parties,
    place: NonNullable<ReturnType<typeof placeOf>>,
    piece: EncodedText,
  ): Promise<void> {
    // Of a text that was put together before its last piece was answered.
    if (recognised.again && !this.#parts.awaits(parties, place)) return;
    const other = this.#parts.contradicts(parties, place, piece);
    if (other) await this.#finish(other);
    const [complete] = await Promise.all([this.#parts.add(parties, place, piece), recognised.store()]);
    if (complete) await this.#finish(complete);
  }

  #read(pdu: Delivered) {
    const data = userData(textOctets(pdu), (pdu.esmClass & 0x40) !== 0);
    const fill = data.headerOctets === 0 ? 0 : fillBitsAfter(data.headerOctets);
    const piece = encodedText(pdu.dataCoding, data.text, this.#options.config.defaultAlphabet, fill);
    return { place: data.place ?? placeOf(pdu.tlvs), piece };
  }

  /** The time for the rest is over, or it was complete when the last run ended. */
  #onIncomplete(key: string): void {
    const text = this.#parts.read(key);
    if (!text || this.#stopped) return;
    this.#inLine(text, async () => {
      try {
        await this.#finish(key);
      } catch (error) {
        this.#options.host.logger.error({ error }, 'a long text over SMPP could not be taken in');
        this.#parts.postpone(key);
      }
    });
  }

  async #finish(key: string): Promise<void> {
    const text = this.#parts.read(key);
    if (!text) return;
    await this.#ingest(text, `text ${text.id}`, text.text, text.missing);
    await this.#parts.remove(key);
  }

  async #ingest(parties: Parties, eventId: string, text: string, missing: LongText['missing'] = []): Promise<void> {
    const { host, config, onHelp } = this.#options;
    const { sender, recipient } = parties;
    const at = host.clock.now();
    const wish = wishIn(text, config);
    const consent: InboundEvent[] =
      wish === 'stop' || wish === 'start'
        ? [{ type: 'consent', eventId: `consent ${eventId}`, sender, recipient, state: wish, at }]
        : [];
    const details = missing.length > 0 ? { details: { incomplete: true, missing } } : {};
    const parts = [{ kind: 'text', text }] as const;
    const message = {
      type: 'message',
      eventId,
      providerId: eventId,
      sender,
      recipient,
      at,
      parts,
      ...details,
    } as const;
    await host.ingest([...consent, message]);
    if (wish === 'help') onHelp(sender, recipient);
  }
}

function textOctets(pdu: Delivered): Uint8Array {
  return pdu.tlvs.get(tags.messagePayload) ?? (pdu.command === 'deliver_sm' ? pdu.shortMessage : new Uint8Array());
}

/** Of what is no text, that it came: it means something to programs on phones, not to people. */
function textOf(piece: EncodedText): string {
  return decodeText(piece) ?? `[A message of ${piece.octets.length} bytes that is no text]`;
}

import type { SenderHost } from '../channel.ts';
import type { InboundEvent, InboundMessage, InboundPart } from '../events.ts';
import type { Json } from '../json.ts';
import { createdAt, rowsOf, type TwilioApi, textIn } from './api.ts';
import { canonical, canonicalOwn, consentIn, mediaPart } from './inbound.ts';
import { readStatus } from './statuses.ts';

const minute = 60 * 1000;
/** Where Twilio reports by itself, this only finds what did not get through. */
const behindWebhooks = 5 * minute;
/** After a start the second look comes sooner: posts may just have failed, of messages that the first look left alone. */
const afterStart = 1.5 * minute;
/** Where it cannot, this is how messages come in. */
const withoutWebhooks = 15 * 1000;
/** So far back each look goes, so that what took its time is found, too. */
const lookBack = 60 * minute;
/** The server recognises repetitions for seven days; what is older could come twice. */
const longest = 6 * 24 * 60 * minute;
/** A post that is under way says more of a message than the list does. */
const yieldToWebhook = minute;
const pageSize = '200';
/** The name under which it is noted how far that went. */
const noted = 'swept';
/** Statuses that were reported before, in memory: a look back over an hour sees most of them many times. */
const mostSeen = 20_000;

/**
 * Looks through the list of messages that Twilio has, for what was not told: while this server was down, say, or because
 * it has no public URL.
 */
export class Sweep {
  readonly #api: TwilioApi;
  readonly #host: SenderHost;
  readonly #seen = new Set<string>();
  readonly #abort = new AbortController();
  #callOff: () => void = () => {};
  #working: Promise<void> | undefined;
  #looks = 0;
  /** Why the last look failed; null when it did not. */
  problem: string | null = null;

  constructor(api: TwilioApi, host: SenderHost) {
    this.#api = api;
    this.#host = host;
  }

  start(): void {
    this.#run();
  }

  async stop(): Promise<void> {
    this.#callOff();
    this.#abort.abort();
    await this.#working;
  }

  /** Resolves when no look is under way. */
  async idle(): Promise<void> {
    await this.#working;
  }

  #run(): void {
    const { clock, logger, webhookUrl } = this.#host;
    this.#working = this.#look()
      .then(
        () => {
          this.problem = null;
        },
        (error: unknown) => {
          this.problem = error instanceof Error ? error.message : String(error);
          if (!this.#abort.signal.aborted) logger.warn({ error }, 'the messages at Twilio could not be listed');
        },
      )
      .finally(() => {
        this.#working = undefined;
        if (this.#abort.signal.aborted) return;
        this.#looks += 1;
        const behind = this.#looks === 1 ? afterStart : behindWebhooks;
        const wait = webhookUrl === null ? withoutWebhooks : behind;
        this.#callOff = clock.at(clock.now() + wait, () => this.#run());
      });
  }

  async #look(): Promise<void> {
    const { clock, addresses } = this.#host;
    const now = clock.now();
    // What came before this server had to do with it was somebody else's.
    const swept = (await this.#host.recall<Swept>(noted)) ?? { begun: now, until: now };
    const since = Math.max(swept.begun, now - longest, Math.min(swept.until, now - lookBack));
    for (const address of addresses) {
      await this.#list({ To: address }, since, (row) => this.#received(row, now));
      await this.#list({ From: address }, since, (row) => this.#reported(row, now));
    }
    await this.#host.note(noted, { ...swept, until: now });
  }

  async #list(query: Record<string, string>, since: number, read: (row: Json) => Finding | null): Promise<void> {
    // The list takes days, not times; it begins with the newest.
    const filter = { ...query, 'DateSent>': new Date(since).toISOString().slice(0, 10), PageSize: pageSize };
    const found: Json[] = [];
    for await (const page of this.#api.pages('/Messages.json', filter, this.#abort.signal)) {
      if (page.status !== 200) throw new Error(`Twilio answered ${page.status} to a list of messages.`);
      const rows = rowsOf(page, 'messages');
      const recent = rows.filter((row) => createdAt(row) >= since);
      found.push(...recent);
      if (recent.length < rows.length) break;
    }
    // The oldest first, as they were written.
    for (const row of found.reverse()) {
      const finding = read(row);
      if (!finding || this.#seen.has(finding.key)) continue;
      await this.#host.ingest(await finding.events());
      this.#see(finding.key);
    }
  }

  #received(row: Json, now: number): Finding | null {
    const sid = textIn(row, 'sid');
    if (textIn(row, 'direction') !== 'inbound' || textIn(row, 'status') !== 'received') return null;
    if (this.#host.webhookUrl !== null && createdAt(row) > now - yieldToWebhook) return null;
    const body = textIn(row, 'body');
    const text: InboundPart[] = body === '' ? [] : [{ kind: 'text', text: body }];
    const events = async (): Promise<InboundEvent[]> => {
      const message: InboundMessage = {
        type: 'message',
        eventId: sid,
        providerId: sid,
        sender: canonical(textIn(row, 'from')),
        recipient: canonicalOwn(textIn(row, 'to')),
        at: createdAt(row),
        parts: [...text, ...(Number(textIn(row, 'num_media')) > 0 ? await this.#mediaOf(sid) : [])],
      };
      const consent = consentIn(new URLSearchParams({ Body: body }), message);
      return consent ? [consent, message] : [message];
    };
    return { key: sid, events };
  }

  async #mediaOf(message: string): Promise<InboundPart[]> {
    const answer = await this.#api.get(`/Messages/${message}/Media.json`, { PageSize: '50' }, this.#abort.signal);
    if (answer.status !== 200) throw new Error(`Twilio answered ${answer.status} to a list of files.`);
    return rowsOf(answer, 'media_list').map((row) => {
      const url = `${this.#api.url}${this.#api.base}/Messages/${message}/Media/${textIn(row, 'sid')}`;
      return mediaPart(url, textIn(row, 'content_type') || null, message);
    });
  }

  #reported(row: Json, now: number): Finding | null {
    const [sid, status] = [textIn(row, 'sid'), textIn(row, 'status')];
    const code = typeof row['error_code'] === 'number' ? row['error_code'] : 0;
    const report = { sid, status, code, key: `${status} listed`, to: textIn(row, 'to'), from: textIn(row, 'from') };
    const events = readStatus(report, now);
    return events.length > 0 ? { key: `${sid} ${status}`, events: async () => events } : null;
  }

  #see(key: string): void {
    this.#seen.add(key);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= mostSeen) break;
      this.#seen.delete(oldest);
    }
  }
}

/** Something in the list that may be news. */
interface Finding {
  key: string;
  events(): Promise<InboundEvent[]>;
}

/** Since when there is anything to look for, and how far it was looked for. In milliseconds. */
interface Swept {
  begun: number;
  until: number;
}

import type { Sid } from '@colloquy/protocol';
import type { InboundMedia, InboundMessage } from '../../channels/events.ts';
import { inboundInput } from '../../channels/ingest.ts';
import { type InboundMediaOptions, storeInboundMedia } from '../../channels/media/inbound.ts';
import { limitsThrough } from '../../channels/media/limits.ts';
import type { Registry } from '../../channels/registry.ts';
import { parseAddress } from '../../core/addresses.ts';
import type { Scheduler } from '../../core/clock.ts';
import { receiveInbound } from '../../core/inbound/actions.ts';
import { giveUpLateFile, queueLateFile } from '../../core/inbound/late-files.ts';
import type { InboundWorkPayload } from '../../core/inbound/queue.ts';
import { selectInbound } from '../../core/inbound/store.ts';
import { finishWork, retryWork, type Work } from '../../core/outbox/actions.ts';
import type { WorkHandler } from '../outbox.ts';

/** When to try again. A file may be there only some seconds after the message that tells of it. */
const waits = [1000, 3000, 10_000, 30_000];
/** What the message did not wait for is tried some more, up to a day. */
const lateWaits = [2, 10, 60, 4 * 60, 8 * 60, 12 * 60].map((minutes) => minutes * 60 * 1000);
const fetchTimeout = 40_000;

export interface InboundFilesOptions extends InboundMediaOptions {
  registry: Registry;
  clock: Scheduler;
  groupTexting: boolean;
  account: Sid<'AC'>;
}

/**
 * Fetches the files of messages from outside, then has the message taken in: with what there is after 45 seconds, and
 * the rest as messages of their own when it can be had.
 */
export class InboundFiles implements WorkHandler {
  readonly #options: InboundFilesOptions;
  readonly #actor: { kind: 'system'; account: Sid<'AC'> };

  constructor(options: InboundFilesOptions) {
    this.#options = options;
    this.#actor = { kind: 'system', account: options.account };
  }

  async handle(work: Work, signal: AbortSignal): Promise<void> {
    const { core, registry, clock, groupTexting } = this.#options;
    const { channel: name, eventId, late = false } = JSON.parse(work.payload) as InboundWorkPayload;
    const row = await selectInbound(core.db, name, eventId);
    if (!row) {
      await core.run(finishWork, this.#actor, work);
      return;
    }
    const event = JSON.parse(row.payload) as InboundMessage;
    const channel = registry.channels.find((one) => one.name === name);
    const giveUp = new AbortController();
    const callOff = clock.at(clock.now() + fetchTimeout, () => giveUp.abort());
    const either = AbortSignal.any([signal, giveUp.signal]);
    const fetch = async (source: unknown) => {
      if (!channel?.fetchMedia) throw new Error(`No channel ${name} fetches files now.`);
      const fetched = await Promise.race([channel.fetchMedia(source, either), givenUp(either)]);
      // Bytes that do not come, or do not end, are given up like an answer that does not.
      either.addEventListener('abort', () => fetched.bytes.destroy(tooSlow()), { once: true });
      return fetched;
    };
    const limits = channel ? limitsThrough(channel.capabilities, core.limits) : core.limits;
    const taking = { ...this.#options, limits };
    const { stored, missing } = await storeInboundMedia(taking, event.sender, event.parts, fetch).finally(callOff);
    if (signal.aborted && missing.length > 0) {
      // Called off, and not refused: this was none of the attempts.
      const back = { ...work, notBefore: clock.now(), error: work.lastError, counted: false };
      await core.run(retryWork, this.#actor, back);
      return;
    }
    // Where the source is silent, what the person wrote has waited long enough.
    const waiting = giveUp.signal.aborted ? [] : waits;
    const wait = (late ? lateWaits : waiting)[work.attempt - 1];
    if (missing.length > 0 && wait !== undefined) {
      const error = JSON.stringify({ code: 'file', message: `${missing.length} files could not be fetched.` });
      await core.run(retryWork, this.#actor, {
        ...work,
        notBefore: clock.now() + wait,
        error,
        counted: true,
      });
      return;
    }
    if (!late) for (const file of missing) await core.run(queueLateFile, this.#actor, lateFile(event, name, file));
    const { id, lease } = work;
    if (late && stored.length === 0) {
      await core.run(giveUpLateFile, this.#actor, { channel: name, eventId, queued: { id, lease } });
      return;
    }
    const input = inboundInput(withoutLost(event, stored.length, missing), name, groupTexting);
    const from = parseAddress(event.sender);
    const actor = { ...this.#actor, channel: from.ok ? from.type : name };
    const settled = { ...input, media: stored, expected: null, awaitsFiles: false, queued: { id, lease } };
    await core.run(receiveInbound, actor, settled);
  }

  /** Whoever had it fetched some files and no more: they go, since nothing refers to them. */
  recover(work: Work, signal: AbortSignal): Promise<void> {
    return this.handle(work, signal);
  }
}

function givenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(tooSlow());
    else signal.addEventListener('abort', () => reject(tooSlow()), { once: true });
  });
}

function tooSlow(): Error {
  return new Error('The file took too long.');
}

const lateMark = '#late ';

/** A message of its own for a file that its message did not wait for. */
function lateFile(event: InboundMessage, channel: string, file: InboundMedia) {
  const at = event.parts.indexOf(file);
  const eventId = `${event.eventId}${lateMark}${at}`;
  const { sender, recipient, others, conversation, thread, providerId } = event;
  const late: InboundMessage = {
    type: 'message',
    eventId,
    providerId: `${providerId}${lateMark}${at}`,
    sender,
    recipient,
    ...(others && { others }),
    ...(conversation !== undefined && { conversation }),
    ...(thread && { thread }),
    at: event.at,
    parts: [file],
    replyTo: providerId,
  };
  return { channel, eventId, providerId: late.providerId, payload: JSON.stringify(late) };
}

/** Says what is missing, and says it in words where there would be nothing else to show. */
function withoutLost(event: InboundMessage, stored: number, missing: readonly InboundMedia[]): InboundMessage {
  const files = event.parts.filter((part) => part.kind === 'media');
  if (stored === files.length) return event;
  const lost = missing.length > 0 ? missing : files;
  const described = lost.map(({ contentType, filename }) => ({ contentType, filename }));
  const silent = stored === 0 && files.length === event.parts.length;
  const words = lost.map(({ contentType, filename }) => `[${filename ?? contentType ?? 'file'}: not available]`);
  return {
    ...event,
    parts: silent ? [...event.parts, { kind: 'text', text: words.join('\n') }] : event.parts,
    details: { ...event.details, missingFiles: described },
  };
}

import type { MessageResource } from '@colloquy/protocol';
import { abortable } from '../call-options.ts';
import { backoff } from '../connection/backoff.ts';
import { keyLastsFor, newKey, type Result } from '../connection/requests.ts';
import type { Context } from '../context.ts';
import { call, throwLater } from '../emitter.ts';
import { type ColloquyError, isClosed, isTemporary, libraryError } from '../errors.ts';
import { uploadAll } from '../media/upload.ts';
import type { MessageContent, SendOptions } from '../message-builder.ts';
import { type Entry, entryOf, isOf, storedOf } from './entry.ts';
import type { MessageStorage } from './message-storage.ts';
import { type PendingActions, PendingMessage } from './pending-message.ts';

/** So many messages of a conversation are under way at a time, without waiting for each other's answers. */
const underWayAtMost = 64;
/** Refused messages that are remembered, of all conversations together. */
const failedAtMost = 100;

/** The messages of one conversation, in the order in which they are sent. */
interface Lane {
  readonly conversation: string;
  entries: Entry[];
  isBusy: boolean;
  /** Runs while the server wants to be left alone. */
  pause: unknown;
  failures: number;
  views: readonly PendingMessage[] | undefined;
}

/**
 * Sends messages: each once, those of a conversation in their order, whatever happens to the connection, and with a
 * storage also to the page. Each has a key, by which the server knows it again. Many are under way at a time; each of
 * them names the one before it, without which the server refuses it, so that none overtakes one that was turned away.
 */
export class SendQueue implements PendingActions {
  readonly #context: Context;
  readonly #storage: MessageStorage | undefined;
  readonly #lanes = new Map<string, Lane>();
  #scope = '';
  #isOpen = false;
  #ended: ColloquyError | undefined;
  #isLoaded: boolean;
  /** One thing at a time: what is removed must not come back by a save that was slower. */
  #storing: Promise<unknown> = Promise.resolve();

  constructor(context: Context, storage: MessageStorage | undefined) {
    this.#context = context;
    this.#storage = storage;
    this.#isLoaded = !storage;
  }

  /** The user is known: what was left over from a former page comes first. */
  async begin(scope: string): Promise<void> {
    this.#scope = scope;
    if (!this.#storage) return;
    try {
      const stored = await this.#storage.load(scope);
      for (const one of [...stored].reverse()) {
        // What another version kept, or somebody spoilt, must not hold up what can be sent.
        if (!one?.content || !one.conversation) continue;
        const { entries } = this.#lane(one.conversation);
        if (!entries.some(({ key }) => key === one.key)) entries.unshift(entryOf(one));
      }
    } catch (error) {
      throwLater(error);
    }
    this.#isLoaded = true;
    for (const sid of this.#lanes.keys()) this.#changed(sid);
    if (this.#isOpen) this.open();
  }

  /** There is a connection. */
  open(): void {
    this.#isOpen = true;
    for (const lane of this.#lanes.values()) void this.#run(lane);
  }

  close(): void {
    this.#isOpen = false;
  }

  /** There will be no connection any more. What is stored stays there for the next client. */
  end(error: ColloquyError): void {
    this.close();
    this.#ended = error;
    for (const lane of this.#lanes.values()) {
      this.#context.timers.clear(lane.pause);
      for (const entry of lane.entries) {
        entry.upload?.abort();
        entry.reject?.(error);
      }
    }
    void this.#store(async (storage) => storage.close?.());
  }

  /** @returns the index of the message */
  send(conversation: string, content: MessageContent, options: SendOptions = {}): Promise<number> {
    if (this.#ended) return Promise.reject(this.#ended);
    const created = this.#context.timers.now();
    const attempted = this.#isOpen ? created : null;
    const stored = { key: newKey(), conversation, content, created, attempted, media: null, failure: null };
    const entry = { ...entryOf(stored), onProgress: options.onProgress };
    const sent = abortable(this.#promise(entry), options, () => this.remove(entry));
    if (options.signal?.aborted) return sent;
    this.#enqueue(entry);
    return sent;
  }

  /** Those of a conversation, or all. The list is another one after each change, and only then. */
  pending(conversation?: string): readonly PendingMessage[] {
    if (conversation === undefined) return [...this.#lanes.keys()].flatMap((sid) => this.pending(sid));
    const lane = this.#lanes.get(conversation);
    if (!lane) return none;
    lane.views ??= lane.entries.filter(({ isShown }) => !isShown).map((entry) => this.#view(entry));
    return lane.views;
  }

  /** A message of the own user appeared: it is pending no longer, even if the answer is yet to come. */
  saw(message: MessageResource): void {
    const lane = this.#lanes.get(message.conversationSid);
    const entry = lane?.entries.find(
      (one) => (one.state === 'sending' || one.state === 'stored') && !one.isShown && isOf(one, message),
    );
    if (!entry) return;
    Object.assign(entry, { isShown: true, index: message.index });
    this.#changed(message.conversationSid);
  }

  retry(entry: Entry): Promise<number> {
    const isThere = this.#take(this.#lane(entry.conversation), entry, 'failed');
    const sent = isThere ? this.#promise(entry) : Promise.reject<number>(libraryError(105));
    // Whoever does not wait for it sees the failure in the list.
    sent.catch(() => {});
    if (!isThere) return sent;
    if (entry.error?.code === 106) {
      this.#forget(entry);
      entry.key = newKey();
      entry.attempted = null;
    }
    Object.assign(entry, { state: 'waiting', error: null, media: null });
    this.#enqueue(entry);
    return sent;
  }

  remove(entry: Entry): boolean {
    const lane = this.#lane(entry.conversation);
    if (!this.#take(lane, entry, 'failed', 'waiting', 'uploading')) return false;
    entry.upload?.abort();
    this.#forget(entry);
    entry.reject?.(libraryError(105));
    this.#changed(entry.conversation);
    return true;
  }

  #enqueue(entry: Entry): void {
    const lane = this.#lane(entry.conversation);
    lane.entries.push(entry);
    this.#save(entry);
    this.#changed(entry.conversation, entry);
    void this.#run(lane);
  }

  /** Sends what can be sent now. */
  async #run(lane: Lane): Promise<void> {
    if (lane.isBusy) return;
    lane.isBusy = true;
    while (this.#isOpen && this.#isLoaded && lane.pause === undefined) {
      const entry = next(lane);
      if (!entry || lane.entries.filter(({ state }) => state === 'sending').length >= underWayAtMost) break;
      const preparing = this.#prepare(lane, entry);
      // Without anything to wait for, the message leaves in the turn in which it was given.
      if (preparing) await preparing;
      // Much may have happened meanwhile: the one before it may have been turned away, and comes first then.
      const isNext = this.#isOpen && lane.pause === undefined && next(lane) === entry;
      if (isNext && (!entry.content.files?.length || entry.media)) this.#issue(lane, entry);
    }
    lane.isBusy = false;
    this.#tidy(lane);
  }

  /** @returns nothing if there is nothing to do first */
  #prepare(lane: Lane, entry: Entry): Promise<unknown> | undefined {
    const now = this.#context.timers.now();
    if (entry.attempted === null) {
      entry.attempted = now;
      this.#save(entry);
    } else if (now - entry.attempted > keyLastsFor) {
      this.#fail(entry, libraryError(106));
    }
    if (entry.content.files?.length && !entry.media && entry.state === 'waiting') return this.#upload(lane, entry);
    // On record before it leaves: after a crash nobody could tell otherwise whether its key still counts.
    return this.#storage && this.#storing;
  }

  async #upload(lane: Lane, entry: Entry): Promise<unknown> {
    entry.state = 'uploading';
    entry.upload = new AbortController();
    const { signal } = entry.upload;
    const onProgress = (progress: number | null) => {
      entry.progress = progress;
      this.#changed(entry.conversation, entry);
    };
    onProgress(0);
    try {
      const options = {
        signal,
        onProgress: (progress: number) => {
          onProgress(progress);
          if (entry.onProgress) call(entry.onProgress, [progress as never]);
        },
      };
      entry.media = await uploadAll(() => this.#context.uploadTarget(), entry.content.files ?? [], options);
      entry.state = 'waiting';
      this.#save(entry);
    } catch (error) {
      if (!signal.aborted) this.#refused(lane, entry, error as ColloquyError);
    }
    onProgress(null);
    return this.#storing;
  }

  #issue(lane: Lane, entry: Entry): void {
    const { conversation, key, media } = entry;
    const before = lane.entries
      .slice(0, lane.entries.indexOf(entry))
      .filter(({ state }) => state === 'sending')
      .at(-1);
    entry.state = 'sending';
    this.#changed(conversation, entry);
    const params = {
      conversation,
      key,
      ...entry.content,
      files: undefined,
      media: media ?? undefined,
      after: before?.key,
    };
    this.#context.request('messages.send', params).then(
      (answer) => this.#arrived(lane, entry, answer),
      (error: ColloquyError) => this.#refused(lane, entry, error),
    );
  }

  async #arrived(lane: Lane, entry: Entry, answer: Result<'messages.send'>): Promise<void> {
    entry.state = 'stored';
    lane.failures = 0;
    this.#forget(entry);
    void this.#run(lane);
    await this.#context.conversations.find(answer.conversationSid)?._sent(answer);
    this.#done(lane, entry, answer.index);
  }

  #done(lane: Lane, entry: Entry, index: number): void {
    this.#take(lane, entry, entry.state);
    this.#changed(entry.conversation);
    entry.resolve?.(index);
  }

  #refused(lane: Lane, entry: Entry, error: ColloquyError): void {
    const { code, status } = error;
    // No answer will ever come, but its event did.
    if (code === 106 && entry.index !== undefined) {
      this.#forget(entry);
      return this.#done(lane, entry, entry.index);
    }
    // 110, 401: an upload that broke off, or whose token had ended.
    const later = isTemporary(error) || status === 401 || code === 110;
    // Its files waited too long for it: the server keeps them for five minutes.
    const forgotten = code === 50507 && entry.media !== null && !entry.isRenewed;
    if (forgotten) Object.assign(entry, { media: null, isRenewed: true });
    entry.isShown = false;
    // The client was shut down: it may have arrived.
    if (isClosed(error)) return entry.reject?.(error);
    // 20412: the one before it was turned away.
    if (!later && !forgotten && code !== 20412) this.#fail(entry, error);
    else entry.state = 'waiting';
    if (later) this.#pause(lane, error.retryAfter === undefined ? backoff(lane.failures++) : error.retryAfter * 1000);
    this.#changed(entry.conversation, entry);
    void this.#run(lane);
  }

  #pause(lane: Lane, ms: number): void {
    this.#context.timers.clear(lane.pause);
    lane.pause = this.#context.timers.set(() => {
      lane.pause = undefined;
      void this.#run(lane);
    }, ms);
  }

  #fail(entry: Entry, error: ColloquyError): void {
    Object.assign(entry, { state: 'failed', error });
    this.#save(entry);
    this.#changed(entry.conversation, entry);
    entry.reject?.(error);
    const failed = [...this.#lanes.values()].flatMap(({ entries }) =>
      entries.filter(({ state }) => state === 'failed'),
    );
    if (failed.length > failedAtMost) this.remove(failed.sort((a, b) => a.created - b.created)[0] as Entry);
  }

  /** Out of the lane, if it is in one of these states. */
  #take(lane: Lane, entry: Entry, ...states: Entry['state'][]): boolean {
    const isThere = lane.entries.includes(entry) && states.includes(entry.state);
    if (isThere) lane.entries = lane.entries.filter((other) => other !== entry);
    this.#tidy(lane);
    return isThere;
  }

  #tidy(lane: Lane): void {
    if (!lane.entries.length && !lane.isBusy && lane.pause === undefined) this.#lanes.delete(lane.conversation);
  }

  #promise(entry: Entry): Promise<number> {
    return new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
  }

  #lane(conversation: string): Lane {
    const known = this.#lanes.get(conversation);
    if (known) return known;
    const lane = { conversation, entries: [], isBusy: false, pause: undefined, failures: 0, views: undefined };
    this.#lanes.set(conversation, lane);
    return lane;
  }

  #view(entry: Entry): PendingMessage {
    entry.view ??= new PendingMessage(entry, this);
    return entry.view;
  }

  #changed(conversation: string, entry?: Entry): void {
    if (entry) entry.view = undefined;
    const lane = this.#lanes.get(conversation);
    if (lane) lane.views = undefined;
    const { conversations, emit } = this.#context;
    const shown = conversations.find(conversation);
    shown?.emit('pendingMessagesChanged', shown);
    emit('pendingMessagesChanged', conversation);
  }

  #save(entry: Entry): Promise<unknown> {
    return this.#store((storage) => storage.save(this.#scope, storedOf(entry)));
  }

  #forget({ key }: Entry): void {
    void this.#store((storage) => storage.remove(this.#scope, key));
  }

  #store(work: (storage: MessageStorage) => Promise<void>): Promise<unknown> {
    const storage = this.#storage;
    if (storage) this.#storing = this.#storing.then(() => work(storage)).catch(throwLater);
    return this.#storing;
  }
}

const none: readonly PendingMessage[] = [];

function next({ entries }: Lane): Entry | undefined {
  return entries.find(({ state }) => state === 'waiting');
}

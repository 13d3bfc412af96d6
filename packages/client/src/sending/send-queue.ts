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

/** How the sending of one conversation's messages goes. */
interface Lane {
  readonly conversation: string;
  isBusy: boolean;
  /** Runs while the server wants to be left alone. */
  restTimer: unknown;
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
  /** Of all conversations, in the order in which they are sent. */
  #entries: Entry[] = [];
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
  async loadFor(scope: string): Promise<void> {
    this.#scope = scope;
    try {
      const stored = (await this.#storage?.load(scope)) ?? [];
      const known = new Set(this.#entries.map(({ key }) => key));
      // What another version kept, or somebody spoilt, must not hold up what can be sent.
      const left = stored.filter((one) => one?.content && one.conversation && !known.has(one.key)).map(entryOf);
      this.#entries.unshift(...left);
      for (const entry of left) this.#changed(entry);
    } catch (error) {
      throwLater(error);
    }
    this.#isLoaded = true;
    if (this.#isOpen) this.open();
  }

  /** There is a connection. */
  open(): void {
    this.#isOpen = true;
    for (const { conversation } of this.#entries) void this.#run(this.#lane(conversation));
  }

  close(): void {
    this.#isOpen = false;
  }

  /** There will be no connection any more. What is stored stays there for the next client. */
  end(error: ColloquyError): void {
    this.close();
    this.#ended = error;
    for (const lane of this.#lanes.values()) this.#context.timeSource.clear(lane.restTimer);
    for (const entry of this.#entries) {
      entry.uploadStop?.abort();
      entry.reject?.(error);
    }
    void this.#store(async (storage) => storage.close?.());
  }

  /** @returns the index of the message */
  send(conversation: string, content: MessageContent, options: SendOptions = {}): Promise<number> {
    if (this.#ended) return Promise.reject(this.#ended);
    const created = this.#context.timeSource.now();
    const attempted = this.#isOpen ? created : null;
    const entry = entryOf({ key: newKey(), conversation, content, created, attempted, media: null, failure: null });
    entry.onProgress = options.onProgress;
    const sent = abortable(promised(entry), options, () => this.remove(entry));
    if (!options.signal?.aborted) this.#enqueue(entry);
    return sent;
  }

  /** Those of a conversation, or all. That of a conversation is another one after each change, and only then. */
  viewsOf(conversation?: string): readonly PendingMessage[] {
    const lane: Partial<Lane> = conversation === undefined ? {} : this.#lane(conversation);
    lane.views ??= this.#entries.flatMap((entry) => {
      if (entry.isShown || (conversation ?? entry.conversation) !== entry.conversation) return [];
      entry.lastView ??= new PendingMessage(entry, this);
      return entry.lastView;
    });
    return lane.views;
  }

  /** A message of the own user appeared: it is pending no longer, even if the answer is yet to come. */
  saw(message: MessageResource): void {
    const entry = this.#entries.find(
      (one) => one.conversation === message.conversationSid && isSent(one) && !one.isShown && isOf(one, message),
    );
    if (!entry) return;
    Object.assign(entry, { isShown: true, index: message.index });
    this.#changed(entry);
  }

  async retry(entry: Entry): Promise<number> {
    if (entry.sendState !== 'failed') throw libraryError(105);
    this.#drop(entry);
    if (entry.error?.code === 106) {
      this.#forget(entry);
      entry.key = newKey();
      entry.attempted = null;
    }
    Object.assign(entry, { sendState: 'waiting', error: null, media: null });
    const sent = promised(entry);
    this.#enqueue(entry);
    return sent;
  }

  remove(entry: Entry): boolean {
    if (isSent(entry)) return false;
    entry.uploadStop?.abort();
    this.#forget(entry);
    entry.reject?.(libraryError(105));
    this.#drop(entry);
    return true;
  }

  #enqueue(entry: Entry): void {
    this.#entries.push(entry);
    this.#save(entry);
    this.#changed(entry);
    void this.#run(this.#lane(entry.conversation));
  }

  /** It is in the list no more. */
  #drop(entry: Entry): void {
    entry.sendState = 'stored';
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#changed(entry);
  }

  /** Those of a conversation that are in a state. */
  #in(state: Entry['sendState'], { conversation }: Pick<Entry, 'conversation'>, entries = this.#entries): Entry[] {
    return entries.filter((entry) => entry.sendState === state && entry.conversation === conversation);
  }

  /** The one whose turn it is now, if any. */
  #next(lane: Lane): Entry | undefined {
    return this.#isOpen && this.#isLoaded && lane.restTimer === undefined ? this.#in('waiting', lane)[0] : undefined;
  }

  /** Sends what can be sent now. */
  async #run(lane: Lane): Promise<void> {
    if (lane.isBusy) return;
    lane.isBusy = true;
    for (let entry = this.#next(lane); entry; entry = this.#next(lane)) {
      if (this.#in('sending', lane).length >= underWayAtMost) break;
      const preparing = this.#prepare(lane, entry);
      // Without anything to wait for, the message leaves in the turn in which it was given.
      if (preparing) await preparing;
      // Much may have happened meanwhile: the one before it may have been turned away, and comes first then.
      if (this.#next(lane) === entry) this.#issue(lane, entry);
    }
    lane.isBusy = false;
  }

  /** @returns nothing if there is nothing to do first */
  #prepare(lane: Lane, entry: Entry): Promise<unknown> | undefined {
    const now = this.#context.timeSource.now();
    if (entry.attempted === null) {
      entry.attempted = now;
      this.#save(entry);
    } else if (now - entry.attempted > keyLastsFor) {
      this.#fail(entry, libraryError(106));
      return undefined;
    }
    if (entry.content.files?.length && !entry.media) return this.#upload(lane, entry);
    // On record before it leaves: after a crash nobody could tell otherwise whether its key still counts.
    return this.#storage && this.#storing;
  }

  async #upload(lane: Lane, entry: Entry): Promise<unknown> {
    entry.sendState = 'uploading';
    entry.uploadStop = new AbortController();
    const { signal } = entry.uploadStop;
    const show = (progress: number | null) => {
      entry.progress = progress;
      this.#changed(entry);
    };
    const onProgress = (progress: number) => {
      show(progress);
      call(entry.onProgress, progress);
    };
    show(0);
    try {
      entry.media = await uploadAll(this.#context, entry.content.files ?? [], { signal, onProgress });
      entry.sendState = 'waiting';
      this.#save(entry);
    } catch (error) {
      if (!signal.aborted) this.#refused(lane, entry, error as ColloquyError);
    }
    show(null);
    return this.#storing;
  }

  #issue(lane: Lane, entry: Entry): void {
    const { conversation, key, media, content } = entry;
    const earlier = this.#entries.slice(0, this.#entries.indexOf(entry));
    const before = this.#in('sending', entry, earlier).at(-1);
    entry.sendState = 'sending';
    this.#changed(entry);
    const params = { conversation, key, ...content, files: undefined, media: media ?? undefined, after: before?.key };
    this.#context.ask('messages.send', params).then(
      (answer) => this.#arrived(lane, entry, answer),
      (error: ColloquyError) => this.#refused(lane, entry, error),
    );
  }

  async #arrived(lane: Lane, entry: Entry, answer: Result<'messages.send'>): Promise<void> {
    entry.sendState = 'stored';
    lane.failures = 0;
    this.#forget(entry);
    void this.#run(lane);
    await this.#context.conversationStore.lookUp(answer.conversationSid)?._sent(answer);
    this.#done(entry, answer.index);
  }

  #done(entry: Entry, index: number): void {
    this.#drop(entry);
    entry.resolve?.(index);
  }

  #refused(lane: Lane, entry: Entry, error: ColloquyError): void {
    const { code, status, retryAfter } = error;
    // No answer will ever come, but its event did.
    if (code === 106 && entry.index !== undefined) {
      this.#forget(entry);
      return this.#done(entry, entry.index);
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
    else entry.sendState = 'waiting';
    if (later) {
      const { timeSource } = this.#context;
      timeSource.clear(lane.restTimer);
      const rested = () => {
        lane.restTimer = undefined;
        void this.#run(lane);
      };
      lane.restTimer = timeSource.set(rested, retryAfter === undefined ? backoff(lane.failures++) : retryAfter * 1000);
    }
    this.#changed(entry);
    void this.#run(lane);
  }

  #fail(entry: Entry, error: ColloquyError): void {
    Object.assign(entry, { sendState: 'failed', error });
    this.#save(entry);
    this.#changed(entry);
    entry.reject?.(error);
    const failed = this.#entries.filter(({ sendState }) => sendState === 'failed');
    if (failed.length > failedAtMost) this.remove(failed[0] as Entry);
  }

  #lane(conversation: string): Lane {
    let lane = this.#lanes.get(conversation);
    if (!lane) {
      lane = { conversation, isBusy: false, restTimer: undefined, failures: 0, views: undefined };
      this.#lanes.set(conversation, lane);
    }
    return lane;
  }

  #changed(entry: Entry): void {
    const { conversation } = entry;
    const { conversationStore, emit } = this.#context;
    entry.lastView = this.#lane(conversation).views = undefined;
    const shown = conversationStore.lookUp(conversation);
    shown?.emit('pendingMessagesChanged', shown);
    emit('pendingMessagesChanged', conversation);
  }

  #save(entry: Entry): void {
    void this.#store((storage) => storage.save(this.#scope, storedOf(entry)));
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

/** Is it too late to take it back? */
function isSent({ sendState }: Entry): boolean {
  return sendState === 'sending' || sendState === 'stored';
}

/** Somebody waits for it. */
function promised(entry: Entry): Promise<number> {
  const sent = new Promise<number>((resolve, reject) => Object.assign(entry, { resolve, reject }));
  // Who does not wait after all sees the failure in the list.
  sent.catch(() => {});
  return sent;
}

import type { AnyStreamEvent, ParticipantResource } from '@colloquy/protocol';
import { abortable, type CallOptions } from '../call-options.ts';
import { largestPage } from '../connection/wire.ts';
import type { Context } from '../context.ts';
import type { Conversation } from '../conversation.ts';
import { notFound } from '../errors.ts';
import { everyPage } from '../paginator.ts';
import { Participant } from '../participant.ts';

/**
 * The participants of one conversation. The list is fetched when it is asked for, and is kept complete by events
 * from then on while the user is in the conversation. Before that, participants are made as events name them.
 */
export class Roster {
  readonly #context: Context;
  readonly #conversation: Conversation;
  /** Everybody, or as many as are known while the list is being fetched. */
  #all: Map<string, Participant> | undefined;
  #fetched: Promise<Map<string, Participant>> | undefined;

  constructor(context: Context, conversation: Conversation) {
    this.#context = context;
    this.#conversation = conversation;
  }

  /** What was known no longer holds: the user came in, or went out. */
  forgetAll(): void {
    for (const { sid } of this.known()) this.#context.participantCache.delete(sid);
    this.#all = undefined;
    this.#fetched = undefined;
  }

  async listAll(options?: CallOptions): Promise<Participant[]> {
    // Without events the list would be out of date as soon as it is there, so it is not kept.
    if (this.#conversation._membership && !this.#fetched) {
      this.#all = new Map();
      this.#fetched = this.#fetch(this.#all);
    }
    const fetched = await abortable(this.#fetched ?? this.#fetch(new Map()), options);
    return [...(this.#all ?? fetched).values()];
  }

  /** By SID or identity. @throws ColloquyError 50432 */
  async byRef(ref: string, options?: CallOptions): Promise<Participant> {
    return this.lookUp(ref) ?? this.#get(ref, options);
  }

  /** Among those who are known. */
  lookUp(ref: string): Participant | undefined {
    if (!this.#conversation._membership) return undefined;
    const bySid = this.#find(ref);
    if (bySid?.conversation === this.#conversation) return bySid;
    return [...(this.#all?.values() ?? [])].find(({ identity }) => identity === ref);
  }

  async #get(participant: string, options?: CallOptions): Promise<Participant> {
    const conversation = this.#conversation.sid;
    const params = { conversation, participant };
    const data = await this.#context.ask('participants.get', params, options);
    // Removed while the answer was on its way.
    if (this.#context.removedSids.has(data.sid)) throw notFound(50432, 'Participant');
    return this.upsert(data);
  }

  async #fetch(into: Map<string, Participant>): Promise<Map<string, Participant>> {
    try {
      const conversation = this.#conversation.sid;
      await everyPage(
        (next) => this.#context.ask('participants.list', { conversation, limit: largestPage, next }),
        ({ items }) => {
          for (const data of items) if (!this.#context.removedSids.has(data.sid)) into.set(data.sid, this.upsert(data));
        },
      );
    } catch (error) {
      // The next who asks tries again.
      if (this.#all === into) this.#fetched = undefined;
      throw error;
    }
    return into;
  }

  /** Those that the program may have. */
  known(): Participant[] {
    return [...(this.#all?.values() ?? []), ...this.#context.participantCache.of(this.#conversation)];
  }

  #find(sid: string): Participant | undefined {
    return this.#all?.get(sid) ?? this.#context.participantCache.get(sid);
  }

  /** The object of a participant, with that state unless a newer one is known. Of an update of one unknown, all is new. */
  upsert(data: ParticipantResource, isUpdate = false): Participant {
    const known = this.#find(data.sid);
    const participant = known ?? new Participant(this.#context, this.#conversation, data);
    this.#context.participantCache.add(participant);
    if (known) known._take(data);
    else if (isUpdate) participant._tellUpdated({}, data);
    return participant;
  }

  remove(data: ParticipantResource): void {
    if (this.#context.removedSids.has(data.sid)) return;
    const participant = this.upsert(data);
    this.#context.removedSids.add(data.sid);
    this.#context.participantCache.delete(data.sid);
    this.#all?.delete(data.sid);
    participant._endTyping();
    this.#conversation._tell('participantLeft', participant);
  }

  onEvent(event: AnyStreamEvent): void {
    if (event.type === 'participant.added') {
      const participant = this.upsert(event.data);
      this.#all?.set(participant.sid, participant);
      this.#conversation._tell('participantJoined', participant);
    } else if (event.type === 'participant.updated') {
      this.upsert(event.data, true);
    } else if (event.type === 'participant.removed') {
      this.remove(event.data);
    }
  }
}

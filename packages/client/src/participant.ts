import type { ParticipantResource } from '@colloquy/protocol';
import type { CallOptions } from './call-options.ts';
import type { Context } from './context.ts';
import type { Conversation } from './conversation.ts';
import { libraryError } from './errors.ts';
import { nameEvents } from './event-names.ts';
import { type JSONValue, writeJson } from './json.ts';
import { Mirror, type Reasons } from './mirror.ts';
import type { User } from './user.ts';

/** What has changed of a participant: the properties of these names. */
export type ParticipantUpdateReason =
  | 'attributes'
  | 'dateCreated'
  | 'dateUpdated'
  | 'roleSid'
  | 'lastReadMessageIndex'
  | 'lastReadTimestamp'
  | 'bindings';

/** `chat`, or the channel on which a participant outside chat is reached: `sms`, `whatsapp`, `email` and others. */
export type ParticipantType = string;

export interface ParticipantUpdatedEventArgs {
  participant: Participant;
  updateReasons: ParticipantUpdateReason[];
}

/** How a participant outside chat is reached. */
export interface ParticipantBinding {
  /** Of the person. */
  address: string | null;
  /** Yours, from which the person hears. */
  proxyAddress: string | null;
  /** For a chat participant of a group text: the address under which the others see him. */
  projectedAddress: string | null;
}

export type ParticipantEmailLevel = 'to' | 'cc';

/** How a participant is reached by e-mail. */
export interface ParticipantEmailBinding {
  /** Empty where there is none. */
  name: string;
  address: string;
  level: ParticipantEmailLevel;
}

/** By type of the participant; empty for chat. */
export interface ParticipantBindings {
  email?: ParticipantEmailBinding & ParticipantBinding;
  [type: string]: ParticipantBinding | undefined;
}

/** For adding a participant by e-mail. */
export interface ParticipantBindingOptions {
  email?: Partial<ParticipantEmailBinding>;
}

export type ParticipantEvents = {
  /** He has begun to type; never the user himself. */
  typingStarted: (participant: Participant) => void;
  /** He has sent what he typed, or has not typed for a while. */
  typingEnded: (participant: Participant) => void;
  /** A property of him has changed, such as how far he has read. */
  updated: (data: ParticipantUpdatedEventArgs) => void;
};

const participantReasons: Reasons<ParticipantResource, ParticipantUpdateReason> = [
  'attributes',
  'roleSid',
  'lastReadMessageIndex',
  'lastReadTimestamp',
  'binding bindings',
  'dateCreated',
  'dateUpdated',
];

/** Somebody in a conversation: a chat user, or a person on a channel outside chat. */
export class Participant extends Mirror<ParticipantEvents> {
  /** @internal */
  static readonly _events: unknown = /* @__PURE__ */ nameEvents(this, ['typingStarted', 'typingEnded', 'updated']);
  /** @internal */
  declare _data: ParticipantResource;
  declare static readonly typingStarted: 'typingStarted';
  declare static readonly typingEnded: 'typingEnded';
  declare static readonly updated: 'updated';
  declare readonly conversation: Conversation;
  #typing: unknown;

  /** @internal */
  constructor(context: Context, conversation: Conversation, data: ParticipantResource) {
    super('participant', participantReasons, context, data, conversation);
  }

  declare readonly sid: string;

  /** Null for participants outside chat. */
  declare readonly identity: string | null;

  declare readonly type: ParticipantType;

  /** How he is reached outside chat. */
  get bindings(): ParticipantBindings {
    const { binding, type } = this._data;
    return binding ? { [type]: binding } : {};
  }

  declare readonly roleSid: string | null;

  /** Index of the last message that the participant has read; null if he never said. */
  declare readonly lastReadMessageIndex: number | null;

  /** When the read horizon was moved last. */
  declare readonly lastReadTimestamp: Date | null;

  declare readonly dateCreated: Date | null;

  declare readonly dateUpdated: Date | null;

  /** Is he typing now? */
  get isTyping(): boolean {
    return this.#typing !== undefined;
  }

  /**
   * The user behind a chat participant, kept up to date from now on.
   *
   * @throws ColloquyError 103 for a participant outside chat
   */
  async getUser(options?: CallOptions): Promise<User> {
    if (this.identity === null) throw libraryError(103);
    return this._context.userStore.get(this.identity, options);
  }

  /** Takes the participant out of the conversation. */
  remove(options?: CallOptions): Promise<void> {
    return this.conversation.removeParticipant(this, options);
  }

  /** At most 4 KB of JSON. */
  async updateAttributes(attributes: JSONValue, options?: CallOptions): Promise<Participant> {
    const { conversation } = this;
    const params = { participant: this.sid, attributes: writeJson(attributes) };
    await conversation._commit('participants.update', params, options, (answer) => conversation._roster.upsert(answer));
    return this;
  }

  /** @internal */
  _startTyping(): void {
    const { timeSource, typingLasts } = this._context;
    const wasTyping = this.isTyping;
    timeSource.clear(this.#typing);
    this.#typing = timeSource.set(() => this._endTyping(), typingLasts);
    if (!wasTyping) this.#tell('typingStarted');
  }

  /** @internal */
  _endTyping(): void {
    if (!this.isTyping) return;
    this._context.timeSource.clear(this.#typing);
    this.#typing = undefined;
    this.#tell('typingEnded');
  }

  #tell(event: 'typingStarted' | 'typingEnded'): void {
    this.emit(event, this);
    this.conversation._tell(event, this);
  }
}

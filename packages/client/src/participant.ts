import type { ParticipantResource } from '@colloquy/protocol';
import type { CallOptions } from './call-options.ts';
import type { Context } from './context.ts';
import type { Conversation } from './conversation.ts';
import { libraryError } from './errors.ts';
import { type JSONValue, writeJson } from './json.ts';
import { dateOf, Mirror, type Reasons } from './mirror.ts';
import type { User } from './user.ts';

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
  typingStarted: (participant: Participant) => void;
  typingEnded: (participant: Participant) => void;
  updated: (data: ParticipantUpdatedEventArgs) => void;
};

const participantReasons: Reasons<ParticipantResource, ParticipantUpdateReason> = {
  attributes: 'attributes',
  roleSid: 'roleSid',
  lastReadMessageIndex: 'lastReadMessageIndex',
  lastReadTimestamp: 'lastReadTimestamp',
  binding: 'bindings',
  dateCreated: 'dateCreated',
  dateUpdated: 'dateUpdated',
};

/** Somebody in a conversation: a chat user, or a person on a channel outside chat. */
export class Participant extends Mirror<ParticipantEvents> {
  /** @internal */
  declare _data: ParticipantResource;
  static readonly typingStarted = 'typingStarted';
  static readonly typingEnded = 'typingEnded';
  static readonly updated = 'updated';
  declare readonly conversation: Conversation;
  #typing: unknown;
  /** @internal A fresh look at the whole roster announced him; the event of it must not do so again. */
  _announced = false;

  /** @internal */
  constructor(context: Context, conversation: Conversation, data: ParticipantResource, revision: number) {
    super('participant', participantReasons, context, data, revision, conversation);
  }

  get sid(): string {
    return this._data.sid;
  }

  /** Null for participants outside chat. */
  get identity(): string | null {
    return this._data.identity;
  }

  get type(): ParticipantType {
    return this._data.type;
  }

  get bindings(): ParticipantBindings {
    const { binding, type } = this._data;
    if (!binding) return {};
    if (type !== 'email') return { [type]: { ...binding } };
    const { address, name, level } = binding;
    const email = {
      ...binding,
      address: address?.replace('mailto:', '') ?? '',
      name: name ?? '',
      level: level ?? 'to',
    };
    return { email: email as ParticipantEmailBinding & ParticipantBinding };
  }

  get roleSid(): string | null {
    return this._data.roleSid;
  }

  /** Index of the last message that the participant has read; null if he never said. */
  get lastReadMessageIndex(): number | null {
    return this._data.lastReadMessageIndex;
  }

  /** When the read horizon was moved last. */
  get lastReadTimestamp(): Date | null {
    return dateOf(this._data.lastReadTimestamp);
  }

  get dateCreated(): Date | null {
    return dateOf(this._data.dateCreated);
  }

  get dateUpdated(): Date | null {
    return dateOf(this._data.dateUpdated);
  }

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
    return this._context.users.get(this.identity, options);
  }

  /** Takes the participant out of the conversation. */
  remove(options?: CallOptions): Promise<void> {
    return this.conversation.removeParticipant(this, options);
  }

  /** At most 4 KB of JSON. */
  async updateAttributes(attributes: JSONValue, options?: CallOptions): Promise<Participant> {
    const { conversationSid, sid } = this._data;
    const params = { conversation: conversationSid, participant: sid, attributes: writeJson(attributes) as string };
    const { position, ...data } = await this._context.change('participants.update', params, options);
    await this.conversation._settle(position, (revision) => this.conversation._roster.put(data, revision));
    return this;
  }

  /** @internal */
  _startTyping(): void {
    const { timers, typingTimeout } = this._context;
    const wasTyping = this.isTyping;
    timers.clear(this.#typing);
    this.#typing = timers.set(() => this._endTyping(), typingTimeout);
    if (!wasTyping) this.#tell('typingStarted');
  }

  /** @internal */
  _endTyping(): void {
    if (!this.isTyping) return;
    this._context.timers.clear(this.#typing);
    this.#typing = undefined;
    this.#tell('typingEnded');
  }

  #tell(event: 'typingStarted' | 'typingEnded'): void {
    this.emit(event, this);
    this.conversation._tell(event, this);
  }
}

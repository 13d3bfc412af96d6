import type { RealtimeMethod } from '@colloquy/protocol';
import type { CallOptions } from './call-options.ts';
import type { ClientEvents } from './client-events.ts';
import type { Params, Result } from './connection/requests.ts';
import type { ConversationLimits } from './conversation-limits.ts';
import type { MediaLinks } from './media/links.ts';
import type { UploadTarget } from './media/upload.ts';
import type { Message } from './message.ts';
import type { Participant } from './participant.ts';
import type { SendQueue } from './sending/send-queue.ts';
import type { Conversations } from './store/conversations.ts';
import type { Feed } from './store/feed.ts';
import type { ObjectCache } from './store/object-cache.ts';
import type { RemovedSids } from './store/removed-sids.ts';
import type { Users } from './store/users.ts';
import type { Timers } from './timers.ts';
import type { User } from './user.ts';

/** A change without its key, which is made for it. */
export type ChangeParams<M extends RealtimeMethod> = Omit<Params<M>, 'key'>;

/** What all objects of one client share. */
export interface Context {
  readonly conversationStore: Conversations;
  readonly userStore: Users;
  readonly feed: Feed;
  readonly sendQueue: SendQueue;
  readonly timeSource: Timers;
  readonly messageCache: ObjectCache<Message>;
  readonly participantCache: ObjectCache<Participant>;
  readonly removedSids: RemovedSids;
  /** The client's own user. */
  readonly user: User;
  /** What messages may have attached. */
  limits: ConversationLimits;
  readonly mediaLinks: MediaLinks;
  /** Where files go, with the token of now. */
  uploadTarget(): UploadTarget;
  /** How long a typing indication lasts, in milliseconds. */
  typingLasts: number;
  /** Asks the server; survives a change of the connection. @param fleeting nobody misses it when there is none */
  ask<M extends RealtimeMethod>(
    method: M,
    params: Params<M>,
    options?: CallOptions,
    fleeting?: boolean,
  ): Promise<Result<M>>;
  /** Asks for a change, which happens once however often it has to be sent. */
  askOnce<M extends RealtimeMethod>(method: M, params: ChangeParams<M>, options?: CallOptions): Promise<Result<M>>;
  /** Waits until it is known who the user is. */
  known(options?: CallOptions): Promise<unknown>;
  emit<E extends keyof ClientEvents>(event: E, ...args: Parameters<ClientEvents[E]>): void;
}

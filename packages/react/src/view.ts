import type { Conversation, Message, Participant, User } from '@colloquy/client';

/**
 * What an object of the client says at one moment. The client changes its objects in place; React compares, and needs
 * another object for another state. A view never changes: an update makes a new one, and all other views stay the
 * same, so that `memo` and dependency lists work with views.
 *
 * A view has all properties of the object, except for `pendingMessages`, which have hooks of their own. Its methods are
 * those of `source`.
 */
export type View<T> = {
  readonly [K in keyof T as K extends `_${string}` | 'pendingMessages'
    ? never
    : T[K] extends (...args: never[]) => unknown
      ? never
      : K]: T[K];
} & {
  /** The client's object itself. What it says may be newer than the view. */
  readonly source: T;
};

export type MessageView = View<Message>;
export type ConversationView = View<Conversation>;
export type ParticipantView = View<Participant>;
export type UserView = View<User>;

/** Internal members begin with an underscore; in the published client their names have one or two letters instead. */
const isPublic = (name: string) => /^[a-z]\w\w/i.test(name) && name !== 'pendingMessages';

export function viewOf<T extends object>(source: T): View<T> {
  const view: Record<string, unknown> = { source };
  // Most properties are getters of the class or of its bases.
  for (let at = source; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at).filter(isPublic)) {
      const value = source[name as keyof T];
      if (typeof value !== 'function') view[name] = value;
    }
  }
  return Object.freeze(view) as View<T>;
}

/** Hooks take objects of the client and views of them alike, and null as long as there is none. */
export type ConversationLike = Conversation | ConversationView | null | undefined;

export function sourceOf(conversation: ConversationLike): Conversation | null {
  if (!conversation) return null;
  return 'source' in conversation ? conversation.source : conversation;
}

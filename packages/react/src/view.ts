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

/** Names of the getters of a class, those of its bases among them. */
const getters = new Map<object, string[]>();

export function viewOf<T extends object>(source: T): View<T> {
  const view: Record<string, unknown> = { source };
  const names = [...Object.keys(source), ...gettersOf(Object.getPrototypeOf(source))];
  for (const name of names) if (name[0] !== '_' && name !== 'pendingMessages') view[name] = source[name as keyof T];
  return Object.freeze(view) as View<T>;
}

function gettersOf(prototype: object | null): string[] {
  if (!prototype || prototype === Object.prototype) return [];
  let names = getters.get(prototype);
  if (!names) {
    const own = Object.entries(Object.getOwnPropertyDescriptors(prototype));
    names = own.filter(([, { get }]) => get).map(([name]) => name);
    names.push(...gettersOf(Object.getPrototypeOf(prototype)));
    getters.set(prototype, names);
  }
  return names;
}

/** Hooks take objects of the client and views of them alike, and null as long as there is none. */
export type ConversationLike = Conversation | ConversationView | null | undefined;

export function sourceOf(conversation: ConversationLike): Conversation | null {
  if (!conversation) return null;
  return 'source' in conversation ? conversation.source : conversation;
}

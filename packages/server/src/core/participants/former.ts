import type { ConversationResource, MembershipResource } from '@colloquy/protocol';
import { sql as raw } from 'kysely';
import { type Db, prepare } from '../../storage/db.ts';
import type { UserActor } from '../actor.ts';

/** How long a former member is known as one; milliseconds. A slow client's start takes no longer. */
const lately = 5 * 60 * 1000;

/** A user who was in a conversation until a moment ago. */
export interface FormerMembership {
  membership: MembershipResource;
  /** As it was when it was removed; undefined where it goes on without him, and is none of his any more. */
  conversation: ConversationResource | undefined;
  /** When he was in it last. */
  until: number;
  /** Of the event in his stream that says so. */
  position: number;
}

/**
 * What the log says of a user's time in a conversation that he has left, or that is gone.
 *
 * @returns undefined when he was not in it lately
 */
export async function formerMembership(
  db: Db,
  actor: UserActor,
  conversation: string,
  now: number,
): Promise<FormerMembership | undefined> {
  // The log writes its resources as JSON without spaces.
  const about = `%"conversationSid":"${conversation}"%`;
  const event = await db.first(removals, { user: actor.user, since: now - lately, about });
  if (!event) return undefined;
  const { membership, reason } = JSON.parse(event.data) as { membership: MembershipResource; reason: string };
  const last = reason === 'deleted' ? await db.first(lastOf, { stream: conversation }) : undefined;
  return {
    membership,
    conversation: last?.type === 'conversation.removed' ? (JSON.parse(last.data) as ConversationResource) : undefined,
    until: event.time,
    position: event.position,
  };
}

// The type stands in the statement itself, or the index of leaves would not be used.
const removals = prepare((sql, p: { user: string; since: number; about: string }) =>
  sql
    .selectFrom('events')
    .select(['data', 'time', 'position'])
    .where('stream', '=', p.user)
    .where(raw<boolean>`type = 'membership.removed'`)
    .where('time', '>', p.since)
    .where('data', 'like', p.about)
    .orderBy('position', 'desc')
    .limit(1),
);

const lastOf = prepare((sql, p: { stream: string }) =>
  sql.selectFrom('events').select(['type', 'data']).where('stream', '=', p.stream).orderBy('position', 'desc').limit(1),
);

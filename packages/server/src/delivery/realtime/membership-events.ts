import type { EventCatalogue, ParticipantResource } from '@colloquy/protocol';
import type { LoggedEvent } from '../../storage/driver.ts';

/** Does somebody listen to other streams from that event of a user's stream on? */
export function changesAudience(event: LoggedEvent): boolean {
  return event.type === 'membership.added' || event.type === 'membership.removed' || event.type === 'user.removed';
}

/** The user whom an event of a conversation's stream says to be out. */
export function removedUser(event: LoggedEvent): string | undefined {
  if (event.type !== 'participant.removed') return undefined;
  return (JSON.parse(event.data) as ParticipantResource).userSid ?? undefined;
}

/** Of a `membership.added` or `membership.removed`. */
export function conversationOf(event: LoggedEvent): string {
  return (JSON.parse(event.data) as { membership: { conversationSid: string } }).membership.conversationSid;
}

/** Of a `membership.added`: where the conversation's stream stood when he came in. */
export function joinedAt(event: LoggedEvent): number {
  return (JSON.parse(event.data) as EventCatalogue['membership.added']).position;
}

import type { EventCatalogue, ParticipantResource } from '@colloquy/protocol';
import type { LoggedEvent } from '../../storage/driver.ts';

/** Does somebody listen to other streams from that event of a user's stream on? */
export function changesAudience(event: LoggedEvent): boolean {
  return event.type === 'membership.added' || event.type === 'membership.removed' || event.type === 'user.removed';
}

/** Does the event of a conversation's stream say that the user is out? */
export function isRemovalOf(event: LoggedEvent, user: string): boolean {
  return event.type === 'participant.removed' && (JSON.parse(event.data) as ParticipantResource).userSid === user;
}

/** Of a `membership.added` or `membership.removed`. */
export function conversationOf(event: LoggedEvent): string {
  return (JSON.parse(event.data) as { membership: { conversationSid: string } }).membership.conversationSid;
}

/** Of a `membership.added`: where the conversation's stream stood when he came in. */
export function joinedAt(event: LoggedEvent): number {
  return (JSON.parse(event.data) as EventCatalogue['membership.added']).position;
}

import { Bubble } from '../chat/bubble.tsx';
import { ClockTime } from '../chat/clock-time.tsx';
import type { Person } from '../people.ts';
import { DeliveryMark } from './delivery-mark.tsx';
import type { MessageView } from './thread-state.ts';

interface MessageBubbleProps {
  message: MessageView;
  person: Person;
  isOwn: boolean;
  isFirst: boolean;
  /** Identities of those who have read up to here. */
  readers: readonly string[];
}

export function MessageBubble({ message, person, isOwn, isFirst, readers }: MessageBubbleProps) {
  return (
    <Bubble person={person} isOwn={isOwn} isFirst={isFirst} showsName={isFirst && !isOwn} body={message.body}>
      <ClockTime date={message.dateCreated} />
      {message.delivery !== null && <DeliveryMark delivery={message.delivery} errorCode={message.errorCode} />}
      {readers.length > 0 && <span>Read by {readers.join(', ')}</span>}
    </Bubble>
  );
}

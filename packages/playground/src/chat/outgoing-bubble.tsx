import { Button } from '@mantine/core';
import type { Outgoing } from '../outgoing.ts';
import type { Person } from '../people.ts';
import { Bubble } from './bubble.tsx';
import classes from './outgoing-bubble.module.css';

interface OutgoingBubbleProps {
  outgoing: Outgoing;
  person: Person;
  /** The one before has another author, as in `Bubble`. */
  isFirst: boolean;
  /** There is no connection just now: the text waits for it. */
  isOffline: boolean;
  onRetry: (id: number) => void;
  onDiscard: (id: number) => void;
}

/** A text on its way to the server, or one that the server did not take. */
export function OutgoingBubble({ outgoing, person, isFirst, isOffline, onRetry, onDiscard }: OutgoingBubbleProps) {
  const { id, body, state, problem } = outgoing;
  return (
    <Bubble person={person} isOwn isFirst={isFirst} showsName={false} isFaint body={body}>
      {state === 'sending' ? (
        <span>{isOffline ? 'Waiting for the connection…' : 'Sending…'}</span>
      ) : (
        <>
          <span className={classes['problem']} role="alert">
            Not sent: {problem}
          </span>
          <Button size="compact-xs" variant="default" onClick={() => onRetry(id)}>
            Try again
          </Button>
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => onDiscard(id)}>
            Discard
          </Button>
        </>
      )}
    </Bubble>
  );
}

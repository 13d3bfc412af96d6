import type { ReactNode } from 'react';
import classes from './message-list.module.css';

interface MessageListProps {
  label: string;
  /** Whether new messages are read out. */
  isLive: boolean;
  /** Shown in place of the messages while there are none. */
  empty: ReactNode;
  isEmpty: boolean;
  children: ReactNode;
}

/** A scrolling log that stays at its newest message; it takes the focus, so that arrow keys scroll it. */
export function MessageList({ label, isLive, empty, isEmpty, children }: MessageListProps) {
  return (
    <div
      className={classes['scroller']}
      role="log"
      aria-label={label}
      aria-live={isLive ? 'polite' : 'off'}
      aria-relevant="additions"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
    >
      {isEmpty ? <div className={classes['empty']}>{empty}</div> : <div className={classes['list']}>{children}</div>}
    </div>
  );
}

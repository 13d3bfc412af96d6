import { VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Person } from '../people.ts';
import classes from './bubble.module.css';

interface BubbleProps {
  person: Person;
  /** Written by the one whose view this is. */
  isOwn: boolean;
  /** The message before has another author, so that some space goes between. */
  isFirst: boolean;
  /** Whether the name is to be seen; it is read out in any case. */
  showsName: boolean;
  isFaint?: boolean;
  body: string;
  children?: ReactNode;
}

/** One text with its author above and what happened to it below. */
export function Bubble({ person, isOwn, isFirst, showsName, isFaint = false, body, children }: BubbleProps) {
  return (
    <article className={classes['row']} data-own={isOwn} data-first={isFirst}>
      {showsName ? (
        <span className={classes['author']} style={{ color: person.color }}>
          {person.name}
        </span>
      ) : (
        <VisuallyHidden>{person.name}:</VisuallyHidden>
      )}
      <p className={classes['body']} data-faint={isFaint} style={{ background: isOwn ? person.tint : undefined }}>
        {body}
      </p>
      <div className={classes['meta']}>{children}</div>
    </article>
  );
}

import type { PlaygroundSession } from './session/session.ts';

/** How somebody who writes in the thread is shown: users by identity, the phone by its address. */
export interface Person {
  name: string;
  /** CSS colours: of the name, and of a surface behind text. */
  color: string;
  tint: string;
}

export type People = (author: string) => Person;

export function peopleOf(session: PlaygroundSession): People {
  const known = new Map<string, Person>(
    session.users.map(({ identity }, place) => [
      identity,
      { name: identity, color: `var(--person-${place % 2})`, tint: `var(--person-${place % 2}-tint)` },
    ]),
  );
  known.set(session.phone.address, {
    name: 'Phone',
    color: 'var(--person-phone)',
    tint: 'var(--person-phone-tint)',
  });
  return (author) => known.get(author) ?? { name: author, color: 'var(--mantine-color-dimmed)', tint: 'var(--bubble)' };
}

import { Alert } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type FocusEvent, useMemo, useState } from 'react';
import { peopleOf } from '../people.ts';
import { PhonePane } from '../phone/phone-pane.tsx';
import { usePhone } from '../phone/use-phone.ts';
import type { PlaygroundSession } from '../session/session.ts';
import { useThreads } from '../thread/use-threads.ts';
import { UserPane } from '../thread/user-pane.tsx';
import { CodeStrip } from './code-strip.tsx';
import { Header } from './header.tsx';
import { PaneTabs, paneId, tabId } from './pane-tabs.tsx';
import classes from './workspace.module.css';

const phoneKey = 'phone';

interface WorkspaceProps {
  session: PlaygroundSession;
  onFresh: () => void;
  /** With the address of a simulator; null for the sandbox. */
  onAttach: (simulator: string | null) => void;
  starting: boolean;
  problem: string | null;
}

/** Three panes side by side, or, where there is no room for that, one at a time behind tabs. */
export function Workspace({ session, onFresh, onAttach, starting, problem }: WorkspaceProps) {
  const threads = useThreads(session);
  const phone = usePhone(session);
  const firstThread = threads[0];
  const people = useMemo(() => peopleOf(session), [session]);
  const isNarrow = useMediaQuery('(max-width: 62em)', undefined, { getInitialValueInEffect: false });
  const keys = [...session.users.map((_, place) => `user-${place}`), phoneKey];
  const [shown, setShown] = useState(keys[0] ?? phoneKey);
  const [focused, setFocused] = useState<string | null>(null);
  // Only the pane that was used last speaks: the same text in three live regions would be read three times.
  const [speaking, setSpeaking] = useState(keys[0] ?? phoneKey);

  const paneProps = (key: string, name: string) => ({
    id: paneId(key),
    className: classes['pane'],
    hidden: isNarrow && shown !== key,
    onFocus: () => {
      setFocused(key);
      setSpeaking(key);
    },
    onBlur: (event: FocusEvent<HTMLElement>) => {
      if (!event.currentTarget.contains(event.relatedTarget)) setFocused(null);
    },
    ...(isNarrow ? { role: 'tabpanel', 'aria-labelledby': tabId(key) } : { 'aria-label': name }),
  });

  const show = (key: string) => {
    setShown(key);
    setSpeaking(key);
  };
  // Of three panes side by side it cannot be told which one somebody looks at; behind tabs it can.
  const isRead = (key: string) => (isNarrow ? shown : focused) === key;

  return (
    <div className={classes['page']}>
      <Header session={session} onFresh={onFresh} starting={starting} />
      {problem !== null && (
        <Alert color="red" variant="outline" role="alert" className={classes['problem']}>
          {problem}
        </Alert>
      )}
      {isNarrow && <PaneTabs threads={threads} keys={keys} phoneKey={phoneKey} shown={shown} onShow={show} />}
      <main className={classes['panes']}>
        {session.users.map(({ identity }, place) => {
          const key = `user-${place}`;
          const thread = threads[place];
          return (
            <section key={key} {...paneProps(key, identity)}>
              {thread !== undefined && (
                <UserPane thread={thread} people={people} isLive={speaking === key} isRead={isRead(key)} />
              )}
            </section>
          );
        })}
        <section {...paneProps(phoneKey, 'Phone')}>
          {phone !== undefined && firstThread !== undefined && (
            <PhonePane
              phone={phone}
              thread={firstThread}
              session={session}
              isLive={speaking === phoneKey}
              onAttach={onAttach}
              isBusy={starting}
            />
          )}
        </section>
      </main>
      <CodeStrip session={session} />
    </div>
  );
}

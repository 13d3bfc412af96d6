import { Alert, Badge, Button, Loader, Title } from '@mantine/core';
import { useEffect } from 'react';
import { Composer } from '../chat/composer.tsx';
import { MessageList } from '../chat/message-list.tsx';
import { OutgoingBubble } from '../chat/outgoing-bubble.tsx';
import type { People } from '../people.ts';
import { useStore } from '../use-store.ts';
import { ConnectionMark } from './connection-mark.tsx';
import { MessageBubble } from './message-bubble.tsx';
import type { Thread } from './thread.ts';
import { readMarks } from './thread-state.ts';
import { typingLine } from './typing-line.ts';
import classes from './user-pane.module.css';

interface UserPaneProps {
  thread: Thread;
  people: People;
  /** Whether new messages are read out here. */
  isLive: boolean;
  /** Whether what the pane shows counts as read. */
  isRead: boolean;
}

/** What one app user sees of the thread. */
export function UserPane({ thread, people, isLive, isRead }: UserPaneProps) {
  const { identity } = thread;
  const state = useStore(thread.state);
  const self = people(identity);
  const marks = readMarks(state.messages, state.participants, identity);
  const newest = state.messages.at(-1)?.index;

  // The horizon follows each new message.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new message is a reason to run it again
  useEffect(() => {
    if (isRead) thread.markRead();
  }, [isRead, newest, thread]);

  return (
    <div className={classes['pane']}>
      <div className={classes['head']}>
        <span className={classes['avatar']} style={{ color: self.color, background: self.tint }} aria-hidden="true">
          {identity.slice(0, 1).toUpperCase()}
        </span>
        <Title order={2} className={classes['name']}>
          {identity}
        </Title>
        {state.unread > 0 && (
          <Badge variant="light" className={classes['unread']} title={`Work in this pane to read as ${identity}`}>
            {state.unread} unread
          </Badge>
        )}
        <ConnectionMark connection={state.connection} />
        <Button
          size="compact-xs"
          variant="default"
          className={classes['line']}
          aria-label={state.isCut ? `Reconnect ${identity}` : `Disconnect ${identity}`}
          onClick={state.isCut ? thread.mend : thread.cut}
        >
          {state.isCut ? 'Reconnect' : 'Disconnect'}
        </Button>
      </div>
      {state.phase === 'failed' ? (
        <Alert color="red" variant="outline" title="The thread cannot be shown" m="md">
          {state.problem}. Reload the page to try again.
        </Alert>
      ) : (
        <MessageList
          label={`Messages, as ${identity} sees them`}
          isLive={isLive && state.phase === 'ready'}
          isEmpty={state.messages.length + state.outgoing.length === 0}
          empty={
            state.phase === 'connecting' ? (
              <Loader size="sm" aria-label="Opening the thread" />
            ) : (
              <>No messages yet. Write one as {identity}, or from the phone.</>
            )
          }
        >
          {state.hasEarlier && (
            <Button variant="subtle" size="compact-sm" onClick={() => void thread.loadEarlier()}>
              Show earlier messages
            </Button>
          )}
          {state.messages.map((message, place) => (
            <MessageBubble
              key={message.index}
              message={message}
              person={people(message.author)}
              isOwn={message.author === identity}
              isFirst={state.messages[place - 1]?.author !== message.author}
              readers={marks.get(message.index) ?? []}
            />
          ))}
          {state.outgoing.map((outgoing, place) => (
            <OutgoingBubble
              key={outgoing.id}
              outgoing={outgoing}
              isFirst={place === 0 && state.messages.at(-1)?.author !== identity}
              person={self}
              isOffline={state.connection !== 'connected'}
              onRetry={thread.retry}
              onDiscard={thread.discard}
            />
          ))}
        </MessageList>
      )}
      <div className={classes['typing']}>{typingLine(state.typing)}</div>
      <Composer
        label={`Message as ${identity}`}
        placeholder={`Write as ${identity}`}
        disabled={state.phase === 'failed'}
        onSend={thread.send}
        onTyping={thread.typing}
      />
    </div>
  );
}

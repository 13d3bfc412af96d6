import { Button, Text, Title } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import type { PlaygroundSession } from '../session/session.ts';
import classes from './header.module.css';

interface HeaderProps {
  session: PlaygroundSession;
  onFresh: () => void;
  starting: boolean;
}

export function Header({ session, onFresh, starting }: HeaderProps) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <header className={classes['header']}>
      <div className={classes['titles']}>
        <Title order={1} className={classes['title']}>
          Colloquy playground
        </Title>
        <Text size="sm" c="dimmed" className={classes['subtitle']}>
          One conversation: two app users and a phone
        </Text>
      </div>
      <button
        type="button"
        title="Copy the SID of the conversation"
        className={classes['sid']}
        aria-label={`Copy the SID of the conversation, ${session.conversationSid}`}
        onClick={() => clipboard.copy(session.conversationSid)}
      >
        {clipboard.copied ? 'Copied' : session.conversationSid}
      </button>
      <Button size="xs" variant="default" onClick={onFresh} loading={starting}>
        New conversation
      </Button>
    </header>
  );
}

import { Button, Textarea } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';
import classes from './composer.module.css';

interface ComposerProps {
  label: string;
  placeholder: string;
  disabled?: boolean;
  onSend: (body: string) => void;
  onTyping?: () => void;
}

/** Enter sends, Shift and Enter begin a new line. */
export function Composer({ label, placeholder, disabled = false, onSend, onTyping }: ComposerProps) {
  const [text, setText] = useState('');
  const body = text.trim();

  function send() {
    if (body === '' || disabled) return;
    onSend(body);
    setText('');
  }

  function onKeyDown(event: KeyboardEvent) {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      className={classes['composer']}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Textarea
        className={classes['text']}
        aria-label={label}
        placeholder={placeholder}
        disabled={disabled}
        autosize
        minRows={1}
        maxRows={4}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          if (event.currentTarget.value !== '') onTyping?.();
        }}
        onKeyDown={onKeyDown}
      />
      <Button type="submit" disabled={disabled || body === ''} px="md">
        Send
      </Button>
    </form>
  );
}

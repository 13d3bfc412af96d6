import { Button, NativeSelect, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import classes from './faults.module.css';
import type { Simulator } from './simulator.ts';

const sandbox = 'sandbox';
const simulated = 'simulator';

interface BehindProps {
  /** Null while it is the sandbox. */
  simulator: Simulator | null;
  onAttach: (simulator: string | null) => void;
  isBusy: boolean;
}

/** What the phone is connected to: the sandbox, or a simulator of a provider behind the real connector. */
export function Behind({ simulator, onAttach, isBusy }: BehindProps) {
  const [asks, setAsks] = useState(false);
  const [url, setUrl] = useState('http://127.0.0.1:8021');

  function choose(choice: string) {
    setAsks(choice === simulated);
    if (choice === sandbox && simulator !== null) onAttach(null);
  }

  return (
    <fieldset className={classes['faults']} disabled={isBusy}>
      <legend className={classes['legend']}>Behind this phone</legend>
      <div className={classes['row']}>
        <NativeSelect
          className={classes['kind']}
          size="sm"
          aria-label="What is behind this phone"
          data={[
            { value: sandbox, label: 'The sandbox' },
            { value: simulated, label: simulator === null ? 'A simulator…' : `${simulator.title}, simulated` },
          ]}
          value={asks || simulator !== null ? simulated : sandbox}
          onChange={(event) => choose(event.currentTarget.value)}
        />
      </div>
      {simulator !== null && (
        <div className={classes['row']}>
          <Text size="xs" c="dimmed" className={classes['current']}>
            At {simulator.url}
          </Text>
        </div>
      )}
      {simulator === null && asks && (
        <form
          className={classes['form']}
          onSubmit={(event) => {
            event.preventDefault();
            onAttach(url);
          }}
        >
          <div className={classes['row']}>
            <TextInput
              className={classes['kind']}
              size="sm"
              aria-label="Address of the simulator"
              value={url}
              onChange={(event) => setUrl(event.currentTarget.value)}
            />
            <Button size="sm" px="sm" variant="default" type="submit">
              Attach
            </Button>
          </div>
          <Text size="xs" c="dimmed">
            “npm run colloquy -- simulate twilio” starts one and prints it.
          </Text>
        </form>
      )}
    </fieldset>
  );
}

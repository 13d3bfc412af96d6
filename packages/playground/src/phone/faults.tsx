import { Button, NativeSelect, Text } from '@mantine/core';
import { useState } from 'react';
import { useStore } from '../use-store.ts';
import { faultChoices, labelOfFault } from './fault-choices.ts';
import classes from './faults.module.css';
import type { Phone } from './phone.ts';

const counts = ['1', '2', '5'];

/** Makes the next texts to the phone go wrong, to see what the receipts say. */
export function Faults({ phone }: { phone: Phone }) {
  const { faults, faultProblem } = useStore(phone.state);
  const [kind, setKind] = useState(faultChoices[0]?.kind);
  const [count, setCount] = useState('1');

  function add() {
    const choice = faultChoices.find((one) => one.kind === kind);
    if (choice !== undefined) void phone.addFault({ ...choice.fault, count: Number(count) });
  }

  return (
    <fieldset className={classes['faults']}>
      <legend className={classes['legend']}>Faults on the way to the phone</legend>
      <div className={classes['row']}>
        <NativeSelect
          className={classes['kind']}
          size="sm"
          aria-label="What goes wrong"
          data={faultChoices.map(({ kind: value, label }) => ({ value, label }))}
          value={kind ?? ''}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            setKind(faultChoices.find((one) => one.kind === chosen)?.kind);
          }}
        />
        <NativeSelect
          className={classes['count']}
          size="sm"
          aria-label="For how many texts"
          data={counts.map((value) => ({ value, label: `× ${value}` }))}
          value={count}
          onChange={(event) => setCount(event.currentTarget.value)}
        />
        <Button size="sm" px="sm" variant="default" onClick={add}>
          Set
        </Button>
      </div>
      <div className={classes['row']} role="status">
        <Text size="xs" c="dimmed" className={classes['current']}>
          {faultProblem !== null
            ? `Not set: ${faultProblem}`
            : faults.length === 0
              ? 'None: every text arrives.'
              : `Next: ${faults.map((fault) => `${labelOfFault(fault.kind)} × ${fault.count}`).join(', ')}`}
        </Text>
        {faults.length > 0 && (
          <Button size="compact-xs" variant="subtle" onClick={() => void phone.clearFaults()}>
            Clear
          </Button>
        )}
      </div>
    </fieldset>
  );
}

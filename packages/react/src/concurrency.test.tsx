// @vitest-environment happy-dom
import { startTransition, useLayoutEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, test } from 'vitest';
import { settle } from '../../client/src/testing/turns.ts';
import { ColloquyProvider } from './provider.ts';
import { world } from './testing/world.tsx';
import { useMessages } from './use-messages.ts';

test('A message that comes in the middle of a transition is on the whole page or nowhere.', async () => {
  const { client, conversation, write } = await world();
  const container = document.createElement('div');
  /** What each row found when it was rendered, and what the page showed each time it changed. */
  const found: number[] = [];
  const shown: string[] = [];
  let begin = () => {};
  let interrupt = () => {};

  function Row() {
    const { messages } = useMessages(conversation);
    // Longer than a slice of React's time, so that others get their turn between two rows.
    for (const end = performance.now() + 8; performance.now() < end; );
    found.push(messages.length);
    interrupt();
    useLayoutEffect(() => void shown.push(container.textContent));
    return <i>{messages.length}</i>;
  }

  function Page() {
    const [rows, setRows] = useState('a');
    begin = () => startTransition(() => setRows('abcdefghijkl'));
    return [...rows].map((row) => <Row key={row} />);
  }

  const root = createRoot(container);
  const until = async (isOver: () => boolean) => {
    while (!isOver()) await settle();
  };
  root.render(
    <ColloquyProvider client={client}>
      <Page />
    </ColloquyProvider>,
  );
  await until(() => shown.length > 0);
  write('before');
  await until(() => container.textContent === '1');

  found.length = 0;
  interrupt = () => {
    if (found.length === 3) write('in between');
  };
  begin();
  await until(() => container.textContent === '222222222222');
  // It did come in between: rows of one pass found different numbers.
  expect(new Set(found)).toEqual(new Set([1, 2]));
  expect(found.indexOf(2)).toBeGreaterThan(2);
  expect(new Set(shown.slice(shown.indexOf('1')))).toEqual(new Set(['1', '2', '222222222222']));
  root.unmount();
  await settle();
});

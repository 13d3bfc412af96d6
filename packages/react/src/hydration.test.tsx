// @vitest-environment happy-dom
import { act } from '@testing-library/react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { expect, test, vi } from 'vitest';
import { ColloquyProvider } from './provider.ts';
import { Everything } from './testing/everything.tsx';
import { settled, world } from './testing/world.tsx';

test('The page of the server is taken over without a complaint, and comes to life.', async () => {
  const complaints = vi.spyOn(console, 'error');
  const { client, conversation, sid, write } = await world();
  write('Hello');
  const container = document.createElement('div');
  container.innerHTML = renderToString(
    <ColloquyProvider client={null}>
      <Everything sid={sid} />
    </ColloquyProvider>,
  );
  const before = container.firstElementChild;
  const onRecoverableError = vi.fn();
  const page = (
    <ColloquyProvider client={client}>
      <Everything sid={sid} />
    </ColloquyProvider>
  );
  const root = await act(async () => hydrateRoot(container, page, { onRecoverableError }));
  await settled();
  expect(onRecoverableError).not.toHaveBeenCalled();
  expect(complaints).not.toHaveBeenCalled();
  expect(container.firstElementChild).toBe(before);
  expect(container.textContent).toBe('connected alice: Lunch of Lunch with bob alice: Hello; unread: 1; typing: ');
  expect(conversation.listenerCount()).toBeGreaterThan(0);
  await act(async () => root.unmount());
});

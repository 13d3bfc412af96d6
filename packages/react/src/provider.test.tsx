// @vitest-environment happy-dom
import { render, renderHook } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { useClient } from './client-context.ts';
import { ColloquyProvider } from './provider.ts';
import { world } from './testing/world.tsx';
import { useConnectionState } from './use-connection-state.ts';
import { useConversations } from './use-conversations.ts';
import { useUnreadCount } from './use-unread-count.ts';
import { useUser } from './use-user.ts';

test('The client is given to all below.', async () => {
  const { hook, client } = await world();
  const { result } = await hook(useClient);
  expect(result.current).toBe(client);
});

test('Without a client everything is loading.', () => {
  const All = () => (
    <p>
      {String(useClient())} {useConnectionState()} {useConversations().status} {useUnreadCount().status}{' '}
      {useUser().status}
    </p>
  );
  const { container } = render(
    <ColloquyProvider client={null}>
      <All />
    </ColloquyProvider>,
  );
  expect(container.textContent).toBe('null unknown loading loading loading');
});

test('A hook outside of a provider says what to do.', () => {
  const silent = vi.spyOn(console, 'error').mockImplementation(() => {});
  expect(() => renderHook(useConversations)).toThrow('Put a <ColloquyProvider> around');
  silent.mockRestore();
});

import { act, cleanup, type RenderHookResult, render, renderHook } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { afterEach } from 'vitest';
import type { FakeServer } from '../../../client/src/testing/fake-server.ts';
import { inConversation, start } from '../../../client/src/testing/start.ts';
import { settle } from '../../../client/src/testing/turns.ts';
import { ColloquyProvider } from '../provider.ts';

// Testing Library does it by itself only where the functions of the test runner are global.
afterEach(cleanup);

function around<W extends ReturnType<typeof start>>(started: W) {
  const wrapper = ({ children }: { children?: ReactNode }) => (
    <StrictMode>
      <ColloquyProvider client={started.client}>{children}</ColloquyProvider>
    </StrictMode>
  );
  return {
    ...started,
    wrapper,
    /** Shows what a hook gives, once everything that is under way is here. */
    async hook<T>(use: () => T): Promise<RenderHookResult<T, unknown>> {
      const hook = renderHook(use, { wrapper });
      await settled();
      return hook;
    },
    async show(element: ReactNode) {
      const shown = render(element, { wrapper });
      await settled();
      return shown;
    },
  };
}

/** A client with a fake server, as in the client's own tests, and components around it. */
export async function worldOf(token: string, server?: FakeServer, isConnected = true) {
  const started = start(token, server);
  if (isConnected) await settled();
  return around(started);
}

/** The same in a conversation with Bob. */
export async function world() {
  const started = await inConversation();
  const { sid, bob } = started;
  return {
    ...around(started),
    sid,
    conversation: started.conversation,
    /** Bob writes; it arrives with the next `settled`. @returns the index */
    write: (body: string) => bob('messages.send', { conversation: sid, body, key: crypto.randomUUID() }).index,
  };
}

/** Lets frames, promises and React come to rest. */
export async function settled(change: () => unknown = () => {}): Promise<void> {
  await act(async () => {
    await change();
    await settle();
  });
}

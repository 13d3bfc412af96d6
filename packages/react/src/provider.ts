import type { Client } from '@colloquy/client';
import { createElement, type ReactElement, type ReactNode, useEffect } from 'react';
import { ClientContext } from './client-context.ts';
import { typingStore } from './use-typing.ts';

export interface ColloquyProviderProps {
  /** Null on the server, and as long as there is none. The provider neither makes it nor shuts it down. */
  client: Client | null;
  children?: ReactNode;
}

/** Gives the client to all hooks below. */
export function ColloquyProvider({ client, children }: ColloquyProviderProps): ReactElement {
  // Who types is said once, when he begins, so somebody has to listen before a component wants to show it.
  useEffect(() => (client ? typingStore(client).subscribe(() => {}) : undefined), [client]);
  return createElement(ClientContext.Provider, { value: client }, children);
}

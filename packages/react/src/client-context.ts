import type { Client } from '@colloquy/client';
import { createContext, useContext } from 'react';

/** Undefined where there is no provider. */
export const ClientContext = createContext<Client | null | undefined>(undefined);

/**
 * The client of the provider above; null as long as that has none.
 *
 * @throws Error when there is no provider
 */
export function useClient(): Client | null {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error('Put a <ColloquyProvider> around the components that use its hooks.');
  return client;
}
